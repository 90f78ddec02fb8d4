"""Search: the traces with a span that meets every condition, newest first.

A trace's place in the list is the start of its first span that matches. The search walks back from the end of
the range in windows that grow while they are cheap, and stops when the page is full or its time is up; the
cursor then goes on from where it stopped. So a search for something rare stays bounded, however much is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from watchkeeper.kernel.clock import Clock
from watchkeeper.model.ranges import TimeRange
from watchkeeper.model.traces import TraceFilter, TracePage, TraceSummary
from watchkeeper.store.reads import cursors, summaries
from watchkeeper.store.reads.filters import Condition, condition
from watchkeeper.store.reads.select import Select
from watchkeeper.store.reads.sql import PROJECT, SPANS, between

SEARCH_SECONDS: Final = 4.0
_FIRST_WINDOW_NS: Final = 30 * 1_000_000_000
# A window shall take about so long; the next one is longer or shorter for it, within bounds.
_WINDOW_SECONDS: Final = 0.5
_GROWTH: Final = 6.0
_SHRINKING: Final = 0.5
_CURSOR: Final = "traces"


@dataclass(frozen=True, slots=True)
class _Hit:
    place_ns: int
    trace_id: str


@dataclass(frozen=True, slots=True)
class _Search:
    """What stays the same over the windows of one page."""

    select: Select
    project: str
    wanted: Condition
    without_errors: bool


async def search(
    select: Select,
    clock: Clock,
    project: str,
    within: TimeRange,
    wanted: TraceFilter,
    *,
    limit: int,
    cursor: str | None = None,
) -> TracePage:
    """One page of traces.

    Args:
        select: the engine.
        clock: times the search.
        project: whose traces.
        within: spans that match must have started in this range.
        wanted: what a span must meet.
        limit: most traces in the page.
        cursor: `next_cursor` of the page before.

    Raises:
        UnknownCursor: `cursor` is none of this list.
        EngineError: the engine could not answer.
    """
    before = (within.end_ns, "") if cursor is None else cursors.decode(_CURSOR, cursor)
    asked = _Search(select, project, condition(wanted), wanted.status == "ok")
    deadline = clock.monotonic() + SEARCH_SECONDS
    items: list[TraceSummary] = []
    upper, size = min(before[0] + 1, within.end_ns), _FIRST_WINDOW_NS
    looked = False
    while upper > within.start_ns and len(items) < limit:
        lower = max(upper - size, within.start_ns)
        # A window that would leave a sliver behind takes it along.
        if lower - within.start_ns < size // 4:
            lower = within.start_ns
        started = clock.monotonic()
        room = limit - len(items)
        hits = await _window(asked, TimeRange(lower, upper), before, room + 1)
        kept, told = await _summarise(asked, hits[:room], TimeRange(lower, upper), within.start_ns)
        items += told
        if len(hits) > room:
            last = hits[room - 1]
            return TracePage(tuple(items), _after(last), last.place_ns)
        if kept:
            before = (kept[-1].place_ns, kept[-1].trace_id)
        upper = lower
        if clock.monotonic() >= deadline:
            break
        if not hits and not looked:
            # Where nothing was sent lately, windows would grow until one holds far too much.
            looked = True
            newest = await _newest(asked, TimeRange(within.start_ns, upper))
            upper = within.start_ns if newest is None else min(upper, newest)
            continue
        size = _next_size(size, clock.monotonic() - started)
    more = upper > within.start_ns
    return TracePage(tuple(items), cursors.encode(_CURSOR, upper - 1, "") if more else None, upper)


async def _newest(asked: _Search, within: TimeRange) -> int | None:
    """The end of the minute in which the newest span of the range started, whether it matches or not."""
    # In the order of the sort key, so that the engine reads its end alone.
    rows = await asked.select(
        f"SELECT toUnixTimestamp(toStartOfMinute(Timestamp)) FROM {SPANS} WHERE {PROJECT} AND {between()} "
        "ORDER BY toStartOfMinute(Timestamp) DESC LIMIT 1",
        {"project": asked.project, "start": within.start_ns, "end": within.end_ns},
    )
    return (int(rows.data[0][0]) + 60) * 1_000_000_000 if rows.data else None


async def _window(asked: _Search, window: TimeRange, before: tuple[int, str], most: int) -> list[_Hit]:
    # Among traces that start in the same nanosecond the id decides, in the order of the list.
    sql = (
        f"SELECT toUnixTimestamp64Nano(min(Timestamp)) AS place, TraceId FROM {SPANS} "
        f"WHERE {asked.wanted.and_(f'{PROJECT} AND {between()}')} GROUP BY TraceId "
        "HAVING place < {before:Int64} OR (place = {before:Int64} AND TraceId > {after:String}) "
        "ORDER BY place DESC, TraceId LIMIT {most:UInt32}"
    )
    rows = await asked.select(
        sql,
        {
            **asked.wanted.params,
            "project": asked.project,
            "start": window.start_ns,
            "end": window.end_ns,
            "before": before[0],
            "after": before[1],
            "most": most,
        },
    )
    return [_Hit(row[0], row[1]) for row in rows.data]


async def _summarise(
    asked: _Search, hits: list[_Hit], window: TimeRange, start_ns: int
) -> tuple[list[_Hit], list[TraceSummary]]:
    """The hits whose place is in this window, with their summaries; others come in an earlier window."""
    if not hits:
        return [], []
    span = TimeRange(hits[-1].place_ns, hits[0].place_ns + 1)
    known = await summaries.several(asked.select, asked.project, [hit.trace_id for hit in hits], span)
    crossing = [
        hit.trace_id
        for hit in hits
        if hit.trace_id in known
        and start_ns < window.start_ns
        and known[hit.trace_id].start_ns < window.start_ns
    ]
    earlier = await _match_before(asked, crossing, TimeRange(start_ns, window.start_ns), known)
    kept = [hit for hit in hits if hit.trace_id in known and hit.trace_id not in earlier]
    told = [known[hit.trace_id] for hit in kept]
    return kept, [one for one in told if not (asked.without_errors and one.error_count)]


async def _match_before(
    asked: _Search, trace_ids: list[str], before: TimeRange, known: dict[str, TraceSummary]
) -> set[str]:
    """Those of some traces that match before a window begins."""
    if not trace_ids:
        return set()
    first = min(known[trace_id].start_ns for trace_id in trace_ids)
    scope = f"{PROJECT} AND {between()} AND TraceId IN {{traces:Array(String)}}"
    rows = await asked.select(
        f"SELECT DISTINCT TraceId FROM {SPANS} WHERE {asked.wanted.and_(scope)}",
        {
            **asked.wanted.params,
            "project": asked.project,
            "start": max(before.start_ns, first),
            "end": before.end_ns,
            "traces": trace_ids,
        },
    )
    return {row[0] for row in rows.data}


def _next_size(size: int, took_seconds: float) -> int:
    factor = _WINDOW_SECONDS / max(took_seconds, 1e-3)
    return max(round(size * min(max(factor, _SHRINKING), _GROWTH)), _FIRST_WINDOW_NS)


def _after(hit: _Hit) -> str:
    return cursors.encode(_CURSOR, hit.place_ns, hit.trace_id)
