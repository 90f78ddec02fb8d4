"""`watchkeeper doctor`: is everything here that the server needs?"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from watchkeeper.cli.options import ConfigFile, DataDir, Host, OtlpGrpcPort, OtlpHttpPort, Port, config_path

_SIGNS = {"ok": "[green]ok[/]", "warn": "[yellow]warn[/]", "fail": "[red]FAIL[/]"}


def doctor(
    config: ConfigFile = None,
    data_dir: DataDir = None,
    host: Host = None,
    port: Port = None,
    otlp_http_port: OtlpHttpPort = None,
    otlp_grpc_port: OtlpGrpcPort = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> int:
    """Check this machine, the data folder and the ports. Exit code 1 when something would keep it from working."""
    # Deferred: start-up time of the other commands.
    from watchkeeper.app.config import load
    from watchkeeper.app.doctor import examine

    loaded = load(
        config_path(config),
        overrides={
            "server.data_dir": data_dir,
            "server.host": host,
            "server.port": port,
            "server.otlp_http_port": otlp_http_port,
            "server.otlp_grpc_port": otlp_grpc_port,
        },
    )
    findings = examine(loaded)
    failed = any(finding.status == "fail" for finding in findings)
    if as_json:
        checks = [
            {"name": f.name, "status": f.status, "message": f.message, "hint": f.hint} for f in findings
        ]
        typer.echo(json.dumps({"healthy": not failed, "checks": checks}, indent=2))
        return int(failed)
    from rich.console import Console  # deferred: start-up time
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for finding in findings:
        text = escape(finding.message) + (f"\n[dim]{escape(finding.hint)}[/]" if finding.hint else "")
        table.add_row(_SIGNS[finding.status], finding.name, text)
    Console().print(table)
    return int(failed)
