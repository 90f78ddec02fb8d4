"""`watchkeeper demo`: the server, twelve agents that work on it, and something going wrong on request."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional

import typer

from watchkeeper.cli.options import DEMO_DIR

commands = typer.Typer(
    help="Start a server with a fleet of twelve simulated agents and watch it in a browser.",
    invoke_without_command=True,
)

_DataDir = Annotated[Path, typer.Option("--data-dir", help="Folder of the demo's data.")]


class Kind(StrEnum):
    """What can be made to go wrong."""

    ERROR_SPIKE = "error-spike"
    STUCK_AGENT = "stuck-agent"
    CRASH = "crash"
    QUEUE_FLOOD = "queue-flood"
    COST_RUNAWAY = "cost-runaway"
    PERMISSION_DENIALS = "permission-denials"


@commands.callback()
def demo(
    context: typer.Context,
    data_dir: _DataDir = DEMO_DIR,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of the UI; 0: a free one.")] = 7070,
    rate: Annotated[float, typer.Option(min=0.01, max=50, help="Workflow runs per second.")] = 2.0,
    seed: Annotated[int, typer.Option(help="The same seed makes the same choices.")] = 7,
    inject: Annotated[Optional[Kind], typer.Option(help="Let this go wrong from the start.")] = None,
    duration: Annotated[
        Optional[float], typer.Option(min=0, help="Stop after so many seconds; without it on Ctrl-C.")
    ] = None,
) -> int:
    """Run the demo until Ctrl-C. Nothing leaves this machine: the models are simulated."""
    if context.invoked_subcommand is not None:
        return 0
    from watchkeeper.cli.demo_run import DemoRun  # deferred: start-up time

    return DemoRun(
        data_dir, port=port, rate=rate, seed=seed, inject=None if inject is None else inject.value
    ).run(duration)


@commands.command("inject")
def inject_(
    kind: Annotated[Kind, typer.Argument(help="What shall go wrong.")],
    data_dir: _DataDir = DEMO_DIR,
    seconds: Annotated[float, typer.Option(min=1, max=3600, help="For how long.")] = 30.0,
    agent: Annotated[str, typer.Option(help="To whom; without it the demo chooses.")] = "",
) -> None:
    """Make something go wrong in the demo that runs on this data folder."""
    from watchkeeper.cli.demo_run import send  # deferred: start-up time

    send(data_dir, kind.value, seconds, agent)
    typer.echo(f"{kind.value}: sent to the agents, for {seconds:g} seconds")
