"""Spans added up by minute: from the roll-up where that is up to date, from the spans themselves where it is not.

Both sources give rows of one shape (`span_minutes`), so a question is written once. A row belongs to a *facet*:
the same minute summed over a different set of columns.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from watchkeeper.model.ranges import TimeRange
from watchkeeper.store.reads.sql import (
    IS_ERROR,
    IS_LLM,
    IS_TASK,
    PROJECT,
    SPANS,
    WEIGHTED_COST,
    WHOLE_WEIGHT,
)

MINUTES: Final = "watchkeeper.span_minutes"
DONE: Final = "watchkeeper.span_minutes_done"

TASKS: Final = "tasks"
MODELS: Final = "models"
CALLS: Final = "calls"
OPERATIONS: Final = "operations"
RUNS: Final = "runs"
WORK: Final = "work"
_OF_AGENT: Final = ("ServiceNamespace", "Agent")
# What each facet keeps apart. Runs are the agents' own spans and tasks, work is everything else agents do.
FACETS: Final = {
    TASKS: ("IsTask",),
    OPERATIONS: (*_OF_AGENT, "Operation", "Name"),
    CALLS: (*_OF_AGENT, "Provider", "Model"),
    MODELS: ("Provider", "Model"),
    RUNS: (*_OF_AGENT, "Operation"),
    WORK: (*_OF_AGENT, "Operation"),
}
# How a row tells which facet it is of: by columns that are kept apart in no facet further down.
_TOLD_BY: Final = {
    TASKS: ("IsTask",),
    OPERATIONS: ("Name",),
    CALLS: ("Agent", "Model"),
    MODELS: ("Model",),
    RUNS: ("Operation",),
    WORK: ("Operation",),
}
_IS_RUN: Final = "Operation IN ('task', 'invoke_agent')"
_KEYS: Final = ("ServiceNamespace", "Agent", "Operation", "Name", "Provider", "Model", "IsTask")
# What a span acts on names it better than its own name, which often holds both.
_NAME: Final = (
    "multiIf(Operation = 'handoff', TargetAgent, ToolName != '', ToolName, "
    f"{IS_LLM}, Model, TargetAgent != '', TargetAgent, SpanName)"
)
_COMPUTED: Final = {"Name": _NAME, "IsTask": IS_TASK}
_MOST_SERVICES: Final = 20
# A sender that puts a number into every name must not make the roll-up as large as the spans.
_MOST_NAMES: Final = 1_000
SKETCH: Final = "quantilesBFloat16Weighted{}(0.5, 0.95, 0.99)"
_SUMS: Final = {
    "Spans": "count()",
    "Unknown": "countIf(CostNanoUSD IS NULL)",
    "Weight": "sum(SampleWeight)",
    "Failed": f"sumIf(SampleWeight, {IS_ERROR})",
    "Cost": f"sum({WEIGHTED_COST})",
    "Unpriced": f"sumIf(SampleWeight, CostNanoUSD IS NULL AND {IS_LLM})",
    "Input": "sum(InputTokens * SampleWeight)",
    "Output": "sum(OutputTokens * SampleWeight)",
    "Seen": "max(toUnixTimestamp64Nano(Timestamp))",
    "Services": f"groupUniqArray({_MOST_SERVICES})(toString(ServiceName))",
    "Sketch": f"{SKETCH.format('State')}(Duration, {WHOLE_WEIGHT})",
}
_MERGES: Final = {
    "Seen": "max(Seen)",
    "Services": f"groupUniqArrayArray({_MOST_SERVICES})(Services)",
    "Sketch": f"{SKETCH.format('MergeState')}(Sketch)",
}
# Stands in for a sketch that nobody looks at: one value that happened no time at all.
_NO_SKETCH: Final = f"initializeAggregation('{SKETCH.format('State')}', toUInt64(0), toUInt32(0)) AS Sketch"
COLUMNS: Final = ("Minute", "Facet", *_KEYS, *_SUMS)
_MINUTE: Final = 60
_NS: Final = 1_000_000_000
_MOST_STRETCHES: Final = 200


@dataclass(frozen=True, slots=True)
class Covered:
    """Which minutes of a project the roll-up knows, in seconds since the epoch.

    Attributes:
        since: minutes from here on are known, but for
        stale: these, which have got spans that the roll-up does not know yet, and
        until: all from here on: nobody has looked for their spans yet.
    """

    since: int
    stale: frozenset[int]
    until: int


# Says what the roll-up covers of a project; None while nothing is known.
Cover = Callable[[str], Awaitable[Covered | None]]


async def nothing(_: str) -> Covered | None:
    """There is no roll-up: everything is read from the spans."""
    return None


def rows(
    covered: Covered | None,
    within: TimeRange,
    facets: Sequence[str],
    *,
    step: int = _MINUTE,
    columns: Sequence[str] = COLUMNS,
    sketchless: Sequence[str] = (),
    spans_where: str = "1",
    rows_where: str = "1",
) -> str:
    """SQL that gives the rows of some facets, with the placeholder `project`.

    Args:
        covered: what the roll-up knows.
        within: when the spans started.
        facets: which.
        step: width of a row in seconds; below a minute nothing comes from the roll-up.
        columns: some of `COLUMNS`.
        sketchless: facets whose sketches are not wanted.
        spans_where: condition on spans, for what comes from them.
        rows_where: condition on the rows, from either source.
    """
    known, unknown = _split(covered if step >= _MINUTE else None, within)
    parts = []
    listed = ", ".join(columns)
    if known:
        of_time = _stretches("toUnixTimestamp(Minute)", ((one // _NS, end // _NS) for one, end in known))
        bounds = f"Minute >= {known[0][0] // _NS} AND Minute < {known[-1][1] // _NS}"
        with_sketch = [facet for facet in facets if facet not in sketchless]
        for some, what in (
            (with_sketch, listed),
            (sketchless, ", ".join(_NO_SKETCH if name == "Sketch" else name for name in columns)),
        ):
            names = ", ".join(f"'{facet}'" for facet in some)
            if names:
                parts.append(
                    f"SELECT {what} FROM {MINUTES} WHERE {PROJECT} AND Facet IN ({names}) AND {bounds} AND {of_time} "
                    f"AND (Minute, Version) IN (SELECT Minute, max(Version) FROM {DONE} WHERE {PROJECT} AND {bounds} "
                    f"GROUP BY Minute) AND {rows_where}"
                )
    if unknown:
        when = _stretches("Timestamp", unknown, "fromUnixTimestamp64Nano({}, 'UTC')")
        made = from_spans(facets, f"{when} AND {spans_where}", step=step, columns=columns)
        parts.append(f"SELECT {listed} FROM ({made}) WHERE {rows_where}")
    return "\nUNION ALL\n".join(parts)


def from_spans(
    facets: Sequence[str], where: str, *, step: int = _MINUTE, columns: Sequence[str] = COLUMNS
) -> str:
    """SQL that adds spans up by `step` seconds for some facets, with the placeholder `project`."""
    used = [key for key in _KEYS if any(key in FACETS[facet] for facet in facets)]
    keys = ", ".join(f"{_COMPUTED.get(key, key)} AS {key}" for key in used)
    at = (
        "toStartOfMinute(Timestamp)"
        if step >= _MINUTE
        else f"toDateTime(intDiv(toUnixTimestamp(Timestamp), {step}) * {step}, 'UTC')"
    )
    sums = [name for name in _SUMS if name in columns]
    fine = (
        f"SELECT {at} AS Minute, {IS_LLM} AS is_llm, {keys}, {', '.join(f'{_SUMS[name]} AS {name}' for name in sums)} "
        f"FROM {SPANS} PREWHERE {PROJECT} AND {where} GROUP BY Minute, is_llm, {', '.join(used)}"
    )
    # One aggregation a facet would read the fine groups as often; sets read them once.
    distinct = dict.fromkeys(", ".join(_set(facet)) for facet in facets)
    sets = ", ".join(f"(Minute, {one})" for one in distinct)
    facet = _facet(facets, used)
    others = ", ".join(key if key in used else _nothing(key) for key in _KEYS)
    merged = ", ".join(f"{_MERGES.get(name, f'sum({name})')} AS {name}_" for name in sums)
    names = ", ".join(f"'{name}'" for name in facets)
    limited = (
        f" LIMIT {_MOST_NAMES} BY Minute, Facet, ServiceNamespace, Agent" if OPERATIONS in facets else ""
    )
    wanted = ", ".join(f"{name}_ AS {name}" if name in sums else name for name in columns)
    return (
        f"SELECT {wanted} FROM (SELECT Minute, {facet} AS Facet, {others}, {merged} FROM ({fine}) "
        f"GROUP BY GROUPING SETS ({sets}) HAVING Facet IN ({names}){limited})"
    )


def _set(facet: str) -> tuple[str, ...]:
    return (*FACETS[facet], "is_llm") if facet in (CALLS, MODELS) else FACETS[facet]


def _facet(facets: Sequence[str], used: Sequence[str]) -> str:
    """An expression for the name of a row's facet; '' for a row of none."""
    branches = []
    for facet in (facet for facet in FACETS if facet in facets):
        # `grouping` is 0 for a column that the row keeps apart.
        tests = [f"grouping({key}) = 0" for key in _TOLD_BY[facet] if key in used]
        also = {CALLS: "is_llm", MODELS: "is_llm", RUNS: _IS_RUN, WORK: f"NOT {_IS_RUN}"}.get(facet)
        branches.append(f"{' AND '.join([*tests, *([also] if also else [])])}, '{facet}'")
    # Rows of calls that are no calls to a model must not be taken for another facet's.
    return f"multiIf({', '.join(branches)}, '')"


def _nothing(key: str) -> str:
    return f"0 AS {key}" if key == "IsTask" else f"'' AS {key}"


def _split(covered: Covered | None, within: TimeRange) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Stretches that the roll-up knows, and those it does not, each (start, end) in nanoseconds."""
    if within.end_ns <= within.start_ns:
        return [], [(within.start_ns, within.start_ns)]
    width = _MINUTE * _NS
    first = -(-within.start_ns // width) * width
    last = min(within.end_ns, covered.until * _NS if covered else 0) // width * width
    if covered is None or max(first, covered.since * _NS) >= last:
        return [], [(within.start_ns, within.end_ns)]
    first = max(first, covered.since * _NS)
    gaps = [(within.start_ns, first)]
    for minute in sorted(minute * _NS for minute in covered.stale if first <= minute * _NS < last):
        if gaps[-1][1] == minute:
            gaps[-1] = (gaps[-1][0], minute + width)
        else:
            gaps.append((minute, minute + width))
    if gaps[-1][1] == last:
        gaps[-1] = (gaps[-1][0], within.end_ns)
    else:
        gaps.append((last, within.end_ns))
    if len(gaps) > _MOST_STRETCHES:
        return [], [(within.start_ns, within.end_ns)]
    known = [(gaps[at][1], gaps[at + 1][0]) for at in range(len(gaps) - 1)]
    return known, [gap for gap in gaps if gap[0] < gap[1]]


def _stretches(column: str, stretches: Iterable[tuple[int, int]], value: str = "{}") -> str:
    return (
        "("
        + " OR ".join(
            f"{column} >= {value.format(one)} AND {column} < {value.format(end)}" for one, end in stretches
        )
        + ")"
    )
