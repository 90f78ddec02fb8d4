"""What the log tells the store about a closed segment, and what it hears back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Segment:
    """A closed segment of a write-ahead log.

    Attributes:
        path: the file: a stream of envelopes.
        attempt: how often it was given to the engine before, from 0.
        replayed: it was found at start, so an earlier process may have stored it wholly or in part.
    """

    path: Path
    attempt: int
    replayed: bool


@dataclass(frozen=True, slots=True)
class Applied:
    """A segment that needs no more work: every request in it is stored or in quarantine.

    Attributes:
        stored_requests: ids of the requests that are stored.
        quarantined_requests: ids of those that the engine refuses for good.
    """

    stored_requests: tuple[int, ...]
    quarantined_requests: tuple[int, ...]


Apply = Callable[[Segment], Awaitable[Applied]]
