"""Small questions about the store as a whole, for health checks."""

from __future__ import annotations

from watchkeeper.model.ranges import TimeRange
from watchkeeper.store.reads.select import Select
from watchkeeper.store.reads.sql import IS_ERROR, SPANS, between, count_if

_MINUTE_NS = 60 * 1_000_000_000


async def answers(select: Select, now_ns: int, *, timeout_seconds: float) -> None:
    """Read the newest spans for real: columns, not metadata alone.

    Raises:
        EngineError: the engine could not answer in time.
    """
    await select(
        f"SELECT sum(Duration) FROM {SPANS} WHERE {between()}",
        {"start": now_ns - _MINUTE_NS, "end": now_ns + _MINUTE_NS},
        timeout_seconds=timeout_seconds,
    )


async def failed_spans(select: Select, within: TimeRange) -> int:
    """How many spans of all projects failed, weighted for sampling.

    Raises:
        EngineError: the engine could not answer.
    """
    rows = await select(
        f"SELECT {count_if(IS_ERROR)} FROM {SPANS} WHERE {between()}",
        {"start": within.start_ns, "end": within.end_ns},
    )
    return int(rows.data[0][0])
