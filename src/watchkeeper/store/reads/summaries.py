"""Whole traces in one line each, given their ids.

A trace's spans lie close together, so the first look is at the neighbourhood of a span that is known. Where the
root found there reaches further, or no root is there, those few traces are looked up again over a wider range:
an IN over the whole table would read most of it, since fifty ids hit a bloom filter by chance almost everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from watchkeeper.model.ranges import TimeRange
from watchkeeper.model.traces import TraceSummary
from watchkeeper.store.reads.select import Select
from watchkeeper.store.reads.sql import IS_ERROR, IS_LLM, PROJECT, SPANS, between

NEAR_NS: Final = 15 * 60 * 1_000_000_000
FAR_NS: Final = 24 * 3_600 * 1_000_000_000
_MOST_NAMES: Final = 50

# Sorts a span without a parent before all others, then the earliest.
_ROOT_FIRST: Final = "(ParentSpanId != '', Timestamp, SpanId)"
_SUMMARY: Final = f"""
    TraceId,
    argMin(SpanName, {_ROOT_FIRST}),
    argMin(ServiceName, {_ROOT_FIRST}),
    argMin(Operation, {_ROOT_FIRST}),
    max(ParentSpanId = ''),
    anyIf(Workflow, Workflow != ''),
    arraySort(groupUniqArrayIf({_MOST_NAMES})(Agent, Agent != '')),
    arraySort(groupUniqArrayIf({_MOST_NAMES})(Model, Model != '')),
    arraySort(groupUniqArray({_MOST_NAMES})(ServiceName)),
    toUnixTimestamp64Nano(min(Timestamp)),
    max(toUnixTimestamp64Nano(Timestamp) + Duration),
    count(),
    countIf({IS_ERROR}),
    sum(InputTokens),
    sum(OutputTokens),
    sum(CostNanoUSD),
    countIf({IS_LLM} AND CostNanoUSD IS NULL),
    countIf({IS_LLM}),
    anyIf(ConversationId, ConversationId != ''),
    toUnixTimestamp64Nano(argMin(Timestamp, {_ROOT_FIRST})) + argMin(Duration, {_ROOT_FIRST})
"""


async def one(select: Select, project: str, trace_id: str) -> TraceSummary | None:
    """The summary of one trace, wherever in time it is; None when there is no such trace."""
    rows = await select(
        f"SELECT {_SUMMARY} FROM {SPANS} WHERE {PROJECT} AND TraceId = {{trace:String}} GROUP BY TraceId",
        {"project": project, "trace": trace_id},
    )
    return summary(rows.data[0]) if rows.data else None


async def several(
    select: Select, project: str, trace_ids: Sequence[str], around: TimeRange
) -> dict[str, TraceSummary]:
    """Summaries by trace id.

    Args:
        select: the engine.
        project: whose traces.
        trace_ids: at most a page of them.
        around: a span of each trace is known to have started in this range.
    """
    if not trace_ids:
        return {}
    near = TimeRange(around.start_ns - NEAR_NS, around.end_ns + NEAR_NS)
    found = await _within(select, project, trace_ids, near)
    reaching = [trace_id for trace_id in trace_ids if _reaches_out(found.get(trace_id), near)]
    if reaching:
        far = TimeRange(around.start_ns - FAR_NS, around.end_ns + FAR_NS)
        found |= await _within(select, project, reaching, far)
    return {trace_id: summary(row) for trace_id, row in found.items()}


async def _within(
    select: Select, project: str, trace_ids: Sequence[str], within: TimeRange
) -> dict[str, list[Any]]:
    rows = await select(
        f"SELECT {_SUMMARY} FROM {SPANS} WHERE {PROJECT} AND TraceId IN {{traces:Array(String)}} "
        f"AND {between()} GROUP BY TraceId",
        {
            "project": project,
            "traces": list(trace_ids),
            "start": max(within.start_ns, 0),
            "end": within.end_ns,
        },
    )
    return {row[0]: row for row in rows.data}


def _reaches_out(row: list[Any] | None, looked: TimeRange) -> bool:
    """Whether there may be spans outside the range that was looked at."""
    return row is None or not row[4] or row[19] > looked.end_ns


def summary(row: list[Any]) -> TraceSummary:
    """One row of the query above."""
    priced = row[17] - row[16]
    return TraceSummary(
        trace_id=row[0],
        root_name=row[1],
        root_service=row[2],
        root_operation=row[3],
        root_known=bool(row[4]),
        workflow=row[5],
        agents=tuple(row[6]),
        models=tuple(row[7]),
        services=tuple(row[8]),
        start_ns=row[9],
        end_ns=row[10],
        span_count=row[11],
        error_count=row[12],
        input_tokens=row[13],
        output_tokens=row[14],
        cost_nano_usd=None if row[16] and not priced else row[15] or 0,
        conversation_id=row[18],
    )
