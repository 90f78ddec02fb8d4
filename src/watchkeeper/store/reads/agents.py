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
from watchkeeper.store.reads.overview import latency, status_of
from watchkeeper.store.reads.select import Select
from watchkeeper.store.reads.sql import (
    COST,
    INPUT_TOKENS,
    IS_ERROR,
    IS_LLM,
    OUTPUT_TOKENS,
    PROJECT,
    SPANS,
    UNPRICED,
    WHOLE_WEIGHT,
    between,
    count_if,
    seconds,
)
from watchkeeper.store.reads.steps import step_seconds, step_starts

MOST_AGENTS: Final = 1_000
_MOST_NAMES: Final = 20
_MOST_OPERATIONS: Final = 200

_QUANTILES: Final = "quantilesTDigestWeightedIf(0.5, 0.95, 0.99)"
_P95: Final = f"quantileTDigestWeighted(0.95)(Duration, {WHOLE_WEIGHT})"
_IS_RUN: Final = "Operation = 'invoke_agent'"
_IS_TASK_SPAN: Final = "Operation = 'task'"

_STATS: Final = f"""
    ServiceNamespace, Agent,
    arraySort(groupUniqArray({_MOST_NAMES})(ServiceName)),
    arraySort(groupUniqArrayIf({_MOST_NAMES})(Model, Model != '' AND {IS_LLM})),
    {count_if(_IS_RUN)}, {count_if(f"{_IS_RUN} AND {IS_ERROR}")},
    {_QUANTILES}(Duration, {WHOLE_WEIGHT}, {_IS_RUN}),
    {count_if(_IS_TASK_SPAN)}, {count_if(f"{_IS_TASK_SPAN} AND {IS_ERROR}")},
    {_QUANTILES}(Duration, {WHOLE_WEIGHT}, {_IS_TASK_SPAN}),
    {count_if(IS_LLM)}, {count_if("Operation = 'execute_tool'")}, {count_if("Operation = 'handoff'")},
    {INPUT_TOKENS}, {OUTPUT_TOKENS}, {COST}, {UNPRICED}
"""


async def stats(
    select: Select, clock: Clock, day: DayReader, project: str, within: TimeRange
) -> tuple[AgentStats, ...]:
    """All agents seen in the range or in the last 24 hours, those seen last first.

    Raises:
        EngineError: the engine could not answer.
    """
    rows, today = await _in_range_and_today(select, day, project, within)
    in_range = {(row[0], row[1]): row for row in rows}
    keys = in_range.keys() | {key for key in today.agents if key[1]}
    now_ns = clock.now_ns()
    found = [_agent(key, in_range.get(key), today.agents.get(key), within, now_ns) for key in keys]
    found.sort(key=lambda one: (-one.last_seen_ns, one.agent, one.service_namespace))
    return tuple(found[:MOST_AGENTS])


async def detail(
    select: Select,
    clock: Clock,
    day: DayReader,
    project: str,
    within: TimeRange,
    agent: str,
) -> AgentDetail | None:
    """One agent in depth; None when nobody of that name was seen in the range or in the last 24 hours.

    Raises:
        EngineError: the engine could not answer.
    """
    step = step_seconds(within.seconds)
    (rows, today), operations, models, handoffs, series, errors = await asyncio.gather(
        _in_range_and_today(select, day, project, within, agent),
        _operations(select, project, within, agent),
        _models(select, project, within, agent),
        _handoffs(select, project, within, agent),
        _series(select, project, within, agent, step),
        recent.errors(select, project, within, agent=agent),
    )
    in_range = {(row[0], row[1]): row for row in rows}
    keys = sorted(in_range.keys() | {key for key in today.agents if key[1] == agent})
    if not keys:
        return None
    now_ns = clock.now_ns()
    found = [_agent(key, in_range.get(key), today.agents.get(key), within, now_ns) for key in keys]
    newest = max(found, key=lambda one: one.last_seen_ns)
    return AgentDetail(newest, operations, models, handoffs, step, series, errors)


async def _in_range_and_today(
    select: Select, day: DayReader, project: str, within: TimeRange, agent: str | None = None
) -> tuple[list[list[Any]], Day]:
    rows, today = await asyncio.gather(_stats(select, project, within, agent), day.read(project))
    return rows, today


async def _stats(
    select: Select, project: str, within: TimeRange, agent: str | None = None
) -> list[list[Any]]:
    which = "Agent != ''" if agent is None else "Agent = {agent:String}"
    rows = await select(
        f"SELECT {_STATS}, toUnixTimestamp64Nano(max(Timestamp)) AS seen FROM {SPANS} "
        f"WHERE {PROJECT} AND {between()} AND {which} GROUP BY ServiceNamespace, Agent "
        f"ORDER BY seen DESC LIMIT {MOST_AGENTS}",
        _params(project, within, agent),
    )
    return rows.data


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


async def _operations(
    select: Select, project: str, within: TimeRange, agent: str
) -> tuple[OperationStats, ...]:
    # What a call acts on names it better than its span, whose name often holds both.
    name = f"multiIf(ToolName != '', ToolName, {IS_LLM}, Model, TargetAgent != '', TargetAgent, SpanName)"
    rows = await select(
        f"SELECT Operation, {name} AS name, {count_if('1')} AS n, {count_if(IS_ERROR)}, {_P95} FROM {SPANS} "
        f"WHERE {PROJECT} AND {between()} AND Agent = {{agent:String}} "
        f"GROUP BY Operation, name ORDER BY n DESC, Operation, name LIMIT {_MOST_OPERATIONS}",
        _params(project, within, agent),
    )
    return tuple(OperationStats(*_last_in_seconds(row)) for row in rows.data)


async def _models(select: Select, project: str, within: TimeRange, agent: str) -> tuple[ModelStats, ...]:
    rows = await select(
        f"SELECT Provider, Model, {count_if('1')}, {count_if(IS_ERROR)}, {INPUT_TOKENS}, {OUTPUT_TOKENS}, "
        f"{COST} AS cost, {UNPRICED}, {_P95} FROM {SPANS} "
        f"WHERE {PROJECT} AND {between()} AND Agent = {{agent:String}} AND {IS_LLM} "
        f"GROUP BY Provider, Model ORDER BY cost DESC, Provider, Model LIMIT {_MOST_OPERATIONS}",
        _params(project, within, agent),
    )
    return tuple(ModelStats(*_last_in_seconds(row)) for row in rows.data)


async def _handoffs(select: Select, project: str, within: TimeRange, agent: str) -> tuple[HandoffCount, ...]:
    rows = await select(
        f"SELECT Agent, TargetAgent, {count_if('1')} AS n FROM {SPANS} "
        f"WHERE {PROJECT} AND {between()} AND Operation = 'handoff' "
        "AND (Agent = {agent:String} OR TargetAgent = {agent:String}) "
        f"GROUP BY Agent, TargetAgent ORDER BY n DESC, Agent, TargetAgent LIMIT {_MOST_OPERATIONS}",
        _params(project, within, agent),
    )
    return tuple(HandoffCount(*row) for row in rows.data)


async def _series(
    select: Select, project: str, within: TimeRange, agent: str, step: int
) -> tuple[SeriesPoint, ...]:
    rows = await select(
        f"SELECT intDiv(toUnixTimestamp(Timestamp), {{step:UInt32}}) AS bucket, "
        f"{count_if(_IS_RUN)}, {count_if(f'{_IS_RUN} AND {IS_ERROR}')}, "
        f"{_QUANTILES}(Duration, {WHOLE_WEIGHT}, {_IS_RUN})[2], "
        f"{count_if(_IS_TASK_SPAN)}, {count_if(f'{_IS_TASK_SPAN} AND {IS_ERROR}')}, "
        f"{_QUANTILES}(Duration, {WHOLE_WEIGHT}, {_IS_TASK_SPAN})[2], {COST} FROM {SPANS} "
        f"WHERE {PROJECT} AND {between()} AND Agent = {{agent:String}} GROUP BY bucket",
        {**_params(project, within, agent), "step": step},
    )
    by_bucket = {row[0]: row for row in rows.data}
    has_runs = any(row[1] for row in rows.data)
    points = []
    for start_ns in step_starts(within, step):
        row = by_bucket.get(start_ns // (step * 1_000_000_000))
        runs, errors, p95 = (row[1:4] if has_runs else row[4:7]) if row else (0, 0, None)
        points.append(SeriesPoint(start_ns, runs, errors, seconds(p95), row[7] if row else 0))
    return tuple(points)


def _last_in_seconds(row: list[Any]) -> list[Any]:
    return [*row[:-1], seconds(row[-1])]


def _params(
    project: str, within: TimeRange, agent: str | None
) -> dict[str, str | int | float | Sequence[str]]:
    return {
        "project": project,
        "start": within.start_ns,
        "end": within.end_ns,
        "agent": agent or "",
    }
