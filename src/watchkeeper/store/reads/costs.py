"""What LLM calls cost, by whatever they are grouped by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from watchkeeper.model.costs import CostReport, CostRow
from watchkeeper.model.ranges import TimeRange
from watchkeeper.store.reads.select import Select
from watchkeeper.store.reads.sql import (
    COST,
    INPUT_TOKENS,
    IS_LLM,
    OUTPUT_TOKENS,
    PROJECT,
    SPANS,
    UNPRICED,
    between,
    count_if,
)

MOST_GROUPS: Final = 1_000

GROUPS: Final = {
    "agent": "Agent",
    "model": "Model",
    "provider": "Provider",
    "workflow": "Workflow",
    "task_type": "TaskType",
    "service": "ServiceName",
    "day": "toString(toDate(Timestamp))",
    "hour": "formatDateTime(toStartOfHour(Timestamp), '%Y-%m-%dT%H:00:00Z')",
}


async def report(select: Select, project: str, within: TimeRange, group_by: Sequence[str]) -> CostReport:
    """Costs by group, the dearest first; days and hours (UTC) in their own order.

    Args:
        select: the engine.
        project: whose costs.
        within: when the calls started.
        group_by: keys of `GROUPS`.
    """
    keys = [GROUPS[name] for name in group_by]
    names = ", ".join(f"k{number}" for number in range(len(keys)))
    in_time = [f"k{number}" for number, name in enumerate(group_by) if name in {"day", "hour"}]
    order = ", ".join(["rolled DESC", *in_time, "cost DESC", names])
    sql = (
        f"SELECT {', '.join(f'{key} AS k{number}' for number, key in enumerate(keys))}, "
        f"grouping({names}) > 0 AS rolled, {count_if('1')}, {UNPRICED}, {INPUT_TOKENS}, {OUTPUT_TOKENS}, "
        f"{COST} AS cost FROM {SPANS} WHERE {PROJECT} AND {between()} AND {IS_LLM} "
        f"GROUP BY GROUPING SETS (({names}), ()) ORDER BY {order} LIMIT {{most:UInt32}}"
    )
    rows = await select(
        sql,
        {"project": project, "start": within.start_ns, "end": within.end_ns, "most": MOST_GROUPS + 2},
    )
    width = len(keys)
    total = next((row for row in rows.data if row[width]), None)
    items = [CostRow(tuple(row[:width]), *row[width + 1 : width + 6]) for row in rows.data if not row[width]]
    return CostReport(
        within,
        tuple(group_by),
        calls=total[width + 1] if total else 0,
        unpriced_calls=total[width + 2] if total else 0,
        cost_nano_usd=total[width + 5] if total else 0,
        items=tuple(items[:MOST_GROUPS]),
        truncated=len(items) > MOST_GROUPS,
    )
