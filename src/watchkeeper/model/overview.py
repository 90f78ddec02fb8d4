"""The figures of the first page."""

from __future__ import annotations

from dataclasses import dataclass

from watchkeeper.model.agents import AgentStatus, ErrorRow, Latency, ModelStats, SeriesPoint


@dataclass(frozen=True, slots=True)
class AgentLine:
    """One agent on the overview."""

    agent: str
    runs: int
    errors: int
    p95_seconds: float | None
    cost_nano_usd: int
    last_seen_ns: int
    status: AgentStatus


@dataclass(frozen=True, slots=True)
class Overview:
    """How the whole fleet does, over a window that ends now.

    A *task* is a task span, or an agent run outside any task. Counts are weighted for sampling.
    """

    generated_ns: int
    window_seconds: int
    step_seconds: int
    active_agents: int
    agents_total: int
    tasks: int
    errors: int
    latency: Latency
    cost_today_nano_usd: int
    cost_projected_nano_usd: int
    unpriced_calls: int
    input_tokens_today: int
    output_tokens_today: int
    spans_stored: int
    by_agent: tuple[AgentLine, ...]
    by_model: tuple[ModelStats, ...]
    series: tuple[SeriesPoint, ...]
    recent_errors: tuple[ErrorRow, ...]
