"""Events as they happen, by server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Header, Request
from starlette.responses import Response, StreamingResponse

from watchkeeper.api import problems
from watchkeeper.api.answers import problem
from watchkeeper.api.deps import ApiDeps
from watchkeeper.api.live import MOST_WATCHERS, FeedClosed, LiveFeed, Resync
from watchkeeper.api.params import project_of
from watchkeeper.api.wire import system as wire
from watchkeeper.model.events import Event

HEARTBEAT_SECONDS: Final = 15.0
_RECONNECT_MS: Final = 2_000
_HEADERS: Final = {
    "cache-control": "no-store",
    # nginx would otherwise hold events back until its buffer is full.
    "x-accel-buffering": "no",
}


def router(deps: ApiDeps, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> APIRouter:
    """The route /stream."""
    routes = APIRouter(tags=["stream"])

    @routes.get(
        "/stream",
        response_class=StreamingResponse,
        responses={
            200: {
                "description": "`text/event-stream`: `event` is the event's type, `data` its envelope. An event "
                "`resync` with `{dropped}` says that some were lost: load the figures again.",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            }
        },
    )
    async def stream_events(
        request: Request, last_event_id: Annotated[str | None, Header(max_length=200)] = None
    ) -> Response:
        """Events of the caller's project, with a comment every 15 seconds to keep the connection."""
        if deps.feed.watchers >= MOST_WATCHERS:
            full = problems.body(503, "too_many_streams", f"{MOST_WATCHERS} streams are open", retryable=True)
            return problem(full, {"retry-after": "30"})
        lines = _lines(deps.feed, project_of(request), last_event_id, heartbeat_seconds)
        return StreamingResponse(lines, media_type="text/event-stream", headers=_HEADERS)

    return routes


async def _lines(
    feed: LiveFeed, project: str, last_event_id: str | None, heartbeat_seconds: float
) -> AsyncIterator[bytes]:
    async with feed.watch(project, last_event_id) as watcher:
        # Something at once: proxies and browsers then know that the stream is open.
        yield b"retry: %d\n: open\n\n" % _RECONNECT_MS
        while True:
            item = await watcher.next(heartbeat_seconds)
            match item:
                case None:
                    yield b": still here\n\n"
                case Event():
                    yield event_lines(item)
                case Resync():
                    yield b"event: resync\ndata: " + orjson.dumps({"dropped": item.dropped}) + b"\n\n"
                case FeedClosed():
                    return


def event_lines(event: Event) -> bytes:
    """An event as the lines of a stream. JSON has no raw line breaks, so one data line holds it."""
    name = event.event_type.replace("\n", " ").replace("\r", " ").encode()
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (event.id.encode(), name, orjson.dumps(wire.event(event)))
