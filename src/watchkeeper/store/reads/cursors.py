"""Where a list goes on: the place of the last item, opaque to clients.

A cursor holds the sort key of the last item, not a count of rows, so that rows which arrive meanwhile shift
nothing.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from watchkeeper.kernel.errors import InvalidInput

_LONGEST: Final = 256
_GREATEST: Final = 2**63 - 1  # what the stores take as a number


class UnknownCursor(InvalidInput):
    """A cursor that no answer of this list carried."""

    code = "unknown_cursor"


def encode(kind: str, time_ns: int, key: str) -> str:
    """A cursor behind the item of a list of this kind with this time and key."""
    return base64.urlsafe_b64encode(f"{kind}:{time_ns}:{key}".encode()).decode().rstrip("=")


def decode(kind: str, cursor: str) -> tuple[int, str]:
    """Time and key of the last item seen.

    Raises:
        UnknownCursor: the text is no cursor of this kind of list.
    """
    try:
        if len(cursor) > _LONGEST:
            raise ValueError("too long")
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found, time_ns, key = raw.decode().split(":", 2)
        if found != kind:
            raise ValueError("of another list")
        number = int(time_ns)
        if not 0 <= number <= _GREATEST:
            raise ValueError("out of range")
    except (ValueError, binascii.Error) as wrong:
        raise UnknownCursor(
            "cursor: not one that this list gave out",
            hint="leave it away to start from the beginning, or send next_cursor as it came",
        ) from wrong
    return number, key
