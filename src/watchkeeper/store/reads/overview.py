"""The first page: the window's tasks, agents and models, and what the day has cost.

The window is summed up from rows of minutes, most of them from the roll-up; see `minutes`.
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
from watchkeeper.store.reads.minutes import MODELS, RUNS, SKETCH, TASKS, WORK, Cover, nothing, rows
from watchkeeper.store.reads.projection import project_cost
from watchkeeper.store.reads.select import Select
from watchkeeper.store.reads.sql import COUNTED, seconds
from watchkeeper.store.reads.steps import step_seconds, step_starts

ACTIVE_NS: Final = 60 * 1_000_000_000
IDLE_NS: Final = 300 * 1_000_000_000
FRESH_SECONDS: Final = 1.0
MOST_LINES: Final = 100

_FACETS: Final = (TASKS, RUNS, WORK, MODELS)
_COLUMNS: Final = (
    "Minute", "Facet", "Agent", "Operation", "Provider", "Model", "IsTask",
    "Weight", "Failed", "Cost", "Unpriced", "Input", "Output", "Sketch",
)  # fmt: skip
# Each step of the chart, and (as step -1) the whole window.
_WINDOW: Final = f"""
    SELECT Facet, if(Facet = '{TASKS}',
            arrayJoin(if(Facet = '{TASKS}', [toInt64(intDiv(toUnixTimestamp(Minute), {{step:UInt32}})), -1], [0])), 0) AS bucket,
        Agent, Provider, Model, Operation, IsTask,
        toUInt64(round(sum(Weight))), toUInt64(round(sum(Failed))), sum(Cost), toUInt64(round(sum(Unpriced))),
        toUInt64(round(sum(Input))), toUInt64(round(sum(Output))), {SKETCH.format("Merge")}(Sketch)
    FROM ({{rows}}) GROUP BY Facet, bucket, Agent, Provider, Model, Operation, IsTask LIMIT 200000
"""
_WHOLE: Final = -1


@dataclass(frozen=True, slots=True)
class _Group:
    """One row of the query above."""

    facet: str
    bucket: int
    agent: str
    provider: str
    model: str
    operation: str
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

    def __init__(self, select: Select, clock: Clock, day: DayReader, cover: Cover = nothing) -> None:
        """Read with `select`; `day` knows what the day has cost, `cover` what the roll-up knows."""
        self._select = select
        self._cover = cover
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
        scope = TimeRange(window.start_ns, now_ns + AHEAD_NS)
        made_of = rows(
            await self._cover(project),
            scope,
            _FACETS,
            step=step,
            columns=_COLUMNS,
            spans_where=COUNTED,
            sketchless=(WORK,),
        )
        groups, day, errors = await asyncio.gather(
            self._select(_WINDOW.replace("{rows}", made_of), {"project": project, "step": step}),
            self._day.read(project),
            recent.errors(self._select, project, scope, now_ns),
        )
        found = [_Group(*row) for row in groups.data]
        whole = [row for row in found if row.bucket == _WHOLE]
        total = next((row for row in whole if row.is_task), None)
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
            unpriced_calls=sum(row.unpriced for row in whole),
            input_tokens_today=sum(agent.input_tokens for agent in day.agents.values()),
            output_tokens_today=sum(agent.output_tokens for agent in day.agents.values()),
            spans_stored=day.spans_stored,
            by_agent=_lines([row for row in found if row.facet in (RUNS, WORK)], seen, now_ns),
            by_model=_models(row for row in found if row.facet == MODELS),
            series=_series([row for row in found if row.facet == TASKS], window, step),
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


def _lines(groups: list[_Group], seen: dict[str, int], now_ns: int) -> tuple[AgentLine, ...]:
    by_agent: dict[str, dict[str, _Group]] = {}
    for row in groups:
        by_agent.setdefault(row.agent, {})[row.operation] = row
    by_agent.pop("", None)
    lines = []
    # Agents of the last day that did nothing in the window stay on the page: they may be the ones in trouble.
    for agent in seen.keys() | by_agent.keys():
        kinds = by_agent.get(agent, {})
        # An agent's runs are its own spans; one that has none is counted by its tasks.
        runs = kinds.get("invoke_agent") or kinds.get("task")
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


def _models(groups: Iterable[_Group]) -> tuple[ModelStats, ...]:
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
        for row in groups
    ]
    models.sort(key=lambda model: (-model.cost_nano_usd, -model.calls, model.provider, model.model))
    return tuple(models[:MOST_LINES])


def _series(groups: list[_Group], window: TimeRange, step: int) -> tuple[SeriesPoint, ...]:
    tasks = {row.bucket: row for row in groups if row.is_task}
    costs: dict[int, int] = {}
    for row in groups:
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
