"""The tree of commands. Each command is a file; this one only names them."""

from __future__ import annotations

import typer
from typer.main import get_command

from watchkeeper.cli import demo, doctor, serve, tokens, version


def build() -> typer.core.TyperGroup:
    """The whole command line."""
    root = typer.Typer(
        name="watchkeeper",
        help="See what a fleet of AI agents does, act when something goes wrong, keep what was learned.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    root.command("serve")(serve.serve)
    root.add_typer(demo.commands, name="demo")
    root.command("doctor")(doctor.doctor)
    root.add_typer(tokens.commands, name="token")
    root.command("version")(version.version)
    group = get_command(root)
    assert isinstance(group, typer.core.TyperGroup)
    return group
