"""Tells those who watch that new telemetry is stored: at most once a second and project, and only if someone watches."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

from watchkeeper.kernel.clock import Clock
from watchkeeper.kernel.errors import WatchkeeperError
from watchkeeper.kernel.ids import uuid7
from watchkeeper.model.events import Event
from watchkeeper.model.segment import Applied, Apply, Segment
from watchkeeper.store.migrate import DATABASE
from watchkeeper.store.reads.select import Select

log = logging.getLogger(__name__)

_EVERY_SECONDS: Final = 1.0
_LOOK_BACK_NS: Final = 30 * 10**9
# What a page needs to know: how much came, and which traces and agents it touches. Bounded by the sort key: what
# comes later than that is found when the page asks next.
_SQL: Final = f"""
SELECT Project, count(), groupUniqArray(50)(TraceId), groupUniqArray(50)(Agent) FROM {DATABASE}.spans
WHERE toStartOfMinute(Timestamp) > now() - INTERVAL 10 MINUTE
    AND ReceivedAt > fromUnixTimestamp64Milli({{since:Int64}}) AND RequestId IN ({{requests}})
GROUP BY Project
"""


class Announcer:
    """Publishes ``telemetry.stored``."""

    def __init__(
        self, select: Select, publish: Callable[[Event], None], watched: Callable[[], int], clock: Clock
    ) -> None:
        """Ask the store what is new, and publish it to whoever watches."""
        self._select = select
        self._publish = publish
        self._watched = watched
        self._clock = clock
        self._new: list[int] = []
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to publish."""
        self._task = asyncio.create_task(self._run(), name="announcer")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def after(self, apply: Apply) -> Apply:
        """`apply`, noting what it stored."""

        async def noted(segment: Segment) -> Applied:
            applied = await apply(segment)
            # A sample of a second's requests is enough to say what a page should look at again.
            self._new = (self._new + list(applied.stored_requests))[-500:]
            return applied

        return noted

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            requests, self._new = self._new, []
            if requests and self._watched():
                try:
                    await self._announce(requests)
                except WatchkeeperError as error:
                    log.debug("nothing announced: %s", error)

    async def _announce(self, requests: list[int]) -> None:
        since = (self._clock.now_ns() - _LOOK_BACK_NS) // 10**6
        rows = await self._select(_SQL.replace("{requests}", ", ".join(map(str, requests))), {"since": since})
        for project, spans, trace_ids, agents in rows.data:
            payload: dict[str, Any] = {
                "spans": int(spans),
                "trace_ids": trace_ids,
                "agents": sorted(agent for agent in agents if agent),
            }
            self._publish(
                Event(
                    uuid7(self._clock),
                    self._clock.now_ns(),
                    project,
                    "telemetry.stored",
                    "spans",
                    project,
                    payload,
                )
            )
