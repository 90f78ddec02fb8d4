"""Agents: all of them over a stretch of time, and one in depth."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from watchkeeper.kernel.clock import Clock
from watchkeeper.model.agents import (
    AgentDetail,
    AgentStats,
    HandoffCount,
    ModelStats,
    OperationStats,
    SeriesPoint,
)
from watchkeeper.model.ranges import TimeRange
from watchkeeper.store.reads import recent
from watchkeeper.store.reads.day import AgentDay, AgentKey, Day, DayReader
from watchkeeper.store.reads.kept import Kept
from watchkeeper.store.reads.minutes import CALLS, OPERATIONS, RUNS, SKETCH, WORK, Cover, nothing, rows
from watchkeeper.store.reads.overview import FRESH_SECONDS, latency, status_of
from watchkeeper.store.reads.select import Select
from watchkeeper.store.reads.sql import IS_LLM, seconds
from watchkeeper.store.reads.steps import step_seconds, step_starts

MOST_AGENTS: Final = 1_000
_MOST_NAMES: Final = 20
_MOST_OPERATIONS: Final = 200
_SECOND_NS: Final = 1_000_000_000

_QUANTILES: Final = "quantilesBFloat16WeightedMergeIf(0.5, 0.95, 0.99)"
_P95: Final = f"{SKETCH.format('Merge')}(Sketch)[2]"
_COUNT: Final = "toUInt64(round(sum(Weight)))"
_ERRORS: Final = "toUInt64(round(sum(Failed)))"
_INPUT: Final = "toUInt64(round(sum(Input)))"
_OUTPUT: Final = "toUInt64(round(sum(Output)))"
_UNPRICED: Final = "toUInt64(round(sum(Unpriced)))"
_STATS_COLUMNS: Final = (
    "Minute", "Facet", "ServiceNamespace", "Agent", "Operation", "Model", "Weight", "Failed", "Cost", "Unpriced",
    "Input", "Output", "Seen", "Services", "Sketch",
)  # fmt: skip


def _runs_of(operation: str) -> str:
    """Count, errors and quantiles of the spans of one operation."""
    of_it = f"Facet = '{RUNS}' AND Operation = '{operation}'"
    return (
        f"toUInt64(round(sumIf(Weight, {of_it}))), toUInt64(round(sumIf(Failed, {of_it}))), "
        f"{_QUANTILES}(Sketch, {of_it})"
    )


def _sum_of(column: str, condition: str) -> str:
    return f"toUInt64(round(sumIf({column}, Facet != '{CALLS}' AND {condition})))"


_STATS: Final = f"""
    SELECT ServiceNamespace, Agent,
        arraySort(groupUniqArrayArrayIf({_MOST_NAMES})(Services, Facet != '{CALLS}')),
        arraySort(groupUniqArrayIf({_MOST_NAMES})(Model, Model != '' AND Facet = '{CALLS}')),
        {_runs_of("invoke_agent")}, {_runs_of("task")},
        {_sum_of("Weight", IS_LLM)}, {_sum_of("Weight", "Operation = 'execute_tool'")},
        {_sum_of("Weight", "Operation = 'handoff'")}, {_sum_of("Input", "1")}, {_sum_of("Output", "1")},
        sumIf(Cost, Facet != '{CALLS}'), {_sum_of("Unpriced", "1")}, max(Seen) AS seen
    FROM ({{rows}}) GROUP BY ServiceNamespace, Agent ORDER BY seen DESC LIMIT {MOST_AGENTS}
"""
_SERIES: Final = f"""
    SELECT intDiv(toUnixTimestamp(Minute), {{step:UInt32}}) AS bucket, {_runs_of("invoke_agent")},
        {_runs_of("task")}, sum(Cost) FROM ({{rows}}) GROUP BY bucket
"""
_OPERATIONS: Final = f"""
    SELECT Operation, Name, {_COUNT} AS n, {_ERRORS}, {_P95} FROM ({{rows}})
    GROUP BY Operation, Name ORDER BY n DESC, Operation, Name LIMIT {_MOST_OPERATIONS}
"""
_MODELS: Final = f"""
    SELECT Provider, Model, {_COUNT}, {_ERRORS}, {_INPUT}, {_OUTPUT}, sum(Cost) AS cost, {_UNPRICED}, {_P95}
    FROM ({{rows}}) GROUP BY Provider, Model ORDER BY cost DESC, Provider, Model LIMIT {_MOST_OPERATIONS}
"""
_HANDOFFS: Final = f"""
    SELECT Agent, Name, {_COUNT} AS n FROM ({{rows}})
    GROUP BY Agent, Name ORDER BY n DESC, Agent, Name LIMIT {_MOST_OPERATIONS}
"""
_HANDED: Final = "Operation = 'handoff' AND (Agent = {agent:String} OR {target} = {agent:String})"


class AgentsReader:
    """Reads agents; one for the whole server, so that all who watch share the queries."""

    def __init__(self, select: Select, clock: Clock, day: DayReader, cover: Cover = nothing) -> None:
        """Read with `select`; `day` knows what the day has cost, `cover` what the roll-up knows."""
        self._select = select
        self._clock = clock
        self._day = day
        self._cover = cover
        self._lists: Kept[tuple[str, int, int], tuple[AgentStats, ...]] = Kept(
            clock, fresh_seconds=FRESH_SECONDS
        )
        self._details: Kept[tuple[str, int, int, str], AgentDetail | None] = Kept(
            clock, fresh_seconds=FRESH_SECONDS
        )

    async def stats(self, project: str, within: TimeRange) -> tuple[AgentStats, ...]:
        """All agents seen in the range or in the last 24 hours, those seen last first.

        Raises:
            EngineError: the engine could not answer.
        """
        return await self._lists.get(_key(project, within), lambda: self._stats(project, within))

    async def detail(self, project: str, within: TimeRange, agent: str) -> AgentDetail | None:
        """One agent in depth; None when nobody of that name was seen in the range or in the last 24 hours.

        Raises:
            EngineError: the engine could not answer.
        """
        return await self._details.get(
            (*_key(project, within), agent), lambda: self._detail(project, within, agent)
        )

    async def close(self) -> None:
        """Stop what reads in the background."""
        await self._lists.close()
        await self._details.close()

    async def _stats(self, project: str, within: TimeRange) -> tuple[AgentStats, ...]:
        made_of = rows(
            await self._cover(project),
            within,
            (RUNS, WORK, CALLS),
            sketchless=(WORK, CALLS),
            columns=_STATS_COLUMNS,
            spans_where="Agent != ''",
            rows_where="Agent != ''",
        )
        found, today = await asyncio.gather(
            self._select(_STATS.replace("{rows}", made_of), {"project": project}), self._day.read(project)
        )
        keys = {key for key in today.agents if key[1]}
        agents = _agents(found.data, today, keys, within, self._clock.now_ns())
        agents.sort(key=lambda one: (-one.last_seen_ns, one.agent, one.service_namespace))
        return tuple(agents[:MOST_AGENTS])

    async def _detail(self, project: str, within: TimeRange, agent: str) -> AgentDetail | None:
        step = step_seconds(within.seconds)
        (found, *others), today, errors = await asyncio.gather(
            self._parts(project, within, agent, step),
            self._day.read(project),
            recent.errors(self._select, project, within, self._clock.now_ns(), agent=agent),
        )
        keys = {key for key in today.agents if key[1] == agent}
        stats = _agents(found, today, keys, within, self._clock.now_ns())
        if not stats:
            return None
        operations, models, handoffs, series = others
        return AgentDetail(
            max(stats, key=lambda one: one.last_seen_ns),
            tuple(OperationStats(*_last_in_seconds(row)) for row in operations),
            tuple(ModelStats(*_last_in_seconds(row)) for row in models),
            tuple(HandoffCount(*row) for row in handoffs),
            step,
            _series(series, within, step),
            errors,
        )

    async def _parts(
        self, project: str, within: TimeRange, agent: str, step: int
    ) -> tuple[list[list[Any]], ...]:
        """What the figures, operations, models, handoffs and chart of one agent are made of."""
        covered = await self._cover(project)
        params: dict[str, str | int] = {"project": project, "agent": agent, "step": step}

        async def ask(
            sql: str,
            *facets: str,
            step: int = 60,
            sketchless: Sequence[str] = (),
            of_rows: str = "Agent = {agent:String}",
            of_spans: str = "Agent = {agent:String}",
        ) -> list[list[Any]]:
            made_of = rows(
                covered,
                within,
                facets,
                step=step,
                sketchless=sketchless,
                spans_where=of_spans,
                rows_where=of_rows,
            )
            return (await self._select(sql.replace("{rows}", made_of), params)).data

        handoffs = ask(
            _HANDOFFS,
            OPERATIONS,
            sketchless=(OPERATIONS,),
            of_rows=_HANDED.replace("{target}", "Name"),
            of_spans=_HANDED.replace("{target}", "TargetAgent"),
        )
        return await asyncio.gather(
            ask(_STATS, RUNS, WORK, CALLS, sketchless=(WORK, CALLS)),
            ask(_OPERATIONS, OPERATIONS),
            ask(_MODELS, CALLS),
            handoffs,
            ask(_SERIES, RUNS, WORK, step=step, sketchless=(WORK,)),
        )


def _key(project: str, within: TimeRange) -> tuple[str, int, int]:
    # Those who ask for "the last hour" within the same second ask the same.
    return project, within.start_ns // _SECOND_NS, within.end_ns // _SECOND_NS


def _agents(
    found: list[list[Any]], today: Day, others: set[AgentKey], within: TimeRange, now_ns: int
) -> list[AgentStats]:
    in_range = {(row[0], row[1]): row for row in found}
    keys = sorted(in_range.keys() | others)
    return [_agent(key, in_range.get(key), today.agents.get(key), within, now_ns) for key in keys]


def _agent(
    key: AgentKey, row: list[Any] | None, today: AgentDay | None, within: TimeRange, now_ns: int
) -> AgentStats:
    values = row or [*key, [], [], 0, 0, [], 0, 0, [], 0, 0, 0, 0, 0, 0, 0, within.start_ns]
    # An agent's runs are its own spans; one that has none is counted by its tasks.
    runs, errors, quantiles = values[4:7] if values[4] else values[7:10]
    last_seen = max(values[17] if row else 0, today.last_seen_ns if today else 0)
    return AgentStats(
        agent=key[1],
        service_namespace=key[0],
        services=tuple(values[2]),
        models=tuple(values[3]),
        status=status_of(last_seen, now_ns),
        last_seen_ns=last_seen,
        runs=runs,
        errors=errors,
        latency=latency(quantiles),
        llm_calls=values[10],
        tool_calls=values[11],
        handoffs_out=values[12],
        input_tokens=values[13],
        output_tokens=values[14],
        cost_nano_usd=values[15],
        cost_today_nano_usd=today.cost_nano_usd if today else 0,
        unpriced_calls=values[16],
    )


def _series(found: list[list[Any]], within: TimeRange, step: int) -> tuple[SeriesPoint, ...]:
    by_bucket = {row[0]: row for row in found}
    has_runs = any(row[1] for row in found)
    points = []
    for start_ns in step_starts(within, step):
        row = by_bucket.get(start_ns // (step * 1_000_000_000))
        runs, errors, quantiles = (row[1:4] if has_runs else row[4:7]) if row else (0, 0, None)
        p95 = quantiles[1] if quantiles and runs else None
        points.append(SeriesPoint(start_ns, runs, errors, seconds(p95), row[7] if row else 0))
    return tuple(points)


def _last_in_seconds(row: list[Any]) -> list[Any]:
    return [*row[:-1], seconds(row[-1])]
