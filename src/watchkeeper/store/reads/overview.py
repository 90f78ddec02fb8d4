"""The first page: one pass over the window for tasks, agents and models, and what the day has cost.

The pass groups finely (step, agent, model, kind of span) with quantile sketches, and merges the few thousand
groups four ways. So each column of each span is read once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from watchkeeper.kernel.clock import Clock
from watchkeeper.model.agents import AgentStatus, Latency, ModelStats, SeriesPoint
from watchkeeper.model.overview import AgentLine, Overview
from watchkeeper.model.ranges import TimeRange
from watchkeeper.store.reads import recent
from watchkeeper.store.reads.day import AHEAD_NS, Day, DayReader
from watchkeeper.store.reads.kept import Kept
from watchkeeper.store.reads.projection import project_cost
from watchkeeper.store.reads.select import Select
from watchkeeper.store.reads.sql import (
    COUNTED,
    IS_ERROR,
    IS_LLM,
    IS_TASK,
    PROJECT,
    SPANS,
    WEIGHTED_COST,
    WHOLE_WEIGHT,
    between,
    seconds,
)
from watchkeeper.store.reads.steps import step_seconds, step_starts

ACTIVE_NS: Final = 60 * 1_000_000_000
IDLE_NS: Final = 300 * 1_000_000_000
FRESH_SECONDS: Final = 1.0
MOST_LINES: Final = 100

_LLM, _RUN, _TASK = 0, 1, 2
_FINE: Final = f"""
    SELECT intDiv(toUnixTimestamp(Timestamp), {{step:UInt32}}) AS bucket, Agent, Provider, Model,
        multiIf(Operation = 'invoke_agent', {_RUN}, Operation = 'task', {_TASK}, {_LLM}) AS kind,
        {IS_TASK} AS is_task,
        sum(SampleWeight) AS weight, sumIf(SampleWeight, {IS_ERROR}) AS failed, sum({WEIGHTED_COST}) AS cost,
        sumIf(SampleWeight, CostNanoUSD IS NULL AND {IS_LLM}) AS unpriced,
        sum(InputTokens * SampleWeight) AS input, sum(OutputTokens * SampleWeight) AS output,
        quantilesBFloat16WeightedState(0.5, 0.95, 0.99)(Duration, {WHOLE_WEIGHT}) AS sketch
    FROM {SPANS} PREWHERE {PROJECT} AND {between()} AND {COUNTED}
    GROUP BY bucket, Agent, Provider, Model, kind, is_task
"""
_SETS: Final = "(bucket, is_task), (Agent, kind), (Provider, Model, kind), (is_task)"
_WINDOW: Final = f"""
    SELECT grouping(bucket, Agent, Provider) AS grouped, bucket, Agent, Provider, Model, kind, is_task,
        toUInt64(round(sum(weight))), toUInt64(round(sum(failed))), sum(cost), toUInt64(round(sum(unpriced))),
        toUInt64(round(sum(input))), toUInt64(round(sum(output))),
        quantilesBFloat16WeightedMerge(0.5, 0.95, 0.99)(sketch)
    FROM ({_FINE}) GROUP BY GROUPING SETS ({_SETS}) LIMIT 200000
"""
# What `grouping(bucket, Agent, Provider)` says of each set: a 1 where the column is not among its keys.
_BY_STEP, _BY_AGENT, _BY_MODEL, _ALL = 0b011, 0b101, 0b110, 0b111


@dataclass(frozen=True, slots=True)
class _Group:
    """One row of the query above."""

    grouped: int
    bucket: int
    agent: str
    provider: str
    model: str
    kind: int
    is_task: int
    count: int
    errors: int
    cost: int
    unpriced: int
    input_tokens: int
    output_tokens: int
    quantiles: list[Any]

    @property
    def p95(self) -> float | None:
        """In seconds."""
        return seconds(self.quantiles[1]) if self.count else None


class OverviewReader:
    """Reads overviews; one for the whole server, so that all who watch share the queries."""

    def __init__(self, select: Select, clock: Clock, day: DayReader) -> None:
        """Read with `select`; `day` knows what the day has cost."""
        self._select = select
        self._clock = clock
        self._day = day
        self._kept: Kept[tuple[str, int], Overview] = Kept(clock, fresh_seconds=FRESH_SECONDS)

    async def read(self, project: str, window_seconds: int) -> Overview:
        """The figures of a window that ends now: at most `FRESH_SECONDS` old, or as old as five readings take.

        Raises:
            EngineError: the engine could not answer.
        """
        return await self._kept.get((project, window_seconds), lambda: self._read(project, window_seconds))

    async def close(self) -> None:
        """Stop what reads in the background."""
        await self._kept.close()

    async def _read(self, project: str, window_seconds: int) -> Overview:
        now_ns = self._clock.now_ns()
        window = TimeRange(now_ns - window_seconds * 1_000_000_000, now_ns)
        step = step_seconds(window_seconds)
        params: dict[str, str | int] = {
            "project": project,
            "start": window.start_ns,
            "end": now_ns + AHEAD_NS,
            "step": step,
        }
        groups, day, errors = await asyncio.gather(
            self._select(_WINDOW, params),
            self._day.read(project),
            recent.errors(self._select, project, TimeRange(window.start_ns, now_ns + AHEAD_NS)),
        )
        rows = [_Group(*row) for row in groups.data]
        total = next((row for row in rows if row.grouped == _ALL and row.is_task), None)
        seen = _last_seen(day)
        return Overview(
            generated_ns=now_ns,
            window_seconds=window_seconds,
            step_seconds=step,
            active_agents=sum(status_of(at_ns, now_ns) == "active" for at_ns in seen.values()),
            agents_total=len(seen),
            tasks=total.count if total else 0,
            errors=total.errors if total else 0,
            latency=latency(total.quantiles if total else None),
            cost_today_nano_usd=day.cost_nano_usd,
            cost_projected_nano_usd=project_cost(day.cost_nano_usd, day.cost_steps, now_ns),
            unpriced_calls=sum(row.unpriced for row in rows if row.grouped == _ALL),
            input_tokens_today=sum(agent.input_tokens for agent in day.agents.values()),
            output_tokens_today=sum(agent.output_tokens for agent in day.agents.values()),
            spans_stored=day.spans_stored,
            by_agent=_lines([row for row in rows if row.grouped == _BY_AGENT], seen, now_ns),
            by_model=_models(row for row in rows if row.grouped == _BY_MODEL and row.kind == _LLM),
            series=_series([row for row in rows if row.grouped == _BY_STEP], window, step),
            recent_errors=errors,
        )


def status_of(last_seen_ns: int, now_ns: int) -> AgentStatus:
    """Active: a span started in the last minute; idle: in the last five; silent: none for longer."""
    ago = now_ns - last_seen_ns
    if ago < ACTIVE_NS:
        return "active"
    return "idle" if ago < IDLE_NS else "silent"


def latency(quantiles: list[Any] | None) -> Latency:
    """p50, p95 and p99 from nanoseconds."""
    if not quantiles:
        return Latency(None, None, None)
    return Latency(*(seconds(value) for value in quantiles))


def _last_seen(day: Day) -> dict[str, int]:
    seen: dict[str, int] = {}
    for (_, agent), figures in day.agents.items():
        if agent:
            seen[agent] = max(seen.get(agent, 0), figures.last_seen_ns)
    return seen


def _lines(rows: list[_Group], seen: dict[str, int], now_ns: int) -> tuple[AgentLine, ...]:
    by_agent: dict[str, dict[int, _Group]] = {}
    for row in rows:
        by_agent.setdefault(row.agent, {})[row.kind] = row
    by_agent.pop("", None)
    lines = []
    # Agents of the last day that did nothing in the window stay on the page: they may be the ones in trouble.
    for agent in seen.keys() | by_agent.keys():
        kinds = by_agent.get(agent, {})
        # An agent's runs are its own spans; one that has none is counted by its tasks.
        runs = kinds.get(_RUN) or kinds.get(_TASK)
        last_seen = seen.get(agent, 0)
        lines.append(
            AgentLine(
                agent=agent,
                runs=runs.count if runs else 0,
                errors=runs.errors if runs else 0,
                p95_seconds=runs.p95 if runs else None,
                cost_nano_usd=sum(row.cost for row in kinds.values()),
                last_seen_ns=last_seen,
                status=status_of(last_seen, now_ns),
            )
        )
    lines.sort(key=lambda line: (-line.runs, -line.last_seen_ns, line.agent))
    return tuple(lines[:MOST_LINES])


def _models(rows: Iterable[_Group]) -> tuple[ModelStats, ...]:
    models = [
        ModelStats(
            provider=row.provider,
            model=row.model,
            calls=row.count,
            errors=row.errors,
            input_tokens=row.input_tokens,
            output_tokens=row.output_tokens,
            cost_nano_usd=row.cost,
            unpriced_calls=row.unpriced,
            p95_seconds=row.p95,
        )
        for row in rows
    ]
    models.sort(key=lambda model: (-model.cost_nano_usd, -model.calls, model.provider, model.model))
    return tuple(models[:MOST_LINES])


def _series(rows: list[_Group], window: TimeRange, step: int) -> tuple[SeriesPoint, ...]:
    tasks = {row.bucket: row for row in rows if row.is_task}
    costs: dict[int, int] = {}
    for row in rows:
        costs[row.bucket] = costs.get(row.bucket, 0) + row.cost
    points = []
    for start_ns in step_starts(window, step):
        bucket = start_ns // (step * 1_000_000_000)
        task = tasks.get(bucket)
        points.append(
            SeriesPoint(
                time_ns=start_ns,
                runs=task.count if task is not None else 0,
                errors=task.errors if task is not None else 0,
                p95_seconds=task.p95 if task is not None else None,
                cost_nano_usd=costs.get(bucket, 0),
            )
        )
    return tuple(points)
