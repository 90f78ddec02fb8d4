"""What agents did, in figures.

Counts, tokens and costs are weighted: they estimate what happened, also where only a sample of it was kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AgentStatus = Literal["active", "idle", "silent"]


@dataclass(frozen=True, slots=True)
class Latency:
    """Quantiles of a duration in seconds; None where nothing was measured."""

    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class AgentStats:
    """One agent over a stretch of time.

    A *run* is an `invoke_agent` span; an agent that has none is counted by its tasks.
    """

    agent: str
    service_namespace: str
    services: tuple[str, ...]
    models: tuple[str, ...]
    status: AgentStatus
    last_seen_ns: int
    runs: int
    errors: int
    latency: Latency
    llm_calls: int
    tool_calls: int
    handoffs_out: int
    input_tokens: int
    output_tokens: int
    cost_nano_usd: int
    cost_today_nano_usd: int
    unpriced_calls: int


@dataclass(frozen=True, slots=True)
class OperationStats:
    """What an agent did of one kind and name (a tool, a model, a task)."""

    operation: str
    name: str
    count: int
    errors: int
    p95_seconds: float | None


@dataclass(frozen=True, slots=True)
class ModelStats:
    """Calls of one model. Unpriced calls are not in the cost."""

    provider: str
    model: str
    calls: int
    errors: int
    input_tokens: int
    output_tokens: int
    cost_nano_usd: int
    unpriced_calls: int
    p95_seconds: float | None


@dataclass(frozen=True, slots=True)
class HandoffCount:
    """How often one agent handed work to another."""

    from_agent: str
    to_agent: str
    count: int


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One step of a chart; `time_ns` is where the step starts, `runs` are tasks in the overview."""

    time_ns: int
    runs: int
    errors: int
    p95_seconds: float | None
    cost_nano_usd: int


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """A span that failed: of each trace the one that started last, which is the innermost."""

    trace_id: str
    span_id: str
    time_ns: int
    agent: str
    operation: str
    name: str
    error_type: str
    message: str


@dataclass(frozen=True, slots=True)
class AgentDetail:
    """One agent with what it did, through whom, and when."""

    stats: AgentStats
    operations: tuple[OperationStats, ...]
    by_model: tuple[ModelStats, ...]
    handoffs: tuple[HandoffCount, ...]
    step_seconds: int
    series: tuple[SeriesPoint, ...]
    recent_errors: tuple[ErrorRow, ...]
