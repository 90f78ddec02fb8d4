"""The OpenAPI document without a server: `python -m watchkeeper.api.openapi > openapi.json`.

The web UI's types are generated from it.
"""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import orjson
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from watchkeeper.api.app import build
from watchkeeper.api.deps import ApiDeps
from watchkeeper.api.live import LiveFeed
from watchkeeper.kernel.clock import SystemClock


def document() -> dict[str, Any]:
    """The API as OpenAPI 3.1."""
    return build(_nothing()).openapi()


def _nothing() -> ApiDeps:
    """Collaborators that are never asked: routes are described, not run."""

    def unasked(*_: object, **__: object) -> NoReturn:
        raise NotImplementedError("this application only describes itself")

    def unguarded(app: ASGIApp) -> ASGIApp:
        return app

    # The ledger's parts are built on a database that is not there.
    missing: Any = None
    return ApiDeps(
        select=unasked,
        clock=SystemClock(),
        tokens=missing,
        audit=missing,
        status=unasked,
        health=unasked,
        feed=LiveFeed(),
        registry=CollectorRegistry(),
        guard=unguarded,
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(
        orjson.dumps(document(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
    )
