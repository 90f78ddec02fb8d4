"""Settings of the health checks: when a resource counts as scarce."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class HealthConfig:
    """The `health` section of the configuration file."""

    check_timeout_seconds: float = field(
        default=3.0,
        metadata={"help": "A check that takes longer counts as failed.", "min": 0.1, "max": 60},
    )
    slow_query_seconds: float = field(
        default=0.5,
        metadata={"help": "A small query that takes longer takes points off the engine.", "min": 0.01},
    )
    backlog_seconds: float = field(
        default=10.0,
        metadata={"help": "Telemetry that waits longer for the engine takes points off ingestion.", "min": 2},
    )
    low_disk_ratio: float = field(
        default=0.10,
        metadata={"help": "Free share of the disk under which it takes points off.", "min": 0.01, "max": 0.9},
    )
    low_memory_ratio: float = field(
        default=0.10,
        metadata={
            "help": "Available share of the memory under which it takes points off.",
            "min": 0.01,
            "max": 0.9,
        },
    )
