"""What is looked at in a single server. Each check is given a way to measure, and judges what it sees."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import psutil

from watchkeeper.health.checks import Check
from watchkeeper.health.config import HealthConfig
from watchkeeper.kernel.clock import Clock
from watchkeeper.model.health import Finding
from watchkeeper.model.status import IngestStatus

# What people came for counts most: can it be asked, and does what arrives get stored.
ENGINE_WEIGHT: Final = 35
INGEST_WEIGHT: Final = 30
DISK_WEIGHT: Final = 15
LEDGER_WEIGHT: Final = 10
MEMORY_WEIGHT: Final = 10


def engine(ask: Callable[[], Awaitable[object]], clock: Clock, config: HealthConfig) -> Check:
    """Whether the column store answers a real query, and how fast.

    Args:
        ask: runs a small query on real columns; raises when the engine is away.
        clock: times it.
        config: what counts as slow.
    """

    async def look() -> Finding:
        started = clock.monotonic()
        await ask()
        took = clock.monotonic() - started
        if took <= config.slow_query_seconds:
            return Finding(100, f"answered in {took * 1e3:.0f} ms")
        score = _falling(took, config.slow_query_seconds, config.check_timeout_seconds)
        return Finding(score, f"slow: a small query took {took:.2f} s")

    return Check("engine", ENGINE_WEIGHT, look)


def ingest(measure: Callable[[], Awaitable[IngestStatus]], quota_bytes: int, config: HealthConfig) -> Check:
    """Whether what was received gets stored: how long it waits, how full the log is, what was put aside.

    Args:
        measure: says what waits.
        quota_bytes: of the log; at the quota senders are refused.
        config: how long is too long.
    """

    async def look() -> Finding:
        waiting = await measure()
        age, full = waiting.oldest_waiting_seconds, waiting.waiting_bytes / quota_bytes
        # A minute of waiting is served by hand; a log half full fills the rest as fast.
        by_age = _falling(age, config.backlog_seconds, config.backlog_seconds + 60)
        by_size = _falling(full, 0.25, 1.0)
        quarantined = waiting.quarantined_requests
        score = min(by_age, by_size, 70 if quarantined else 100)
        words = f"{waiting.waiting_bytes / 1e6:.1f} MB wait, the oldest for {age:.1f} s"
        if quarantined:
            words += f"; {quarantined} requests lie in quarantine: `watchkeeper doctor` tells why"
        return Finding(score, words)

    return Check("ingest", INGEST_WEIGHT, look)


def disk(folder: Path, config: HealthConfig) -> Check:
    """Whether the disk of the data folder has room."""

    async def look() -> Finding:
        usage = psutil.disk_usage(str(folder))
        free = usage.free / usage.total if usage.total else 0.0
        words = f"{usage.free / 1e9:.1f} GB of {usage.total / 1e9:.1f} GB are free"
        return Finding(_rising(free, config.low_disk_ratio), words)

    return Check("disk", DISK_WEIGHT, look)


def ledger(ask: Callable[[], Awaitable[object]]) -> Check:
    """Whether the database of the control state answers.

    Args:
        ask: reads from it; raises when it can't be read.
    """

    async def look() -> Finding:
        await ask()
        return Finding(100, "answers")

    return Check("ledger", LEDGER_WEIGHT, look)


def memory(config: HealthConfig) -> Check:
    """Whether the machine has memory left."""

    async def look() -> Finding:
        state = psutil.virtual_memory()
        free = state.available / state.total
        words = f"{state.available / 1e9:.1f} GB of {state.total / 1e9:.1f} GB are available"
        return Finding(_rising(free, config.low_memory_ratio), words)

    return Check("memory", MEMORY_WEIGHT, look)


def _falling(value: float, good_until: float, bad_from: float) -> int:
    """100 up to one bound, 0 from the other, in a straight line between."""
    if value <= good_until:
        return 100
    return max(0, int(100 * (bad_from - value) / (bad_from - good_until))) if bad_from > value else 0


def _rising(value: float, good_from: float) -> int:
    """100 from a bound, down to 0 at nothing."""
    return min(100, int(100 * value / good_from))
