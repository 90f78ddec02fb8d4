"""Points in time on the wire: RFC 3339, UTC, written with `Z`; inside, nanoseconds since the epoch."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from watchkeeper.kernel.errors import InvalidInput

_RFC3339: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NS: Final = 1_000_000_000


def format_ns(time_ns: int) -> str:
    """RFC 3339 in UTC with the precision the time has: seconds, milliseconds, or nanoseconds.

    Examples:
        >>> format_ns(1_767_225_600_000_000_000)
        '2026-01-01T00:00:00Z'
        >>> format_ns(1_767_225_600_250_000_000)
        '2026-01-01T00:00:00.250Z'
    """
    seconds, nanos = divmod(time_ns, _NS)
    whole = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    if nanos == 0:
        return f"{whole}Z"
    if nanos % 1_000_000 == 0:
        return f"{whole}.{nanos // 1_000_000:03d}Z"
    return f"{whole}.{nanos:09d}Z"


def parse_ns(text: str) -> int:
    """Nanoseconds since the epoch of an RFC 3339 time; any offset, up to nine digits of fraction.

    Raises:
        InvalidInput: the text is no RFC 3339 time, or has no offset.
    """
    found = _RFC3339.fullmatch(text.strip())
    if found is None:
        raise InvalidInput(
            f"{text!r} is no RFC 3339 time", code="invalid_time", hint="write 2026-01-31T13:45:00Z"
        )
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    # A leap second is a real time that datetime does not know: it is the second after :59.
    leap = 1 if second == 60 else 0
    try:
        moment = datetime(year, month, day, hour, minute, second - leap, tzinfo=UTC)
    except ValueError as wrong:
        raise InvalidInput(f"{text!r} is no RFC 3339 time: {wrong}", code="invalid_time") from wrong
    since = moment - _EPOCH
    seconds = since.days * 86_400 + since.seconds + leap
    offset = found.group(8)
    if offset not in {"Z", "z"}:
        sign = -1 if offset[0] == "-" else 1
        seconds -= sign * (int(offset[1:3]) * 3600 + int(offset[4:6]) * 60)
    return seconds * _NS + int((found.group(7) or "0").ljust(9, "0"))


def utc_day_start_ns(time_ns: int) -> int:
    """Midnight UTC at or before a time: where its cost day starts."""
    day = 86_400 * _NS
    return time_ns - time_ns % day
