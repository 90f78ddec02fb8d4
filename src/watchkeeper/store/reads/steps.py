"""How finely a chart is drawn."""

from __future__ import annotations

from typing import Final

from watchkeeper.model.ranges import TimeRange

MOST_POINTS: Final = 90
# Steps that divide minutes, hours and days, so that charts of different windows line up.
_STEPS: Final = (
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1_800,
    3_600,
    7_200,
    10_800,
    21_600,
    43_200,
    86_400,
)
_NS: Final = 1_000_000_000


def step_seconds(window_seconds: float) -> int:
    """The finest step that draws a window with at most `MOST_POINTS` points."""
    return next(
        (step for step in _STEPS if window_seconds / step <= MOST_POINTS), _whole_days(window_seconds)
    )


def step_starts(window: TimeRange, step: int) -> range:
    """Where the steps start that a window touches, in nanoseconds, the first at or before its start."""
    width = step * _NS
    return range(window.start_ns // width * width, window.end_ns, width)


def _whole_days(window_seconds: float) -> int:
    return int(-(-window_seconds // (MOST_POINTS * 86_400)) * 86_400)
