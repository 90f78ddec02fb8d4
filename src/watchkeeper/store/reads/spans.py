"""The spans of one trace: in pages, and one with everything."""

from __future__ import annotations

from typing import Any, Final

from watchkeeper.model.traces import SpanDetail, SpanEvent, SpanLink, SpanPage, SpanRow
from watchkeeper.store.reads import cursors
from watchkeeper.store.reads.select import Select
from watchkeeper.store.reads.sql import PROJECT, SPANS, at

_CURSOR: Final = "spans"

# In the order of the fields of `SpanRow`. Whether there is a payload is told by its lengths, which the engine
# keeps apart: the text itself is not read.
_ROW: Final = """
    toUnixTimestamp64Nano(Timestamp), SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Operation, Agent,
    TargetAgent, Model, Provider, ToolName, Duration, StatusCode, StatusMessage, ErrorType, InputTokens,
    OutputTokens, CostNanoUSD,
    toBool(notEmpty(InputMessages) OR notEmpty(OutputMessages) OR notEmpty(ToolArguments) OR notEmpty(ToolResult))
"""
_ROW_WIDTH: Final = 20
_DETAIL: Final = """
    TraceId, TraceState, Workflow, TaskType, ConversationId, UserId, ServiceNamespace, InstanceId,
    SpanAttributes, ResourceAttributes, ScopeName, ScopeVersion,
    arrayMap(t -> toUnixTimestamp64Nano(t), Events.Timestamp), Events.Name, Events.Attributes,
    Links.TraceId, Links.SpanId, Links.Attributes,
    CacheReadTokens, CacheWriteTokens, ReasoningTokens, CostSource, SampleWeight,
    toUnixTimestamp64Milli(ReceivedAt) * 1000000,
    InputMessages, OutputMessages, SystemInstructions, ToolArguments, ToolResult
"""
_OF_TRACE: Final = f"{PROJECT} AND TraceId = {{trace:String}}"


async def page(
    select: Select, project: str, trace_id: str, *, limit: int, cursor: str | None = None
) -> SpanPage:
    """Spans of a trace by start, then id; an unknown trace has none.

    Raises:
        UnknownCursor: `cursor` is none of this list.
    """
    params: dict[str, str | int] = {"project": project, "trace": trace_id, "most": limit + 1}
    where = _OF_TRACE
    if cursor is not None:
        params["after"], params["after_id"] = cursors.decode(_CURSOR, cursor)
        where += f" AND (Timestamp, SpanId) > ({at('after')}, {{after_id:String}})"
    rows = await select(
        f"SELECT {_ROW} FROM {SPANS} WHERE {where} ORDER BY Timestamp, SpanId LIMIT {{most:UInt32}}", params
    )
    items = tuple(map(SpanRow._make, rows.data[:limit]))
    if len(rows.data) <= limit:
        return SpanPage(items, None)
    return SpanPage(items, cursors.encode(_CURSOR, items[-1].start_ns, items[-1].span_id))


async def detail(select: Select, project: str, trace_id: str, span_id: str) -> SpanDetail | None:
    """One span with attributes, events, links and payload; None when it is not there."""
    rows = await select(
        f"SELECT {_ROW}, {_DETAIL} FROM {SPANS} WHERE {_OF_TRACE} AND SpanId = {{span:String}} LIMIT 1",
        {"project": project, "trace": trace_id, "span": span_id},
    )
    if not rows.data:
        return None
    return _detail(SpanRow._make(rows.data[0][:_ROW_WIDTH]), rows.data[0][_ROW_WIDTH:])


def _detail(row: SpanRow, values: list[Any]) -> SpanDetail:
    event_columns, link_columns = values[12:15], values[15:18]
    events = tuple(SpanEvent(*event) for event in zip(*event_columns, strict=True))
    links = tuple(SpanLink(*link) for link in zip(*link_columns, strict=True))
    ordered: list[Any] = [row, *values[:12], events, links, *values[18:]]
    return SpanDetail(*ordered)
