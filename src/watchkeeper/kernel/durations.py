"""Lengths of time as people and Prometheus write them: `5m`, `1h30m`, `250ms`."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from watchkeeper.kernel.errors import InvalidInput

_NS_PER: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
    "w": 604_800_000_000_000,
    "y": 31_536_000_000_000_000,
}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w|y)")
_WRITTEN_WITH: Final = ("w", "d", "h", "m", "s", "ms", "us", "ns")


def parse_ns(text: str) -> int:
    """Nanoseconds of a duration such as `5m`, `1h30m`, `1.5s` or `0`.

    Units are those of Prometheus (ms s m h d w y, a year has 365 days) with `us` and `ns` beside them,
    each at most once, from large to small.

    Raises:
        InvalidInput: names the text and the place where it stops being a duration.
    """
    stripped = text.strip()
    if stripped == "0":
        return 0
    total = Fraction(0)  # exact: a float holds whole nanoseconds of 104 days only
    position = 0
    smallest = None
    while position < len(stripped):
        part = _PART.match(stripped, position)
        if part is None:
            raise InvalidInput(
                f"{text!r} is no duration: stopped at {stripped[position:]!r}",
                code="invalid_duration",
                hint="write a number and a unit, as in 30s, 5m or 1h30m",
            )
        unit_ns = _NS_PER[part.group(2)]
        if smallest is not None and unit_ns >= smallest:
            raise InvalidInput(
                f"{text!r} is no duration: {part.group(0)!r} comes after a unit that is not larger",
                code="invalid_duration",
                hint="write units once, from large to small",
            )
        smallest = unit_ns
        total += Fraction(part.group(1)) * unit_ns
        position = part.end()
    if not stripped:
        raise InvalidInput("a duration is empty", code="invalid_duration", hint="write 30s, 5m or 1h30m")
    return round(total)


def parse_seconds(text: str) -> float:
    """Seconds of a duration; see `parse_ns`."""
    return parse_ns(text) / 1e9


def format_ns(duration_ns: int) -> str:
    """The shortest exact text for a duration, `0s` for none: the inverse of `parse_ns`."""
    if duration_ns < 0:
        return "-" + format_ns(-duration_ns)
    parts = []
    rest = duration_ns
    for unit in _WRITTEN_WITH:
        count, rest = divmod(rest, _NS_PER[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
