"""The newest failures, one for each trace."""

from __future__ import annotations

from typing import Final

from watchkeeper.model.agents import ErrorRow
from watchkeeper.model.ranges import TimeRange
from watchkeeper.store.reads.select import Select
from watchkeeper.store.reads.sql import IS_ERROR, PROJECT, SPANS, between

# One fault marks the tool, the agent, the task and the workflow around it: so many spans are looked at to find
# `limit` traces.
_LOOKED_AT: Final = 1_000
# How far back to look before looking at the whole range.
_REACHES_NS: Final = (60 * 10**9, 300 * 10**9, 1_200 * 10**9)


async def errors(
    select: Select,
    project: str,
    within: TimeRange,
    now_ns: int,
    *,
    limit: int = 20,
    agent: str | None = None,
) -> tuple[ErrorRow, ...]:
    """Of each trace with a failure the failed span that started last, newest first.

    Args:
        select: the engine.
        project: whose spans.
        within: when they started.
        now_ns: the time; most failures asked for are recent.
        limit: most traces.
        agent: only this agent's spans.
    """
    found: tuple[ErrorRow, ...] = ()
    for reach_ns in (*_REACHES_NS, within.end_ns - within.start_ns):
        # What a sender's clock puts into the future is the newest.
        newest = TimeRange(max(within.start_ns, min(now_ns, within.end_ns) - reach_ns), within.end_ns)
        found = await _errors(select, project, newest, limit, agent)
        if len(found) >= limit or newest.start_ns == within.start_ns:
            break
    return found


async def _errors(
    select: Select, project: str, within: TimeRange, limit: int, agent: str | None
) -> tuple[ErrorRow, ...]:
    of_agent = "" if agent is None else "AND Agent = {agent:String} "
    rows = await select(
        "SELECT * FROM (SELECT TraceId, SpanId, toUnixTimestamp64Nano(Timestamp) AS time, Agent, Operation, SpanName, "
        f"ErrorType, StatusMessage FROM {SPANS} WHERE {PROJECT} AND {between()} AND {IS_ERROR} {of_agent}"
        f"ORDER BY Timestamp DESC LIMIT {_LOOKED_AT}) ORDER BY time DESC LIMIT 1 BY TraceId LIMIT {{most:UInt32}}",
        {
            "project": project,
            "start": within.start_ns,
            "end": within.end_ns,
            "most": limit,
            "agent": agent or "",
        },
    )
    return tuple(ErrorRow(*row) for row in rows.data)
