"""Options that several commands share, and the configuration they give together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

#: Apart from the data of a real server, so that trying the demo never mixes with it.
DEMO_DIR = Path("watchkeeper-data-demo")

ConfigFile = Annotated[
    Optional[Path],
    typer.Option("--config", help="Configuration file; watchkeeper.yaml in this folder when there is one."),
]
DataDir = Annotated[Optional[Path], typer.Option("--data-dir", help="Folder of all data.")]
Host = Annotated[Optional[str], typer.Option("--host", help="Address to listen on.")]
Port = Annotated[
    Optional[int], typer.Option("--port", min=0, max=65_535, help="Port of UI and API; 0: a free one.")
]
OtlpHttpPort = Annotated[
    Optional[int],
    typer.Option("--otlp-http-port", min=0, max=65_535, help="Port of OTLP over HTTP; 0: a free one."),
]
OtlpGrpcPort = Annotated[
    Optional[int],
    typer.Option("--otlp-grpc-port", min=0, max=65_535, help="Port of OTLP over gRPC; 0: a free one."),
]


def config_path(given: Path | None) -> Path | None:
    """The configuration file to read: the given one, or the default one when it exists."""
    from watchkeeper.app.config import DEFAULT_FILE  # deferred: start-up time

    if given is not None:
        return given
    return DEFAULT_FILE if DEFAULT_FILE.is_file() else None
