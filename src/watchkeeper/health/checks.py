"""Running the checks: side by side, each with a time limit, none able to bring down the report."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from watchkeeper.health.score import report, status_of
from watchkeeper.kernel.clock import Clock
from watchkeeper.model.health import ComponentHealth, Finding, HealthReport

_LOG: Final = logging.getLogger("watchkeeper.health")


@dataclass(frozen=True, slots=True)
class Check:
    """One part to look at.

    Attributes:
        name: of the part.
        weight: how much it counts, against the weights of the others.
        run: looks, and says what it found; an error counts as score 0.
    """

    name: str
    weight: int
    run: Callable[[], Awaitable[Finding]]

    def __post_init__(self) -> None:
        """Refuse a weight that would count for nothing or against."""
        if self.weight <= 0:
            raise ValueError(f"the weight of check {self.name!r} must be above 0, not {self.weight}")


class HealthChecks:
    """All checks of one server."""

    def __init__(self, checks: Sequence[Check], clock: Clock, *, timeout_seconds: float) -> None:
        """Look at these parts, at most `timeout_seconds` at each."""
        self._checks = tuple(checks)
        self._clock = clock
        self._timeout = timeout_seconds

    async def report(self) -> HealthReport:
        """Look at every part now."""
        return report(await asyncio.gather(*(self._look(check) for check in self._checks)))

    async def _look(self, check: Check) -> ComponentHealth:
        started = self._clock.monotonic()
        try:
            async with asyncio.timeout(self._timeout):
                finding = await check.run()
        except TimeoutError:
            finding = Finding(0, f"gave no answer within {self._timeout:g} seconds")
        except Exception as error:
            # A check that fails is a finding about its part, never the end of the report.
            _LOG.warning("health check %s failed: %s", check.name, error)
            finding = Finding(0, f"the check failed: {str(error) or type(error).__name__}")
        score = max(0, min(100, finding.score))
        return ComponentHealth(
            name=check.name,
            status=status_of(score),
            score=score,
            weight=check.weight,
            message=finding.message,
            latency_seconds=self._clock.monotonic() - started,
        )
