"""Answers in JSON, written by orjson from what the wire modules built."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from starlette.responses import Response


def answer(content: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer. Figures are of the moment: nobody on the way keeps them."""
    return Response(
        orjson.dumps(content),
        status_code=status,
        media_type="application/json",
        headers={"cache-control": "no-store", **(headers or {})},
    )


async def answer_from(build: Callable[[], object], *, large: bool) -> Response:
    """A JSON answer that is built when it is written; a large one beside the event loop.

    Tens of thousands of spans take a fifth of a second to write: telemetry that arrives meanwhile must not wait
    for it.
    """
    return await asyncio.to_thread(lambda: answer(build())) if large else answer(build())


def problem(body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """An RFC 9457 answer; its status is that of the body."""
    return Response(
        orjson.dumps(body),
        status_code=body["status"],
        media_type="application/problem+json",
        headers={"cache-control": "no-store", **(headers or {})},
    )
