"""Agents on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from watchkeeper.api.wire.common import (
    Count,
    LatencySeconds,
    MaybeSeconds,
    Ratio,
    Time,
    Usd,
    latency,
    ratio,
    time,
    usd,
)
from watchkeeper.model import agents as model
from watchkeeper.model.ranges import TimeRange

Status = Annotated[
    model.AgentStatus,
    Field(description="active: a span started in the last minute; idle: in the last five; silent: none."),
]


class Agent(TypedDict):
    """One agent. Its runs are its `invoke_agent` spans; an agent that has none is counted by its tasks."""

    agent: str
    service_namespace: str
    services: list[str]
    status: Status
    last_seen: Time
    runs: Count
    runs_per_minute: float
    errors: Count
    error_rate: Ratio
    latency_seconds: LatencySeconds
    llm_calls: Count
    tool_calls: Count
    handoffs_out: Count
    input_tokens: int
    output_tokens: int
    cost_usd: Usd
    cost_today_usd: Usd
    unpriced_calls: Count
    models: list[str]


class AgentList(TypedDict):
    """Agents seen in the range or in the last 24 hours, those seen last first."""

    items: list[Agent]
    next_cursor: None


class Operation(TypedDict):
    """What an agent did of one kind and name: a tool, a model, a task."""

    operation: str
    name: str
    count: Count
    errors: Count
    p95_seconds: MaybeSeconds


class ModelUse(TypedDict):
    """Calls of one model. Unpriced calls are not in the cost."""

    provider: str
    model: str
    calls: Count
    errors: Count
    input_tokens: int
    output_tokens: int
    cost_usd: Usd
    unpriced_calls: Count
    p95_seconds: MaybeSeconds


class Handoff(TypedDict):
    """How often one agent handed work to another."""

    from_agent: str
    to_agent: str
    count: Count


class AgentPoint(TypedDict):
    """One step of an agent's chart; `time` is where the step starts."""

    time: Time
    runs: Count
    errors: Count
    p95_seconds: MaybeSeconds
    cost_usd: Usd


class RecentError(TypedDict):
    """A span that failed: of each trace the one that started last, the innermost."""

    trace_id: str
    span_id: str
    time: Time
    agent: str
    operation: str
    name: str
    error_type: str
    message: str


class AgentDetail(TypedDict):
    """One agent in depth."""

    agent: str
    service_namespace: str
    services: list[str]
    status: Status
    last_seen: Time
    runs: Count
    runs_per_minute: float
    errors: Count
    error_rate: Ratio
    latency_seconds: LatencySeconds
    llm_calls: Count
    tool_calls: Count
    handoffs_out: Count
    input_tokens: int
    output_tokens: int
    cost_usd: Usd
    cost_today_usd: Usd
    unpriced_calls: Count
    models: list[ModelUse]
    operations: list[Operation]
    handoffs: list[Handoff]
    step_seconds: int
    series: list[AgentPoint]
    recent_errors: list[RecentError]


def agent(value: model.AgentStats, within: TimeRange) -> Agent:
    """One agent over a range."""
    return {
        "agent": value.agent,
        "service_namespace": value.service_namespace,
        "services": list(value.services),
        "status": value.status,
        "last_seen": time(value.last_seen_ns),
        "runs": value.runs,
        "runs_per_minute": value.runs * 60 / within.seconds,
        "errors": value.errors,
        "error_rate": ratio(value.errors, value.runs),
        "latency_seconds": latency(value.latency),
        "llm_calls": value.llm_calls,
        "tool_calls": value.tool_calls,
        "handoffs_out": value.handoffs_out,
        "input_tokens": value.input_tokens,
        "output_tokens": value.output_tokens,
        "cost_usd": usd(value.cost_nano_usd),
        "cost_today_usd": usd(value.cost_today_nano_usd),
        "unpriced_calls": value.unpriced_calls,
        "models": list(value.models),
    }


def agent_list(values: Sequence[model.AgentStats], within: TimeRange) -> AgentList:
    """All agents."""
    return {"items": [agent(value, within) for value in values], "next_cursor": None}


def agent_detail(value: model.AgentDetail, within: TimeRange) -> AgentDetail:
    """One agent in depth."""
    return {
        **agent(value.stats, within),
        "models": [model_use(one) for one in value.by_model],
        "operations": [
            {
                "operation": one.operation,
                "name": one.name,
                "count": one.count,
                "errors": one.errors,
                "p95_seconds": one.p95_seconds,
            }
            for one in value.operations
        ],
        "handoffs": [
            {"from_agent": one.from_agent, "to_agent": one.to_agent, "count": one.count}
            for one in value.handoffs
        ],
        "step_seconds": value.step_seconds,
        "series": [
            {
                "time": time(point.time_ns),
                "runs": point.runs,
                "errors": point.errors,
                "p95_seconds": point.p95_seconds,
                "cost_usd": usd(point.cost_nano_usd),
            }
            for point in value.series
        ],
        "recent_errors": [recent_error(row) for row in value.recent_errors],
    }


def model_use(value: model.ModelStats) -> ModelUse:
    """Calls of one model."""
    return {
        "provider": value.provider,
        "model": value.model,
        "calls": value.calls,
        "errors": value.errors,
        "input_tokens": value.input_tokens,
        "output_tokens": value.output_tokens,
        "cost_usd": usd(value.cost_nano_usd),
        "unpriced_calls": value.unpriced_calls,
        "p95_seconds": value.p95_seconds,
    }


def recent_error(row: model.ErrorRow) -> RecentError:
    """One failure."""
    return {
        "trace_id": row.trace_id,
        "span_id": row.span_id,
        "time": time(row.time_ns),
        "agent": row.agent,
        "operation": row.operation,
        "name": row.name,
        "error_type": row.error_type,
        "message": row.message,
    }
