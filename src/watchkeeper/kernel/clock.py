"""Time as an argument.

Nothing in a room reads the system's clock: a `Clock` comes in, so that a test decides what time it is.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two kinds of time: the calendar's, and one that only moves forwards."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00Z. May jump when the system's clock is set."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start that never go backwards: for durations and deadlines."""
        ...


class SystemClock:
    """The machine's clock."""

    __slots__ = ()

    def now_ns(self) -> int:
        """Nanoseconds since the epoch, UTC."""
        return time.time_ns()

    def monotonic(self) -> float:
        """Seconds from an arbitrary start."""
        return time.monotonic()


class FakeClock:
    """A clock that stands still until it is told to move."""

    __slots__ = ("_monotonic_ns", "_now_ns")

    def __init__(self, now_ns: int = 1_767_225_600_000_000_000) -> None:
        """Start at `now_ns`; by default 2026-01-01T00:00:00Z."""
        self._now_ns = now_ns
        self._monotonic_ns = 0

    def now_ns(self) -> int:
        """Nanoseconds since the epoch, as set."""
        return self._now_ns

    def monotonic(self) -> float:
        """Seconds this clock was advanced by."""
        return self._monotonic_ns / 1e9

    def advance(self, seconds: float) -> None:
        """Move both times forwards.

        Raises:
            ValueError: `seconds` is negative; use `set` to move the calendar backwards.
        """
        if seconds < 0:
            raise ValueError(f"a clock can't be advanced by {seconds} seconds: it must not be negative")
        step = round(seconds * 1e9)
        self._now_ns += step
        self._monotonic_ns += step

    def set(self, now_ns: int) -> None:
        """Set the calendar, as an administrator or NTP would; the monotonic time stays."""
        self._now_ns = now_ns
