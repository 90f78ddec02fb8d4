"""What has been seen and spent since midnight UTC, kept up to date without reading the whole day each time.

The day is split at a minute: the part before it is added up once and kept for a short while, the part after it
is read for every answer. A part that has grown old is still used while a new one is read in the background, so
spans that arrive late are counted within `KEEP_SECONDS` and the questions stay fast.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from watchkeeper.kernel.clock import Clock
from watchkeeper.kernel.times import utc_day_start_ns
from watchkeeper.model.ranges import TimeRange
from watchkeeper.store.reads.kept import Kept
from watchkeeper.store.reads.minutes import RUNS, WORK, Cover, nothing, rows
from watchkeeper.store.reads.select import Select
from watchkeeper.store.reads.sql import LLM_OPERATIONS, PROJECT, SPANS

KEEP_SECONDS: Final = 20.0
_OLDEST_SECONDS: Final = 90.0
_SETTLED_NS: Final = 60 * 1_000_000_000
_LOOK_BACK_NS: Final = 24 * 3_600 * 1_000_000_000
# Senders' clocks may be ahead: a span is refused only beyond an hour.
AHEAD_NS: Final = 3_600 * 1_000_000_000
_SECOND_NS: Final = 1_000_000_000
_HOUR_NS: Final = 3_600 * _SECOND_NS
_STEP_SECONDS: Final = 300
_STEP_NS: Final = _STEP_SECONDS * _SECOND_NS
_MOST_AGENTS: Final = 10_000
_MOST_PROJECTS: Final = 64

_COLUMNS: Final = (
    "Minute",
    "Facet",
    "ServiceNamespace",
    "Agent",
    "Operation",
    "Cost",
    "Input",
    "Output",
    "Seen",
)
# One pass: when each agent was last seen, and what was spent since midnight or in the last hour, by step.
_DAY: Final = f"""
    SELECT ServiceNamespace, Agent, if(spent, intDiv(greatest(at, {{recent:UInt32}} - {_STEP_SECONDS}), {_STEP_SECONDS}), 0) AS step,
        max(Seen), sumIf(Cost, spent), toUInt64(round(sumIf(Input, spent))), toUInt64(round(sumIf(Output, spent)))
    FROM (SELECT *, toUnixTimestamp(Minute) AS at, at >= {{since:UInt32}} AND Operation IN {LLM_OPERATIONS} AS spent
        FROM ({{rows}})) GROUP BY ServiceNamespace, Agent, step LIMIT {_MOST_AGENTS * 20}
"""

AgentKey = tuple[str, str]  # service namespace, agent


@dataclass(frozen=True, slots=True)
class AgentDay:
    """One agent (or, with no name, everything outside agents): last 24 hours, and spent since midnight."""

    last_seen_ns: int
    cost_nano_usd: int
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Day:
    """Figures of one project.

    Attributes:
        agents: by (service namespace, agent); the agent '' stands for spans of no agent.
        cost_steps: cost of the last hour or a little more: (start of a five-minute step, nano-USD), by time.
        spans_stored: spans of the project in the table, whatever their time.
    """

    day_start_ns: int
    agents: dict[AgentKey, AgentDay]
    cost_steps: tuple[tuple[int, int], ...]
    spans_stored: int

    @property
    def cost_nano_usd(self) -> int:
        """Spent since midnight UTC."""
        return sum(agent.cost_nano_usd for agent in self.agents.values())


@dataclass(frozen=True, slots=True)
class _Part:
    day_start_ns: int
    until_ns: int
    agents: dict[AgentKey, AgentDay]
    steps: dict[int, int]


class DayReader:
    """Reads the day of any project; one for the whole server."""

    def __init__(self, select: Select, clock: Clock, cover: Cover = nothing) -> None:
        """Read with `select`; `clock` says which day it is, `cover` what the roll-up knows."""
        self._select = select
        self._cover = cover
        self._clock = clock
        self._heads: Kept[str, _Part] = Kept(
            clock, fresh_seconds=KEEP_SECONDS, stale_seconds=_OLDEST_SECONDS, most=_MOST_PROJECTS
        )

    async def read(self, project: str) -> Day:
        """The figures now.

        Raises:
            EngineError: the engine could not answer.
        """
        head = await self._head(project)
        now_ns = self._clock.now_ns()
        tail, stored = await asyncio.gather(
            self._part(project, head.day_start_ns, TimeRange(head.until_ns, now_ns + AHEAD_NS)),
            self._stored(project),
        )
        agents = dict(head.agents)
        for key, part in tail.agents.items():
            agents[key] = _added(agents[key], part) if key in agents else part
        steps = dict(head.steps)
        for step, cost in tail.steps.items():
            steps[step] = steps.get(step, 0) + cost
        return Day(head.day_start_ns, agents, tuple(sorted(steps.items())), stored)

    async def close(self) -> None:
        """Stop what reads in the background."""
        await self._heads.close()

    async def _head(self, project: str) -> _Part:
        day_start = utc_day_start_ns(self._clock.now_ns())
        return await self._heads.get(
            project, lambda: self._read_head(project), lambda head: head.day_start_ns == day_start
        )

    async def _read_head(self, project: str) -> _Part:
        now_ns = self._clock.now_ns()
        day_start = utc_day_start_ns(now_ns)
        until = (now_ns - _SETTLED_NS) // _SETTLED_NS * _SETTLED_NS
        return await self._part(project, day_start, TimeRange(min(now_ns - _LOOK_BACK_NS, day_start), until))

    async def _part(self, project: str, day_start_ns: int, scope: TimeRange) -> _Part:
        recent_s = (self._clock.now_ns() - _HOUR_NS) // _STEP_NS * _STEP_SECONDS
        made_of = rows(await self._cover(project), scope, (RUNS, WORK), columns=_COLUMNS)
        params: dict[str, str | int] = {
            "project": project,
            "since": min(day_start_ns // _SECOND_NS, recent_s),
            "recent": recent_s,
        }
        found = await self._select(_DAY.replace("{rows}", made_of), params)
        agents: dict[AgentKey, AgentDay] = {}
        steps: dict[int, int] = {}
        for namespace, agent, step, seen, cost, input_tokens, output_tokens in found.data:
            step_ns = step * _STEP_NS
            if step:
                steps[step_ns] = steps.get(step_ns, 0) + cost
            # Soon after midnight the last hour is partly yesterday's: it counts for the rate, not for today.
            today = step_ns >= day_start_ns or recent_s * _SECOND_NS > day_start_ns
            spent = (cost, input_tokens, output_tokens) if step and today else (0, 0, 0)
            key = (namespace, agent)
            part = AgentDay(seen, *spent)
            agents[key] = _added(agents[key], part) if key in agents else part
        # What was spent before the last hour came together in the step before it.
        steps.pop((recent_s - _STEP_SECONDS) * _SECOND_NS, None)
        return _Part(day_start_ns, scope.end_ns, agents, steps)

    async def _stored(self, project: str) -> int:
        rows = await self._select(f"SELECT count() FROM {SPANS} WHERE {PROJECT}", {"project": project})
        return int(rows.data[0][0])


def _added(one: AgentDay, other: AgentDay) -> AgentDay:
    return AgentDay(
        max(one.last_seen_ns, other.last_seen_ns),
        one.cost_nano_usd + other.cost_nano_usd,
        one.input_tokens + other.input_tokens,
        one.output_tokens + other.output_tokens,
    )
