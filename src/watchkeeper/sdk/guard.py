"""What keeps the SDK from harming its host.

Every entry point of the SDK catches its own failures and hands them to
``failed``: counted each time, logged once per place, and raised only when a
test asks for it (``strict``). A failure of the user's own code is never caught.
"""

import logging
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger("watchkeeper")

_counts: Counter[str] = Counter()
_said: set[str] = set()
_strict = os.environ.get("WATCHKEEPER_SDK_STRICT", "") == "1"


def failed(where: str, error: Exception) -> None:
    """Takes note of an internal failure; ``where`` names the part that failed."""
    _counts[where] += 1
    if _strict:
        raise error
    if where not in _said:
        _said.add(where)
        log.warning(
            "watchkeeper: %s failed (%s: %s); the program goes on without it. Said once, counted from here.",
            where,
            type(error).__name__,
            error,
            exc_info=log.isEnabledFor(logging.DEBUG),
        )


def say_once(topic: str, message: str, *values: object) -> None:
    """Logs a warning the first time that ``topic`` comes up."""
    if topic not in _said:
        _said.add(topic)
        log.warning(message, *values)


def internal_errors() -> dict[str, int]:
    """How often each part of the SDK failed since the process started, by part."""
    return dict(_counts)


@contextmanager
def strict() -> Iterator[None]:
    """Raises internal failures inside the block; for tests."""
    global _strict  # noqa: PLW0603  one switch for the process, like the counters beside it
    before, _strict = _strict, True
    try:
        yield
    finally:
        _strict = before


def forget() -> None:
    """Clears counts and what was said; for tests."""
    _counts.clear()
    _said.clear()
