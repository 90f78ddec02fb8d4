"""From findings to one score, and from the score to a status and a reason in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from watchkeeper.model.health import ComponentHealth, HealthReport, HealthStatus

HEALTHY_FROM: Final = 90
DEGRADED_FROM: Final = 60


def status_of(score: int) -> HealthStatus:
    """Healthy from 90, degraded from 60, unhealthy below."""
    if score >= HEALTHY_FROM:
        return "healthy"
    return "degraded" if score >= DEGRADED_FROM else "unhealthy"


def report(components: Sequence[ComponentHealth]) -> HealthReport:
    """The whole: the mean of the scores, each counted by its weight, rounded down.

    Rounded down, so that 100 means that every part is as it should be. With no part at all there is nothing
    wrong.
    """
    weight = sum(part.weight for part in components)
    score = sum(part.score * part.weight for part in components) // weight if weight else 100
    return HealthReport(
        status_of(score), score, tuple(components), tuple(_explain(score, components, weight))
    )


def _explain(score: int, components: Sequence[ComponentHealth], weight: int) -> list[str]:
    lacking = [part for part in components if part.score < 100]
    if not lacking:
        return [f"{score} of 100: every part is as it should be."]
    lacking.sort(key=lambda part: (-(100 - part.score) * part.weight, part.name))
    lines = [f"{score} of 100, which is {status_of(score)}: {_parts(len(lacking), len(components))}."]
    for part in lacking:
        lost = (100 - part.score) * part.weight / weight
        lines.append(f"{part.name} takes off {lost:.1f} (it scores {part.score}): {part.message}")
    return lines


def _parts(lacking: int, all_of_them: int) -> str:
    return f"{lacking} of {all_of_them} parts {'is' if lacking == 1 else 'are'} not as they should be"
