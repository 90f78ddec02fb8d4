"""How well the parts are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

HealthStatus = Literal["healthy", "degraded", "unhealthy"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: a score from 0 (down) to 100 (as it should be), and why in words."""

    score: int
    message: str


@dataclass(frozen=True, slots=True)
class ComponentHealth:
    """One part: its finding, how much it counts, and how long the check took."""

    name: str
    status: HealthStatus
    score: int
    weight: int
    message: str
    latency_seconds: float


@dataclass(frozen=True, slots=True)
class HealthReport:
    """All parts, and the score of the whole with its explanation."""

    status: HealthStatus
    score: int
    components: tuple[ComponentHealth, ...]
    explanation: tuple[str, ...]
