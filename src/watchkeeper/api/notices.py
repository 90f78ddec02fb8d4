"""Tells those who watch that telemetry was stored: at most once a second for each project.

While nobody watches a project, nothing is gathered for it and the store is not asked.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from watchkeeper.api.live import LiveFeed
from watchkeeper.kernel.clock import Clock
from watchkeeper.kernel.ids import uuid7
from watchkeeper.model.events import Event
from watchkeeper.model.ranges import TimeRange
from watchkeeper.store.errors import EngineError
from watchkeeper.store.reads import arrivals
from watchkeeper.store.reads.arrivals import Arrived
from watchkeeper.store.reads.select import Select

STORED: Final = "telemetry.stored"
EVERY_SECONDS: Final = 1.0
# Under a flood the event says that much has changed; which traces, it tells of so many requests only.
MOST_REQUESTS: Final = 1_000

_LOG: Final = logging.getLogger("watchkeeper.api")
_NOTHING: Final = Arrived(0, (), ())


@dataclass(slots=True)
class _Pending:
    """Requests of one project that nobody was told of yet."""

    request_ids: set[int] = field(default_factory=set)
    received: TimeRange | None = None

    def add(self, request_ids: Iterable[int], received: TimeRange) -> None:
        for request_id in request_ids:
            if len(self.request_ids) >= MOST_REQUESTS:
                break
            self.request_ids.add(request_id)
        known = self.received or received
        self.received = TimeRange(min(known.start_ns, received.start_ns), max(known.end_ns, received.end_ns))


class StoredNotices:
    """Gathers what was stored and publishes `telemetry.stored`; one for the whole server."""

    def __init__(
        self, select: Select, feed: LiveFeed, clock: Clock, *, every_seconds: float = EVERY_SECONDS
    ) -> None:
        """Ask `select` what came, tell it to `feed`."""
        self._select = select
        self._feed = feed
        self._clock = clock
        self._every = every_seconds
        self._pending: dict[str, _Pending] = {}
        self._telling: dict[str, asyncio.Task[None]] = {}

    def stored(self, project: str, request_ids: Iterable[int], received: TimeRange) -> None:
        """Requests of a project were stored. Never waits.

        Args:
            project: whose.
            request_ids: theirs, as in the column RequestId.
            received: when they arrived.
        """
        if not self._feed.watches(project):
            return
        self._pending.setdefault(project, _Pending()).add(request_ids, received)
        if project not in self._telling:
            self._telling[project] = asyncio.create_task(self._tell(project))

    async def close(self) -> None:
        """Stop; what is pending is not told any more."""
        tasks = list(self._telling.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell(self, project: str) -> None:
        try:
            while (pending := self._pending.pop(project, None)) is not None:
                found = await self._arrived(project, pending)
                self._feed.publish(self._event(project, found))
                # What comes meanwhile is told together.
                await asyncio.sleep(self._every)
        finally:
            # In the same step as the look at what is pending: what comes later starts anew.
            del self._telling[project]

    async def _arrived(self, project: str, pending: _Pending) -> Arrived:
        assert pending.received is not None
        try:
            return await arrivals.of_requests(self._select, project, pending.request_ids, pending.received)
        except EngineError as error:
            # Watchers load their figures again all the same; that will show them what is wrong.
            _LOG.warning("can't tell what was stored: %s", error)
            return _NOTHING

    def _event(self, project: str, found: Arrived) -> Event:
        return Event(
            id=uuid7(self._clock),
            time_ns=self._clock.now_ns(),
            project=project,
            event_type=STORED,
            entity_type="project",
            entity_id=project,
            payload={
                "spans": found.spans,
                "trace_ids": list(found.trace_ids),
                "agents": list(found.agents),
            },
        )
