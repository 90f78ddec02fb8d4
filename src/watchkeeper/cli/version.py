"""`watchkeeper version`."""

from __future__ import annotations

from typing import Annotated

import typer

from watchkeeper.kernel.version import VERSION


def version(
    *,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Also of Python and the engine.")] = False,
) -> None:
    """Print the version."""
    typer.echo(f"watchkeeper {VERSION}")
    if verbose:
        # Deferred: start-up time.
        import platform
        from importlib import metadata

        typer.echo(f"python {platform.python_version()} on {platform.system()} {platform.machine()}")
        for package in ("chdb-core", "opentelemetry-sdk", "sqlalchemy"):
            try:
                typer.echo(f"{package} {metadata.version(package)}")
            except metadata.PackageNotFoundError:
                typer.echo(f"{package} is not installed")
