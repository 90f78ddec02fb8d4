"""The server itself: status for those who use it, health for what watches it, and its own metrics."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from watchkeeper.api import problems
from watchkeeper.api.answers import answer, problem
from watchkeeper.api.deps import ApiDeps
from watchkeeper.api.params import access_of
from watchkeeper.api.wire import system as wire
from watchkeeper.model.ranges import TimeRange
from watchkeeper.store.errors import EngineError
from watchkeeper.store.reads import probes
from watchkeeper.store.reads.kept import Kept

READY_SECONDS: Final = 3.0
# Anybody may ask whether the server is ready, as often as they like: all who ask within this share a query.
READY_SHARED_SECONDS: Final = 1.0
_HOUR_NS: Final = 3_600 * 1_000_000_000


def status_router(deps: ApiDeps) -> APIRouter:
    """The route /status of the API."""
    routes = APIRouter(tags=["server"])

    @routes.get("/status", response_model=wire.Status)
    async def get_status(request: Request) -> Response:
        """How this server is doing, and as whom it knows the caller."""
        access = access_of(request)
        shown = wire.status(
            await deps.status(),
            now_ns=deps.clock.now_ns(),
            project=access.project,
            scopes=[str(scope) for scope in access.scopes],
            web_built=deps.web_dir is not None,
        )
        return answer(shown)

    return routes


def health_router(deps: ApiDeps) -> APIRouter:
    """The routes /health/… and /metrics, outside the API's prefix."""
    routes = APIRouter(tags=["server"])
    readiness = _Readiness(deps)

    @routes.get("/health/live", response_model=wire.Live)
    async def get_live() -> Response:
        """The process answers: nothing else is looked at, so that a slow part never gets it restarted."""
        return answer({"status": "ok"})

    @routes.get("/health/ready", response_model=wire.Ready, responses={503: {"model": wire.Problem}})
    async def get_ready() -> Response:
        """The server can answer questions: a real query ran through, now or less than a second ago."""
        tried = await readiness.get()
        if tried.error:
            body = problems.body(
                503, "not_ready", f"the engine does not answer: {tried.error}", retryable=True
            )
            return problem(body, {"retry-after": "1"})
        return answer({"status": "ok", "query_seconds": tried.seconds})

    @routes.get("/health/full", response_model=wire.Health)
    async def get_health() -> Response:
        """Every part with its score, the score of the whole, and why it is what it is. Always 200."""
        report, status, errors = await asyncio.gather(deps.health(), deps.status(), _errors(deps))
        shown = wire.health(
            report,
            uptime_seconds=max((deps.clock.now_ns() - status.started_ns) / 1e9, 0.0),
            errors_last_hour=errors,
            memory_bytes=status.memory_bytes,
        )
        return answer(shown)

    @routes.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def get_metrics() -> Response:
        """The server's own metrics in Prometheus' text format."""
        return Response(generate_latest(deps.registry), media_type=CONTENT_TYPE_LATEST)

    return routes


@dataclass(frozen=True, slots=True)
class _Tried:
    """A query that was tried: when it was over, how long it took, and what went wrong, or ''."""

    at: float
    seconds: float
    error: str


class _Readiness:
    """Whether the engine answers, asked once for all who want to know."""

    def __init__(self, deps: ApiDeps) -> None:
        self._deps = deps
        self._kept: Kept[str, _Tried] = Kept(deps.clock, fresh_seconds=READY_SHARED_SECONDS)

    async def get(self) -> _Tried:
        # The cache alone would give out a slow answer for longer: an old yes is worth nothing to a load balancer.
        return await self._kept.get("", self._try, self._is_new)

    def _is_new(self, tried: _Tried) -> bool:
        return self._deps.clock.monotonic() - tried.at < READY_SHARED_SECONDS

    async def _try(self) -> _Tried:
        clock = self._deps.clock
        started, error = clock.monotonic(), ""
        try:
            await probes.answers(self._deps.select, clock.now_ns(), timeout_seconds=READY_SECONDS)
        except EngineError as failed:
            error = failed.message
        return _Tried(clock.monotonic(), clock.monotonic() - started, error)


async def _errors(deps: ApiDeps) -> int | None:
    now_ns = deps.clock.now_ns()
    try:
        async with asyncio.timeout(READY_SECONDS):
            return await probes.failed_spans(deps.select, TimeRange(now_ns - _HOUR_NS, now_ns))
    except (EngineError, TimeoutError):
        # The report says that the engine is away; it must not fail with it.
        return None
