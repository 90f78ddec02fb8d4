"""Settings of the store room: memory limits of the engine, pricing overrides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """The ``store`` section of the configuration file."""

    max_memory_bytes: int = field(
        default=1_400_000_000,
        metadata={
            "help": "Memory limit of the embedded engine, all queries and caches together.",
            "min": 256_000_000,
        },
    )
    insert_memory_bytes: int = field(
        default=500_000_000,
        metadata={
            "help": "Memory limit of one insert; a segment over it is split.",
            "min": 16_000_000,
        },
    )
    query_memory_bytes: int = field(
        default=700_000_000,
        metadata={
            "help": "Memory limit of one query; over it the query fails, the engine goes on.",
            "min": 16_000_000,
        },
    )
    connections: int = field(
        default=6,
        metadata={
            "help": "Queries that the embedded engine runs at the same time; further ones wait.",
            "min": 1,
            "max": 64,
        },
    )
    query_threads: int = field(
        default=0,
        metadata={
            "help": "Threads of one query; 0 takes the number of cores.",
            "min": 0,
            "max": 256,
        },
    )
    prices: tuple[dict[str, Any], ...] = field(
        default=(),
        metadata={
            "help": "Own prices, before the bundled ones: a list of `{provider, model, input_usd_per_million, "
            "output_usd_per_million, cache_read_usd_per_million, cache_write_usd_per_million, valid_from}`."
        },
    )
