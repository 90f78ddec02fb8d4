"""Settings of the ingest room: how long a segment lives, how much may wait, how large a body may be."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class IngestConfig:
    """The ``ingest`` section of the configuration file."""

    segment_seconds: float = field(
        default=1.0,
        metadata={
            "help": "Longest time that acknowledged data waits in the open log segment before the engine gets it.",
            "min": 0.01,
            "max": 60,
        },
    )
    segment_bytes: int = field(
        default=24_000_000,
        metadata={
            "help": "Size at which the open log segment is closed and handed to the engine.",
            "min": 64 * 1024,
            "max": 256 * 1024**2,
        },
    )
    wal_quota_bytes: int = field(
        default=2 * 1024**3,
        metadata={
            "help": "Bytes of acknowledged data that may wait on disk for the engine; beyond it senders get 503.",
            "min": 16 * 1024**2,
        },
    )
    quarantine_quota_bytes: int = field(
        default=1024**3,
        metadata={
            "help": "Bytes kept of requests that the engine refused for good; beyond it senders get 503.",
            "min": 0,
        },
    )
    max_body_bytes: int = field(
        default=64 * 1024**2,
        metadata={
            "help": "Largest request body, measured after decompression; a larger one gets 413.",
            "min": 1024,
            "max": 1024**3,
        },
    )
    max_inflight_bytes: int = field(
        default=64 * 1024**2,
        metadata={
            "help": "Bytes of request bodies in memory at a time; beyond it senders get 503 and retry.",
            "min": 1024**2,
        },
    )
    body_timeout_seconds: float = field(
        default=30.0,
        metadata={
            "help": "A sender that has not delivered its whole body by then gets 408.",
            "min": 0.1,
            "max": 3600,
        },
    )
    min_free_disk_bytes: int = field(
        default=64 * 1024**2,
        metadata={
            "help": "Free space under which the log takes nothing more and senders get 503.",
            "min": 0,
        },
    )
