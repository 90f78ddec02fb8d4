"""Identity of our own rows: UUID version 7, which sort by the time they were made."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from uuid import UUID

from watchkeeper.kernel.clock import Clock


def uuid7(clock: Clock, rand_bits: Callable[[int], int] = secrets.randbits) -> str:
    """A new UUIDv7 (RFC 9562) as 36 lower-case characters.

    The 12 bits after the millisecond carry its fraction (method 3 of section 6.2), so that ids made within
    one millisecond still sort by time.

    Args:
        clock: says when.
        rand_bits: gives that many random bits; tests hand in their own.
    """
    now_ns = clock.now_ns()
    milliseconds, rest_ns = divmod(now_ns, 1_000_000)
    fraction = (rest_ns << 12) // 1_000_000
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76
    value |= fraction << 64
    value |= 0b10 << 62
    value |= rand_bits(62)
    return str(UUID(int=value))


def uuid7_time_ns(text: str) -> int:
    """When a UUIDv7 was made, to the millisecond, in nanoseconds since the epoch.

    Raises:
        ValueError: `text` is no UUID of version 7.
    """
    value = UUID(text)
    if value.version != 7:
        raise ValueError(f"{text!r} is a UUID of version {value.version}, not 7")
    return (value.int >> 80) * 1_000_000
