"""Traces and spans as they are read back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class TraceFilter:
    """Which traces are wanted: those with at least one span that meets every condition.

    Attributes:
        agent: exact name, or None for any; likewise `workflow` and `model`.
        status: "error" (the span failed), "ok" (no span of the trace failed), or None.
        min_duration_seconds: of the span; None for no bound.
        max_duration_seconds: of the span; None for no bound.
        attributes: (key, value) pairs, all of which the span carries.
        text: found anywhere in names, messages, attribute values or payload, whatever its case.
    """

    agent: str | None = None
    workflow: str | None = None
    model: str | None = None
    status: str | None = None
    min_duration_seconds: float | None = None
    max_duration_seconds: float | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    text: str | None = None


@dataclass(frozen=True, slots=True)
class TraceSummary:
    """A whole trace in one line.

    Where the root has not arrived (it still runs, or another system keeps it) the earliest span stands in.
    Tokens and cost are those of the spans stored, not weighted for sampling.

    Attributes:
        cost_nano_usd: None when the trace has LLM calls and none of them has a known price.
        root_known: whether a span without a parent is stored.
    """

    trace_id: str
    root_name: str
    root_service: str
    root_operation: str
    root_known: bool
    workflow: str
    agents: tuple[str, ...]
    models: tuple[str, ...]
    services: tuple[str, ...]
    start_ns: int
    end_ns: int
    span_count: int
    error_count: int
    input_tokens: int
    output_tokens: int
    cost_nano_usd: int | None
    conversation_id: str


@dataclass(frozen=True, slots=True)
class TracePage:
    """Traces, newest first.

    Attributes:
        next_cursor: where to go on, or None at the end of the range asked for.
        searched_from_ns: how far back this page looked. A search that is slow stops early and says so here;
            the cursor goes on from there.
    """

    items: tuple[TraceSummary, ...]
    next_cursor: str | None
    searched_from_ns: int


class SpanRow(NamedTuple):
    """One span without attributes and payload.

    A named tuple, where other values are dataclasses: fifty thousand of them make one answer, and a frozen
    dataclass takes eight times as long to make.
    """

    start_ns: int
    span_id: str
    parent_span_id: str
    name: str
    kind: str
    service: str
    operation: str
    agent: str
    target_agent: str
    model: str
    provider: str
    tool: str
    duration_ns: int
    status: str
    status_message: str
    error_type: str
    input_tokens: int
    output_tokens: int
    cost_nano_usd: int | None
    has_messages: bool


@dataclass(frozen=True, slots=True)
class SpanPage:
    """Spans of one trace by start; `next_cursor` is None on the last page."""

    items: tuple[SpanRow, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class SpanEvent:
    """Something that happened during a span."""

    time_ns: int
    name: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class SpanLink:
    """A span elsewhere that this one points at."""

    trace_id: str
    span_id: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class SpanDetail:
    """One span with all that is known of it. Payloads are the text as stored, '' when absent."""

    row: SpanRow
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
    scope_name: str
    scope_version: str
    events: tuple[SpanEvent, ...]
    links: tuple[SpanLink, ...]
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    cost_source: str
    sample_weight: float
    received_ns: int
    input_messages: str
    output_messages: str
    system_instructions: str
    tool_arguments: str
    tool_result: str
