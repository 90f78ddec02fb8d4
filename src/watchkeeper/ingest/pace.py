"""Lets senders go no faster than the store takes what they send.

The log takes spans several times as fast as the engine stores them. Without a brake senders would fill the quota
first and be refused then, and what is seen would lag behind by minutes. So once more than a little waits, each
request is held back for its share of time, one behind the other: a steady stream rather than stop and go. While
nothing is being stored (the engine is away) there is nothing to keep pace with: the log takes everything at once,
up to its quota.
"""

from __future__ import annotations

from collections import deque
from typing import Final

_WINDOW_SECONDS: Final = 6.0
_LONGEST_SECONDS: Final = 1.0
_LEAST_SECONDS: Final = 0.0005  # a shorter wait costs more than it gives


class Pace:
    """Says how long a request has to wait, from how much was stored lately."""

    def __init__(self, *, free_bytes: int) -> None:
        """Hold nobody back while no more than `free_bytes` wait."""
        self._free = free_bytes
        self._stored: deque[tuple[float, int]] = deque()
        self._next = 0.0

    def stored(self, size: int, now: float) -> None:
        """A segment of `size` bytes is stored."""
        self._stored.append((now, size))
        self._forget(now)

    def wait_seconds(self, size: int, waiting: int, now: float) -> float:
        """How long a request of `size` bytes has to wait while `waiting` bytes are not stored.

        The rate is what was stored lately, a little more while the backlog is small, less when it is large: the
        backlog settles at about twice what is free.
        """
        rate = self._rate(now)
        if waiting <= self._free or rate <= 0:
            self._next = now
            return 0.0
        excess = (waiting - self._free) / self._free
        begin = max(self._next, now)
        self._next = min(begin + size / (rate * max(0.5, 1.3 - 0.3 * excess)), now + _LONGEST_SECONDS)
        wait = begin - now
        return wait if wait >= _LEAST_SECONDS else 0.0

    def _rate(self, now: float) -> float:
        """Bytes a second stored within the window; 0 when that is not known."""
        self._forget(now)
        if len(self._stored) < 3:
            return 0.0
        # The first one marks the start: its bytes were stored before the window began.
        first = self._stored[0][0]
        size = sum(size for _, size in self._stored) - self._stored[0][1]
        return size / max(now - first, 0.1)

    def _forget(self, now: float) -> None:
        while self._stored and now - self._stored[0][0] > _WINDOW_SECONDS:
            self._stored.popleft()
