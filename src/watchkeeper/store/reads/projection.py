"""What the day will have cost at midnight UTC, if it goes on as in the last hour."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from watchkeeper.kernel.times import utc_day_start_ns

_DAY_NS: Final = 86_400 * 1_000_000_000
_HOUR_NS: Final = 3_600 * 1_000_000_000
# A rate over less than this says little: the first call of a day must not be multiplied by a thousand.
_SHORTEST_NS: Final = 300 * 1_000_000_000


def project_cost(cost_today: int, cost_steps: Iterable[tuple[int, int]], now_ns: int) -> int:
    """Cost so far plus the rate of the last hour for the rest of the day, in nano-USD.

    The rate of the last hour, not the day's average: it is right soon after midnight, and follows a runaway.
    Where spending began less than an hour ago, the rate is over the time since then, at least five minutes.

    Args:
        cost_today: nano-USD since midnight UTC.
        cost_steps: (start of a step in nanoseconds, nano-USD spent in it), by time, covering the last hour.
        now_ns: the time.
    """
    recent = [(start, cost) for start, cost in cost_steps if start >= now_ns - _HOUR_NS and cost]
    if not recent:
        return cost_today
    elapsed = max(now_ns - recent[0][0], _SHORTEST_NS)
    remaining = utc_day_start_ns(now_ns) + _DAY_NS - now_ns
    return cost_today + sum(cost for _, cost in recent) * remaining // elapsed
