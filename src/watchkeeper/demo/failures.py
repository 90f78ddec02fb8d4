"""Which failures are on just now, and on whom."""

import asyncio
from collections.abc import Callable
from typing import Final

from watchkeeper.demo.control import Order

# Whom a failure hits when the order names nobody.
_DEFAULT_TARGETS: Final = {"stuck_agent": "analyst", "crash": "writer", "cost_runaway": "researcher"}

BASE_ERROR_RATE: Final = 0.02
SPIKE_ERROR_RATE: Final = 0.4
BASE_DENIAL_RATE: Final = 0.01
STORM_DENIAL_RATE: Final = 0.7


class RateLimited(Exception):
    """The provider asked to slow down."""


class ModelOverloaded(Exception):
    """The provider could not answer in time."""


class ToolFailed(Exception):
    """A tool gave up."""


class InvalidAnswer(Exception):
    """The model's answer did not have the agreed form."""


class PermissionDenied(Exception):
    """The agent may not use this skill."""


class AgentCrashed(Exception):
    """The agent died while it worked on this."""


class AgentUnavailable(Exception):
    """The agent is down; nobody takes the work."""


class Failures:
    """The failures that were ordered and are not over yet."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._until: dict[str, float] = {}
        self._targets: dict[str, str] = {}

    def begin(self, order: Order) -> str:
        """Starts a failure; returns whom it hits ('' for everybody)."""
        target = order.agent or _DEFAULT_TARGETS.get(order.kind, "")
        self._until[order.kind] = self._monotonic() + order.duration_seconds
        self._targets[order.kind] = target
        return target

    def on(self, kind: str, agent: str = "") -> bool:
        """Whether a failure is on, and for this agent."""
        return self._left(kind, agent) > 0

    async def over(self, kind: str, agent: str = "") -> None:
        """Waits until the failure is over for this agent."""
        while (left := self._left(kind, agent)) > 0:  # noqa: ASYNC110  it ends at a time, and may be prolonged
            await asyncio.sleep(left)

    def error_rate(self, agent: str) -> float:
        """Probability that a task fails."""
        return SPIKE_ERROR_RATE if self.on("error_spike", agent) else BASE_ERROR_RATE

    def denial_rate(self, agent: str) -> float:
        """Probability that a guarded tool is denied."""
        return STORM_DENIAL_RATE if self.on("permission_denials", agent) else BASE_DENIAL_RATE

    def _left(self, kind: str, agent: str) -> float:
        """Seconds until it is over for this agent; 0 when it is not on."""
        target = self._targets.get(kind, "")
        if target and agent and target != agent:
            return 0.0
        return max(0.0, self._until.get(kind, 0.0) - self._monotonic())
