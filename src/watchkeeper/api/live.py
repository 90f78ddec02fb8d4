"""The live feed: events from inside the server to whoever is watching.

Each watcher has a bounded queue. One that is too slow loses what it has not taken and is told to look again
(`Resync`): a page that reloads its figures is right at once, one that works through a backlog is late for ever.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from watchkeeper.model.events import Event

REPLAYED_EVENTS: Final = 1_000
QUEUED_EVENTS: Final = 256
MOST_WATCHERS: Final = 500


@dataclass(frozen=True, slots=True)
class Resync:
    """Events were lost for this watcher.

    Attributes:
        dropped: how many, or None when that is not known.
    """

    dropped: int | None


@dataclass(frozen=True, slots=True)
class FeedClosed:
    """The server is shutting down."""


class Watcher:
    """One who watches the events of one project."""

    def __init__(self, project: str) -> None:
        """Watch a project; nothing is queued yet."""
        self.project = project
        self._queue: deque[Event] = deque()
        self._dropped = 0
        self._lost_track = False
        self._closed = False
        self._wake = asyncio.Event()

    def offer(self, event: Event) -> int:
        """Queue an event.

        Returns:
            How many events were dropped for it: 0, or all that were queued.
        """
        dropped = 0
        if len(self._queue) >= QUEUED_EVENTS:
            dropped = len(self._queue)
            self._dropped += dropped
            self._queue.clear()
        self._queue.append(event)
        self._wake.set()
        return dropped

    def lose_track(self) -> None:
        """The watcher's place is not known any more: it is told to look again."""
        self._lost_track = True
        self._wake.set()

    def close(self) -> None:
        """End the watch, after what is queued."""
        self._closed = True
        self._wake.set()

    async def next(self, timeout_seconds: float) -> Event | Resync | FeedClosed | None:
        """What comes next, or None when nothing came in time."""
        if not self._pending():
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), timeout_seconds)
            except TimeoutError:
                return None
        if self._lost_track or self._dropped:
            resync = Resync(None if self._lost_track else self._dropped)
            self._lost_track, self._dropped = False, 0
            return resync
        return self._queue.popleft() if self._queue else FeedClosed()

    def _pending(self) -> bool:
        return bool(self._queue) or self._lost_track or self._closed


class LiveFeed:
    """Gives every event to the watchers of its project; one for the whole server."""

    def __init__(self) -> None:
        """Nobody watches, nothing has happened."""
        self._recent: deque[Event] = deque(maxlen=REPLAYED_EVENTS)
        self._watchers: set[Watcher] = set()
        self._closed = False
        self.dropped_events = 0

    @property
    def watchers(self) -> int:
        """How many watch now."""
        return len(self._watchers)

    def watches(self, project: str) -> bool:
        """Whether anybody watches a project: if not, events need not be gathered for it."""
        return any(watcher.project == project for watcher in self._watchers)

    def publish(self, event: Event) -> None:
        """Tell an event. Never waits."""
        self._recent.append(event)
        for watcher in self._watchers:
            if watcher.project == event.project:
                self.dropped_events += watcher.offer(event)

    @asynccontextmanager
    async def watch(self, project: str, last_event_id: str | None = None) -> AsyncIterator[Watcher]:
        """Watch a project.

        Args:
            project: whose events.
            last_event_id: the last one seen: those after it come first. One that is no longer remembered
                leads to a `Resync`.
        """
        watcher = Watcher(project)
        if last_event_id:
            self._replay(watcher, last_event_id)
        if self._closed:
            watcher.close()
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    def close(self) -> None:
        """End all watches: the server is shutting down. Streams end within a moment."""
        self._closed = True
        for watcher in self._watchers:
            watcher.close()

    def _replay(self, watcher: Watcher, last_event_id: str) -> None:
        recent = list(self._recent)
        seen = next((at for at, event in enumerate(recent) if event.id == last_event_id), None)
        if seen is None:
            watcher.lose_track()
            return
        for event in recent[seen + 1 :]:
            if event.project == watcher.project:
                watcher.offer(event)
