"""Events as they happen, by server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Header, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Send

from watchkeeper.api import problems
from watchkeeper.api.access import Access, AsgiScope, Message
from watchkeeper.api.answers import problem
from watchkeeper.api.deps import ApiDeps
from watchkeeper.api.live import MOST_WATCHERS, FeedClosed, LiveFeed, Resync
from watchkeeper.api.params import project_of
from watchkeeper.api.wire import system as wire
from watchkeeper.kernel.clock import Clock
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
        """Events of the caller's project, with a comment every 15 seconds to keep the connection.

        The stream ends when its token is revoked.
        """
        if deps.feed.watchers >= MOST_WATCHERS:
            full = problems.body(503, "too_many_streams", f"{MOST_WATCHERS} streams are open", retryable=True)
            return problem(full, {"retry-after": "30"})
        project = project_of(request)

        async def allowed() -> bool:
            return await _still_allowed(deps, request, project)

        lines = _lines(deps.feed, project, last_event_id, heartbeat_seconds, deps.clock, allowed)
        return StreamingResponse(lines, media_type="text/event-stream", headers=_HEADERS)

    return routes


async def _lines(
    feed: LiveFeed,
    project: str,
    last_event_id: str | None,
    heartbeat_seconds: float,
    clock: Clock,
    allowed: Callable[[], Awaitable[bool]],
) -> AsyncIterator[bytes]:
    async with feed.watch(project, last_event_id) as watcher:
        # Something at once: proxies and browsers then know that the stream is open.
        yield b"retry: %d\n: open\n\n" % _RECONNECT_MS
        checked_at = clock.monotonic()
        while True:
            item = await watcher.next(heartbeat_seconds)
            # By the clock as well: where much happens, no heartbeat is ever due.
            if item is None or clock.monotonic() - checked_at >= heartbeat_seconds:
                if not await allowed():
                    return
                checked_at = clock.monotonic()
            match item:
                case None:
                    yield b": still here\n\n"
                case Event():
                    yield event_lines(item)
                case Resync():
                    yield b"event: resync\ndata: " + orjson.dumps({"dropped": item.dropped}) + b"\n\n"
                case FeedClosed():
                    return


async def _still_allowed(deps: ApiDeps, request: Request, project: str) -> bool:
    """Whether the guard would let the same request through now, to the same project."""
    passed = False

    async def inside(scope: AsgiScope, receive: Receive, send: Send) -> None:  # noqa: ARG001  (an ASGI application)
        nonlocal passed
        access = scope["state"]["access"]
        passed = isinstance(access, Access) and access.project == project

    async def nothing_sent(_: Message) -> None:
        pass

    await deps.guard(inside)({**request.scope, "state": {}}, request.receive, nothing_sent)
    return passed


def event_lines(event: Event) -> bytes:
    """An event as the lines of a stream. JSON has no raw line breaks, so one data line holds it."""
    name = event.event_type.replace("\n", " ").replace("\r", " ").encode()
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (event.id.encode(), name, orjson.dumps(wire.event(event)))
