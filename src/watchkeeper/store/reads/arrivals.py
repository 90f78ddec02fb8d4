"""What some requests brought, for telling those who watch."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from watchkeeper.model.ranges import TimeRange
from watchkeeper.store.reads.select import Select
from watchkeeper.store.reads.sql import PROJECT, SPANS, at

MOST_TRACES: Final = 50
MOST_AGENTS: Final = 50
# Spans are sent when they end: one that ran for longer than this before it was sent is stored, but not told of.
_LONGEST_NS: Final = 2 * 3_600 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Arrived:
    """How many spans came, in which traces (at most `MOST_TRACES`), by which agents (at most `MOST_AGENTS`)."""

    spans: int
    trace_ids: tuple[str, ...]
    agents: tuple[str, ...]


async def of_requests(
    select: Select, project: str, request_ids: Collection[int], received: TimeRange
) -> Arrived:
    """What these requests brought.

    Args:
        select: the engine.
        project: whose they are.
        request_ids: of requests that are stored.
        received: when they arrived.

    Raises:
        EngineError: the engine could not answer.
    """
    rows = await select(
        f"SELECT count(), arraySort(groupUniqArray({MOST_TRACES})(TraceId)), "
        f"arraySort(groupUniqArrayIf({MOST_AGENTS})(Agent, Agent != '')) FROM {SPANS} "
        f"PREWHERE {PROJECT} AND Timestamp >= {at('start')} AND RequestId IN {{requests:Array(UInt64)}} "
        "WHERE ReceivedAt >= fromUnixTimestamp64Milli({first:Int64}, 'UTC') "
        "AND ReceivedAt <= fromUnixTimestamp64Milli({last:Int64}, 'UTC')",
        {
            "project": project,
            "requests": sorted(request_ids),
            "start": max(received.start_ns - _LONGEST_NS, 0),
            "first": received.start_ns // 1_000_000,
            "last": -(-received.end_ns // 1_000_000),
        },
    )
    spans, trace_ids, agents = rows.data[0]
    return Arrived(spans, tuple(trace_ids), tuple(agents))
