"""`watchkeeper token create|list|revoke`: works on the data folder, whether its server runs or not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional, TypeVar

import typer

from watchkeeper.cli.options import ConfigFile, DataDir, config_path
from watchkeeper.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from watchkeeper.ledger import Ledger
    from watchkeeper.ledger.tokens import TokenInfo

commands = typer.Typer(help="Access tokens: who may reach the server from elsewhere.", no_args_is_help=True)

_Result = TypeVar("_Result")
_AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@commands.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for, as `collector in production`.")],
    scope: Annotated[
        list[str], typer.Option("--scope", help="ingest, read, operate or admin; may be repeated.")
    ] = ["ingest"],  # noqa: B006  (Typer copies it)
    project: Annotated[str, typer.Option("--project", help="The project it opens.")] = "default",
    config: ConfigFile = None,
    data_dir: DataDir = None,
    *,
    as_json: _AsJson = False,
) -> None:
    """Make a token and print it: this is the only time it is shown."""
    token_id, secret = _on_ledger(config, data_dir, lambda ledger: ledger.tokens.create(project, scope, name))
    if as_json:
        typer.echo(json.dumps({"id": token_id, "project": project, "scopes": sorted(scope), "token": secret}))
        return
    typer.echo(secret)
    typer.echo(f"id {token_id}, project {project}, scopes {' '.join(sorted(scope))}", err=True)
    typer.echo("Keep it now: only its hash is stored.", err=True)


@commands.command("list")
def list_(config: ConfigFile = None, data_dir: DataDir = None, *, as_json: _AsJson = False) -> None:
    """Show every token, without its secret."""
    found = _on_ledger(config, data_dir, lambda ledger: ledger.tokens.list())
    if as_json:
        typer.echo(json.dumps([_shown(token) for token in found]))
        return
    if not found:
        typer.echo("There is no token. On loopback none is needed.")
        return
    # Plain columns rather than a table that fits the terminal: an id must stay whole to be copied.
    rows = [("ID", "NAME", "PROJECT", "SCOPES", "CREATED", "LAST USED", "STATE"), *map(_row, found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        typer.echo("  ".join(map(str.ljust, row, widths)).rstrip())


@commands.command()
def revoke(
    token_id: Annotated[str, typer.Argument(help="As `watchkeeper token list` shows it.")],
    config: ConfigFile = None,
    data_dir: DataDir = None,
) -> None:
    """Make a token worthless; a running server notices within seconds."""
    if not _on_ledger(config, data_dir, lambda ledger: ledger.tokens.revoke(token_id)):
        raise InvalidInput(
            f"there is no token {token_id!r}", code="token_unknown", hint="see `watchkeeper token list`"
        )
    typer.echo(f"revoked {token_id}")


def _on_ledger(
    config: Optional[Path], data_dir: Optional[Path], work: Callable[[Ledger], Awaitable[_Result]]
) -> _Result:
    # Deferred: start-up time of the other commands.
    from watchkeeper.app.config import load
    from watchkeeper.app.data_folder import DataFolder
    from watchkeeper.kernel.clock import SystemClock
    from watchkeeper.ledger import Ledger

    loaded = load(config_path(config), overrides={"server.data_dir": data_dir})
    folder = DataFolder(loaded.server.data_dir)
    folder.make()

    async def run() -> _Result:
        async with await Ledger.open(
            loaded.ledger.url or folder.ledger, SystemClock(), loaded.ledger
        ) as ledger:
            return await work(ledger)

    return asyncio.run(run())


def _row(token: TokenInfo) -> tuple[str, ...]:
    shown = _shown(token)
    return (
        token.id,
        token.name,
        token.project,
        " ".join(sorted(token.scopes)),
        str(shown["created"]),
        str(shown["last_used"] or "never"),
        "active" if token.revoked_ns is None else "revoked",
    )


def _shown(token: TokenInfo) -> dict[str, object]:
    from watchkeeper.kernel.times import format_ns  # deferred: start-up time

    def moment(time_ns: int | None) -> str | None:
        return None if time_ns is None else format_ns(time_ns - time_ns % 1_000_000_000)

    return {
        "id": token.id,
        "name": token.name,
        "project": token.project,
        "scopes": sorted(token.scopes),
        "created": moment(token.created_ns),
        "last_used": moment(token.last_used_ns),
        "revoked": moment(token.revoked_ns),
    }
