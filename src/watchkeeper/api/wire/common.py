"""What many shapes share: money, time, parsed payloads."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Final

import orjson
from pydantic import Field
from typing_extensions import TypedDict

from watchkeeper.kernel.times import format_ns
from watchkeeper.model.agents import Latency

Time = Annotated[
    str, Field(description="RFC 3339, UTC, up to nanoseconds.", examples=["2026-01-31T13:45:00.250Z"])
]
Usd = Annotated[float, Field(description="US dollars, from whole nano-dollars.")]
MaybeUsd = Annotated[
    float | None,
    Field(description="US dollars; null when calls were made and no price is known for any of them."),
]
Seconds = Annotated[float, Field(description="Seconds.")]
MaybeSeconds = Annotated[float | None, Field(description="Seconds; null where nothing was measured.")]
Count = Annotated[int, Field(description="A count, corrected for sampling.")]
Ratio = Annotated[float, Field(description="Share from 0 to 1.", ge=0, le=1)]
NextCursor = Annotated[
    str | None, Field(description="Send it as `cursor` for the next page; null on the last one.")
]
Json = Annotated[
    Any, Field(description="JSON as it was sent, or its text where it is no JSON; null when absent.")
]

_NANO: Final = 1_000_000_000


class LatencySeconds(TypedDict):
    """Quantiles of a duration."""

    p50: MaybeSeconds
    p95: MaybeSeconds
    p99: MaybeSeconds


def usd(nano: int) -> float:
    """Dollars from nano-dollars."""
    return nano / _NANO


def maybe_usd(nano: int | None) -> float | None:
    """Dollars from nano-dollars, or None."""
    return None if nano is None else nano / _NANO


def time(time_ns: int) -> str:
    """RFC 3339 of nanoseconds since the epoch."""
    seconds, nanos = divmod(time_ns, _NANO)
    whole = _second(seconds)
    if not nanos:
        return f"{whole}Z"
    # Written here once more because the spans of a trace share their seconds: it is five times as fast.
    millis, rest = divmod(nanos, 1_000_000)
    return f"{whole}.{nanos:09d}Z" if rest else f"{whole}.{millis:03d}Z"


@lru_cache(maxsize=4_096)
def _second(seconds: int) -> str:
    return format_ns(seconds * _NANO).removesuffix("Z")


def ratio(part: int, whole: int) -> float:
    """Share from 0 to 1; 0 of nothing. Rounded weights may put a part above its whole."""
    return min(part / whole, 1.0) if whole else 0.0


def latency(value: Latency) -> LatencySeconds:
    """Quantiles in seconds."""
    return {"p50": value.p50, "p95": value.p95, "p99": value.p99}


def payload(text: str) -> Any:
    """A stored payload: parsed where it is JSON, the text itself otherwise, None when absent."""
    if not text:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
