"""Traces and spans on the wire."""

from __future__ import annotations

from typing import Any, Final, Literal

from typing_extensions import TypedDict

from watchkeeper.api.wire.common import (
    Json,
    MaybeUsd,
    NextCursor,
    Seconds,
    Time,
    maybe_usd,
    payload,
    time,
)
from watchkeeper.model import traces as model

SpanStatus = Literal["unset", "ok", "error"]
_STATUS: Final[dict[str, SpanStatus]] = {"Unset": "unset", "Ok": "ok", "Error": "error"}


class TraceItem(TypedDict):
    """A whole trace in one line. Where the root has not arrived, the earliest span stands in for it."""

    trace_id: str
    root_name: str
    root_service: str
    root_operation: str
    root_known: bool
    workflow: str
    agents: list[str]
    models: list[str]
    services: list[str]
    start_time: Time
    duration_seconds: Seconds
    span_count: int
    error_count: int
    status: Literal["ok", "error"]
    input_tokens: int
    output_tokens: int
    cost_usd: MaybeUsd
    conversation_id: str


class TraceList(TypedDict):
    """Traces, newest first. A slow search stops early: `searched_from` says how far back it looked."""

    items: list[TraceItem]
    next_cursor: NextCursor
    searched_from: Time


class Span(TypedDict):
    """One span without attributes and payload."""

    span_id: str
    parent_span_id: str | None
    name: str
    kind: str
    service: str
    operation: str
    agent: str
    target_agent: str
    model: str
    provider: str
    tool: str
    start_time: Time
    offset_seconds: Seconds
    duration_seconds: Seconds
    status: SpanStatus
    status_message: str
    error_type: str
    input_tokens: int
    output_tokens: int
    cost_usd: MaybeUsd
    has_messages: bool


class SpanList(TypedDict):
    """Spans of one trace by start."""

    items: list[Span]
    next_cursor: NextCursor


class Trace(TraceItem):
    """A trace with its first page of spans."""

    spans: SpanList


class SpanEvent(TypedDict):
    """Something that happened during a span."""

    time: Time
    name: str
    attributes: dict[str, str]


class SpanLink(TypedDict):
    """A span elsewhere that this one points at."""

    trace_id: str
    span_id: str
    attributes: dict[str, str]


class SpanScope(TypedDict):
    """The instrumentation that made a span."""

    name: str
    version: str


class SpanDetail(Span):
    """One span with everything."""

    trace_id: str
    trace_state: str
    workflow: str
    task_type: str
    conversation_id: str
    user_id: str
    service_namespace: str
    instance_id: str
    attributes: dict[str, str]
    resource_attributes: dict[str, str]
    scope: SpanScope
    events: list[SpanEvent]
    links: list[SpanLink]
    input_messages: Json
    output_messages: Json
    system_instructions: Json
    tool_arguments: Json
    tool_result: Json
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    cost_source: str
    sample_weight: float
    received_time: Time


def trace_item(value: model.TraceSummary) -> TraceItem:
    """A trace in one line."""
    return {
        "trace_id": value.trace_id,
        "root_name": value.root_name,
        "root_service": value.root_service,
        "root_operation": value.root_operation,
        "root_known": value.root_known,
        "workflow": value.workflow,
        "agents": list(value.agents),
        "models": list(value.models),
        "services": list(value.services),
        "start_time": time(value.start_ns),
        "duration_seconds": (value.end_ns - value.start_ns) / 1e9,
        "span_count": value.span_count,
        "error_count": value.error_count,
        "status": "error" if value.error_count else "ok",
        "input_tokens": value.input_tokens,
        "output_tokens": value.output_tokens,
        "cost_usd": maybe_usd(value.cost_nano_usd),
        "conversation_id": value.conversation_id,
    }


def trace_list(page: model.TracePage) -> TraceList:
    """A page of traces."""
    return {
        "items": [trace_item(item) for item in page.items],
        "next_cursor": page.next_cursor,
        "searched_from": time(page.searched_from_ns),
    }


def trace(summary: model.TraceSummary, spans: model.SpanPage) -> Trace:
    """A trace with a page of its spans."""
    return {**trace_item(summary), "spans": span_list(spans, summary.start_ns)}


def span_list(page: model.SpanPage, trace_start_ns: int) -> SpanList:
    """A page of spans, their offsets counted from the start of the trace."""
    return {"items": [span(row, trace_start_ns) for row in page.items], "next_cursor": page.next_cursor}


def span(row: model.SpanRow, trace_start_ns: int) -> Span:
    """One span."""
    return {
        "span_id": row.span_id,
        "parent_span_id": row.parent_span_id or None,
        "name": row.name,
        "kind": row.kind.lower(),
        "service": row.service,
        "operation": row.operation,
        "agent": row.agent,
        "target_agent": row.target_agent,
        "model": row.model,
        "provider": row.provider,
        "tool": row.tool,
        "start_time": time(row.start_ns),
        "offset_seconds": (row.start_ns - trace_start_ns) / 1e9,
        "duration_seconds": row.duration_ns / 1e9,
        "status": _STATUS.get(row.status, "unset"),
        "status_message": row.status_message,
        "error_type": row.error_type,
        "input_tokens": row.input_tokens,
        "output_tokens": row.output_tokens,
        "cost_usd": maybe_usd(row.cost_nano_usd),
        "has_messages": row.has_messages,
    }


def span_detail(value: model.SpanDetail, trace_start_ns: int) -> SpanDetail:
    """One span with everything."""
    return {
        **span(value.row, trace_start_ns),
        "trace_id": value.trace_id,
        "trace_state": value.trace_state,
        "workflow": value.workflow,
        "task_type": value.task_type,
        "conversation_id": value.conversation_id,
        "user_id": value.user_id,
        "service_namespace": value.service_namespace,
        "instance_id": value.instance_id,
        "attributes": value.attributes,
        "resource_attributes": value.resource_attributes,
        "scope": {"name": value.scope_name, "version": value.scope_version},
        "events": [_event(event) for event in value.events],
        "links": [_link(link) for link in value.links],
        **_payload(value),
        "cache_read_tokens": value.cache_read_tokens,
        "cache_write_tokens": value.cache_write_tokens,
        "reasoning_tokens": value.reasoning_tokens,
        "cost_source": value.cost_source,
        "sample_weight": value.sample_weight,
        "received_time": time(value.received_ns),
    }


class _Payload(TypedDict):
    input_messages: Any
    output_messages: Any
    system_instructions: Any
    tool_arguments: Any
    tool_result: Any


def _payload(value: model.SpanDetail) -> _Payload:
    return {
        "input_messages": payload(value.input_messages),
        "output_messages": payload(value.output_messages),
        "system_instructions": payload(value.system_instructions),
        "tool_arguments": payload(value.tool_arguments),
        "tool_result": payload(value.tool_result),
    }


def _event(event: model.SpanEvent) -> SpanEvent:
    return {"time": time(event.time_ns), "name": event.name, "attributes": event.attributes}


def _link(link: model.SpanLink) -> SpanLink:
    return {"trace_id": link.trace_id, "span_id": link.span_id, "attributes": link.attributes}
