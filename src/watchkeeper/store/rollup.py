"""Keeps spans added up by minute, worked out from the stored spans and always checked against them.

Nothing on the way in knows of it. Once a second the list of the table's parts says whether rows came, went or
changed; the minutes they lie in are *stale* until they have been added up again, whole. So late spans, retries,
replays after a crash and prices that came later all need no code of their own. At start each stored minute's
number of spans, and of calls without a price, is compared with what the roll-up was made of.

Questions take stale minutes, and those not compared yet, from the spans themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from watchkeeper.kernel.clock import Clock
from watchkeeper.model.segment import Applied, Apply, Segment
from watchkeeper.store.client import Engine, as_text
from watchkeeper.store.errors import EngineError
from watchkeeper.store.reads.minutes import COLUMNS, DONE, FACETS, MINUTES, TASKS, Covered, from_spans
from watchkeeper.store.reads.sql import SPANS

log = logging.getLogger(__name__)

_EVERY_SECONDS: Final = 2.0
# A change that no segment brought, say by hand, is noticed after this at the latest.
_SILENT_SECONDS: Final = 15.0
_FIRST_ANSWER_SECONDS: Final = 1.0
# A minute that still gets spans would be added up again and again.
_QUIET_SECONDS: Final = 2.0
_CLOSED_SECONDS: Final = 70
_LARGE_ROWS: Final = 50_000
_BATCH_ROWS: Final = 1_000_000
_BATCH_MINUTES: Final = 60
_MOST_STALE: Final = 20_000
_FEW_STALE: Final = 1_000
_REACH_SECONDS: Final = 8 * 86_400
_AHEAD_SECONDS: Final = 2 * 3_600
_FIRST_STRETCH: Final = 3 * 3_600
_STRETCH: Final = 86_400
# Where a new part holds many old rows too, comparing counts is cheaper than looking at all its minutes again.
_SMALL_PART_ROWS: Final = 1_000_000
_MOST_NEW_PARTS: Final = 500
_GENTLY: Final = "SETTINGS max_threads = 1, max_insert_threads = 1, max_memory_usage = 500000000"

_PARTS: Final = (
    "SELECT name, partition_id, min_block_number, max_block_number, data_version, rows FROM system.parts "
    "WHERE database = 'watchkeeper' AND table = 'spans' AND active"
)
_OF_PARTS: Final = (
    "SELECT Project, toUnixTimestamp(toStartOfMinute(Timestamp)) AS minute, count() "
    f"FROM {SPANS} WHERE _part IN {{parts:Array(String)}} GROUP BY Project, minute LIMIT {_MOST_STALE + 1}"
)
_COMPARE: Final = f"""
    SELECT Project, toUnixTimestamp(minute), sum(spans) AS more, sum(unknown), sumIf(spans, spans > 0) FROM (
        SELECT Project, toStartOfMinute(Timestamp) AS minute, toInt64(count()) AS spans,
            toInt64(countIf(CostNanoUSD IS NULL)) AS unknown
        FROM {SPANS} WHERE toStartOfMinute(Timestamp) >= toDateTime({{start:UInt32}}, 'UTC')
            AND toStartOfMinute(Timestamp) < toDateTime({{end:UInt32}}, 'UTC') GROUP BY Project, minute
        UNION ALL
        SELECT Project, Minute, -toInt64(argMax(Spans, Version)), -toInt64(argMax(Unknown, Version))
        FROM {DONE} WHERE Minute >= toDateTime({{start:UInt32}}, 'UTC') AND Minute < toDateTime({{end:UInt32}}, 'UTC')
        GROUP BY Project, Minute
    ) GROUP BY Project, minute HAVING more != 0 OR sum(unknown) != 0
    ORDER BY minute DESC LIMIT {_MOST_STALE + 1}
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the span table: the inserts numbered from `first` to `last`, after mutations up to `version`."""

    name: str
    partition: str
    first: int
    last: int
    version: int
    rows: int


@dataclass(frozen=True, slots=True)
class Change:
    """What happened between two lists of parts.

    Attributes:
        new: parts to look at, because they hold rows that were not there.
        compare: rows changed or went, or came with many old ones: all minutes have to be compared.
    """

    new: tuple[Part, ...]
    compare: bool


def change(before: Sequence[Part], after: Sequence[Part]) -> Change:
    """Tell new rows from rows that were only merged."""
    known = {part.name for part in before}
    new = []
    compare = any(one.rows and not any(_holds(part, one) for part in after) for one in before)
    for part in after:
        if part.name in known:
            continue
        inside = [one for one in before if _holds(part, one)]
        rows = sum(one.rows for one in inside)
        if inside and (rows > part.rows or part.version > max(one.version for one in inside)):
            compare = True
        elif rows == part.rows:
            continue
        elif inside and part.rows > _SMALL_PART_ROWS:
            compare = True
        else:
            new.append(part)
    return Change(tuple(new), compare)


def _holds(part: Part, other: Part) -> bool:
    """Whether a part is another one, or was made of it."""
    return part.partition == other.partition and part.first <= other.first and other.last <= part.last


@dataclass(frozen=True, slots=True)
class _Stale:
    """When a minute was last found to have changed (monotonic seconds), and how many rows came since."""

    marked: float
    rows: int


class Rollup:
    """A task that keeps `span_minutes`, and knows how far it can be trusted."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        """Nothing is known before `start` or `refresh`."""
        self._engine = engine
        self._clock = clock
        self._parts: list[Part] | None = None
        self._looked = 0  # when that was
        self._since: int | None = None
        self._stale: dict[str, dict[int, _Stale]] = {}
        self._compare = False
        self._version = 0
        self._first = asyncio.Event()
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def after(self, apply: Apply) -> Apply:
        """`apply`, noting that there is something to look at."""

        async def noted(segment: Segment) -> Applied:
            applied = await apply(segment)
            self._news.set()
            return applied

        return noted

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="rollup")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def covered(self, project: str) -> Covered | None:
        """What readers can take from the roll-up; waits a moment for the first comparison after a start."""
        if self._since is None and self._task is not None:
            try:
                await asyncio.wait_for(self._first.wait(), _FIRST_ANSWER_SECONDS)
            except TimeoutError:
                return None
        if self._since is None:
            return None
        return Covered(self._since, frozenset(self._stale.get(project, ())), self._looked // 60 * 60)

    async def refresh(self) -> bool:
        """Take note of what changed and add up some minutes; True when there is more to do at once.

        Raises:
            EngineError: the engine could not; nothing is lost, the next call goes on.
        """
        await self._look()
        if self._compare and self._since is not None:
            await self._compare_with_spans(self._since, self._now() + _AHEAD_SECONDS)
            self._compare = False
        extended = await self._extend()
        worked = await self._add_up()
        return extended or worked

    async def _run(self) -> None:
        while True:
            more = False
            try:
                more = await self.refresh()
            except EngineError as error:
                log.debug("the roll-up has to wait: %s", error)
            except Exception:  # without this task figures would be wrong in silence
                log.exception("the roll-up goes on after an error")
            await asyncio.sleep(0.05 if more else _EVERY_SECONDS)
            if not more and not any(self._stale.values()):
                # All is added up: in silence there is nothing to look for.
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), _SILENT_SECONDS)
            self._news.clear()

    def _now(self) -> int:
        return self._clock.now_ns() // 10**9

    async def _look(self) -> None:
        moment = self._now()
        answer = await self._engine.select(_PARTS)
        parts = [Part(row[0], row[1], *map(int, row[2:])) for row in answer.data]
        if self._parts is not None:
            changed = change(self._parts, parts)
            self._compare |= changed.compare
            if len(changed.new) > _MOST_NEW_PARTS:
                self._compare = True
            elif changed.new:
                names = [part.name for part in changed.new]
                rows = (await self._engine.select(_OF_PARTS, {"parts": names})).data
                if len(rows) > _MOST_STALE:
                    self._compare = True
                elif sum(row[2] for row in rows) != sum(part.rows for part in changed.new):
                    # Merged away since the list was read: the next list has the merged part.
                    return
                else:
                    self._mark((row[0], row[1], row[2]) for row in rows)
        self._parts, self._looked = parts, moment

    def _mark(self, minutes: Iterable[tuple[str, int, int]], *, quiet: bool = False) -> None:
        now = self._clock.monotonic()
        for project, minute, rows in minutes:
            stale = self._stale.setdefault(project, {})
            before = stale.get(minute)
            marked = now - _QUIET_SECONDS if quiet and before is None else now
            stale[minute] = _Stale(marked, rows + (before.rows if before else 0))
        self._bound()

    def _bound(self) -> None:
        """Forget the oldest stale minutes when there are too many: they, and all before, become unknown."""
        if sum(map(len, self._stale.values())) <= _MOST_STALE or self._since is None:
            return
        minutes = sorted((minute for stale in self._stale.values() for minute in stale), reverse=True)
        self._since = max(self._since, minutes[_MOST_STALE // 2] + 60)
        for project, stale in list(self._stale.items()):
            self._stale[project] = {minute: mark for minute, mark in stale.items() if minute >= self._since}

    async def _extend(self) -> bool:
        """Compare one more stretch of the past; the newest comes first."""
        now = self._now() // 60 * 60
        if self._since is None:
            rows = await self._engine.select(f"SELECT max(Version) FROM {DONE}")
            self._version = int(rows.data[0][0])
            # Spans from further ahead are refused, so there is nothing to compare.
            await self._compare_with_spans(now - _FIRST_STRETCH, now + _AHEAD_SECONDS)
            self._first.set()
            return True
        if self._since <= now - _REACH_SECONDS or sum(map(len, self._stale.values())) > _FEW_STALE:
            return False
        await self._compare_with_spans(self._since - _STRETCH, self._since)
        return True

    async def _compare_with_spans(self, start: int, end: int) -> None:
        """Mark the minutes of a stretch that differ, and know all from `start` on."""
        rows = (await self._engine.select(_COMPARE, {"start": start, "end": end})).data
        # No waiting from here on: nobody may see the stretch as known and its minutes not as stale.
        cut = len(rows) > _MOST_STALE
        self._since = rows[-1][1] + 60 if cut else start if self._since is None else min(start, self._since)
        self._mark(((row[0], row[1], row[4]) for row in rows), quiet=True)

    async def _add_up(self) -> bool:
        """Add up the newest stale minutes that have come to rest; True when any were."""
        now, moment = self._now(), self._clock.monotonic()
        worked = False
        for project, stale in list(self._stale.items()):
            ready = sorted(
                (
                    minute
                    for minute, mark in stale.items()
                    if moment - mark.marked >= _QUIET_SECONDS
                    and (minute + _CLOSED_SECONDS <= now or mark.rows >= _LARGE_ROWS)
                ),
                reverse=True,
            )
            batch: list[int] = []
            rows = 0
            for minute in ready[:_BATCH_MINUTES]:
                rows += stale[minute].rows
                if batch and rows > _BATCH_ROWS:
                    break
                batch.append(minute)
            if batch:
                marks = {minute: stale[minute] for minute in batch}
                await self._write(project, batch)
                for minute, mark in marks.items():
                    if stale.get(minute) == mark:
                        del stale[minute]
                worked = True
            if not stale:
                self._stale.pop(project, None)
        return worked

    async def _write(self, project: str, minutes: Sequence[int]) -> None:
        self._version = version = max(self._version + 1, self._clock.now_ns())
        listed = ", ".join(map(str, minutes))
        made = from_spans(tuple(FACETS), f"toStartOfMinute(Timestamp) IN ({listed})")
        names = ", ".join(COLUMNS)
        parameters = {"param_project": as_text(project)}
        await self._engine.execute(
            f"INSERT INTO {MINUTES} (Project, Version, {names}) "
            f"SELECT {{project:String}}, {version}, {names} FROM ({made}) {_GENTLY}",
            settings=parameters,
        )
        # Only now: a crash in between leaves rows of a version that nobody asks for.
        await self._engine.execute(
            f"INSERT INTO {DONE} SELECT {{project:String}}, toDateTime(minute, 'UTC'), {version}, sum(spans), "
            f"sum(unknown) FROM (SELECT arrayJoin([{listed}]) AS minute, 0 AS spans, 0 AS unknown UNION ALL "
            f"SELECT toUnixTimestamp(Minute), Spans, Unknown FROM {MINUTES} WHERE Project = {{project:String}} "
            f"AND Facet = '{TASKS}' AND Minute IN ({listed}) AND Version = {version}) GROUP BY minute",
            settings=parameters,
        )
