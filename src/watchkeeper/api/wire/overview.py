"""The overview on the wire."""

from __future__ import annotations

from typing_extensions import TypedDict

from watchkeeper.api.wire.agents import ModelUse, RecentError, Status, model_use, recent_error
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
from watchkeeper.model import overview as model


class Tokens(TypedDict):
    """Tokens of LLM calls."""

    input: int
    output: int


class AgentLine(TypedDict):
    """One agent in the window; agents of the last 24 hours that did nothing in it are there too.

    Here `tasks` are the agent's runs, as `runs` in the list of agents: a task on which three agents worked is a run
    of each, so the lines may add up to more than the fleet's tasks.
    """

    agent: str
    tasks: Count
    errors: Count
    error_rate: Ratio
    p95_seconds: MaybeSeconds
    cost_usd: Usd
    last_seen: Time
    status: Status


class OverviewPoint(TypedDict):
    """One step of the charts; `time` is where the step starts."""

    time: Time
    tasks: Count
    errors: Count
    p95_seconds: MaybeSeconds
    cost_usd: Usd


class Overview(TypedDict):
    """How the whole fleet does. A task is a task span, or an agent run outside any task."""

    generated_at: Time
    window_seconds: int
    step_seconds: int
    active_agents: int
    agents_total: int
    tasks: Count
    errors: Count
    tasks_per_minute: float
    error_rate: Ratio
    latency_seconds: LatencySeconds
    cost_today_usd: Usd
    cost_projected_usd: Usd
    unpriced_calls: Count
    tokens_today: Tokens
    spans_stored: int
    by_agent: list[AgentLine]
    by_model: list[ModelUse]
    series: list[OverviewPoint]
    recent_errors: list[RecentError]


def overview(value: model.Overview) -> Overview:
    """The whole page."""
    return {
        "generated_at": time(value.generated_ns),
        "window_seconds": value.window_seconds,
        "step_seconds": value.step_seconds,
        "active_agents": value.active_agents,
        "agents_total": value.agents_total,
        "tasks": value.tasks,
        "errors": value.errors,
        "tasks_per_minute": value.tasks * 60 / value.window_seconds,
        "error_rate": ratio(value.errors, value.tasks),
        "latency_seconds": latency(value.latency),
        "cost_today_usd": usd(value.cost_today_nano_usd),
        "cost_projected_usd": usd(value.cost_projected_nano_usd),
        "unpriced_calls": value.unpriced_calls,
        "tokens_today": {"input": value.input_tokens_today, "output": value.output_tokens_today},
        "spans_stored": value.spans_stored,
        "by_agent": [_line(line) for line in value.by_agent],
        "by_model": [model_use(one) for one in value.by_model],
        "series": [
            {
                "time": time(point.time_ns),
                "tasks": point.runs,
                "errors": point.errors,
                "p95_seconds": point.p95_seconds,
                "cost_usd": usd(point.cost_nano_usd),
            }
            for point in value.series
        ],
        "recent_errors": [recent_error(row) for row in value.recent_errors],
    }


def _line(line: model.AgentLine) -> AgentLine:
    return {
        "agent": line.agent,
        "tasks": line.runs,
        "errors": line.errors,
        "error_rate": ratio(line.errors, line.runs),
        "p95_seconds": line.p95_seconds,
        "cost_usd": usd(line.cost_nano_usd),
        "last_seen": time(line.last_seen_ns),
        "status": line.status,
    }
