"""What was spent, and on what."""

from __future__ import annotations

from dataclasses import dataclass

from watchkeeper.model.ranges import TimeRange


@dataclass(frozen=True, slots=True)
class CostRow:
    """One group of LLM calls; `keys` in the order of the report's `group_by`."""

    keys: tuple[str, ...]
    calls: int
    unpriced_calls: int
    input_tokens: int
    output_tokens: int
    cost_nano_usd: int


@dataclass(frozen=True, slots=True)
class CostReport:
    """Costs in a stretch of time by group, the dearest first.

    Attributes:
        truncated: there were more groups than `items` holds; the totals count them all.
    """

    range: TimeRange
    group_by: tuple[str, ...]
    calls: int
    unpriced_calls: int
    cost_nano_usd: int
    items: tuple[CostRow, ...]
    truncated: bool
