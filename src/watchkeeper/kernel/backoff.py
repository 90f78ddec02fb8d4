"""How long to wait before trying again: exponential, with full jitter, bounded."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double up to a ceiling.

    Full jitter (a random share of the whole wait) keeps clients that failed together from coming back
    together.

    Attributes:
        first_seconds: the ceiling of the first wait.
        longest_seconds: no wait is longer.
        factor: growth from one wait to the next.
        jitter: share of the wait that is random, 0 (none) to 1 (full).
    """

    first_seconds: float = 0.1
    longest_seconds: float = 30.0
    factor: float = 2.0
    jitter: float = 1.0

    def __post_init__(self) -> None:
        """Refuse values that would never wait, or never end."""
        if not 0 < self.first_seconds <= self.longest_seconds:
            raise ValueError("first_seconds must be above 0 and no more than longest_seconds")
        if self.factor < 1:
            raise ValueError("factor must be at least 1")
        if not 0 <= self.jitter <= 1:
            raise ValueError("jitter must be between 0 and 1")

    def seconds(self, attempt: int, rand: Callable[[], float] = random.random) -> float:
        """The wait after failed attempt number `attempt`, counted from 0.

        Args:
            attempt: how many attempts failed before this one.
            rand: gives a number in [0, 1); tests hand in their own.
        """
        # The exponent is bounded so that a loop that failed for days does not overflow a float.
        ceiling = min(self.longest_seconds, self.first_seconds * self.factor ** min(attempt, 64))
        return ceiling * (1 - self.jitter) + ceiling * self.jitter * rand()
