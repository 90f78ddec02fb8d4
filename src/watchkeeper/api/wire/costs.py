"""Costs on the wire."""

from __future__ import annotations

from typing import Annotated, NotRequired, cast

from pydantic import Field
from typing_extensions import TypedDict

from watchkeeper.api.wire.common import Count, Time, Usd, time, usd
from watchkeeper.model import costs as model


class CostItem(TypedDict):
    """One group: those of the keys that `group_by` named, then its figures."""

    agent: NotRequired[str]
    model: NotRequired[str]
    provider: NotRequired[str]
    workflow: NotRequired[str]
    task_type: NotRequired[str]
    service: NotRequired[str]
    day: NotRequired[Annotated[str, Field(description="UTC day, YYYY-MM-DD.")]]
    hour: NotRequired[Time]
    calls: Count
    unpriced_calls: Count
    input_tokens: int
    output_tokens: int
    cost_usd: Usd


class CostReport(TypedDict):
    """Costs of LLM calls. Unpriced calls are not in the total."""

    start: Time
    end: Time
    group_by: list[str]
    total_usd: Usd
    unpriced_calls: Count
    calls: Count
    items: list[CostItem]
    truncated: Annotated[bool, Field(description="There are more groups than items; the totals count all.")]


def cost_report(value: model.CostReport) -> CostReport:
    """A report."""
    return {
        "start": time(value.range.start_ns),
        "end": time(value.range.end_ns),
        "group_by": list(value.group_by),
        "total_usd": usd(value.cost_nano_usd),
        "unpriced_calls": value.unpriced_calls,
        "calls": value.calls,
        "items": [_item(value.group_by, row) for row in value.items],
        "truncated": value.truncated,
    }


def _item(group_by: tuple[str, ...], row: model.CostRow) -> CostItem:
    keys = dict(zip(group_by, row.keys, strict=True))
    figures = {
        "calls": row.calls,
        "unpriced_calls": row.unpriced_calls,
        "input_tokens": row.input_tokens,
        "output_tokens": row.output_tokens,
        "cost_usd": usd(row.cost_nano_usd),
    }
    # Which keys are there is decided by the question, so no type can tell.
    return cast("CostItem", {**keys, **figures})
