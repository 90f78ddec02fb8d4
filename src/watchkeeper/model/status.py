"""How the server itself is doing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IngestStatus:
    """Spans since the server started, and what waits for the engine now."""

    accepted_spans: int
    stored_spans: int
    waiting_bytes: int
    oldest_waiting_seconds: float
    quarantined_requests: int


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """The column store: whether it answers, how often it was restarted, what it holds in memory."""

    ready: bool
    restarts: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """One server."""

    version: str
    started_ns: int
    memory_bytes: int
    ingest: IngestStatus
    engine: EngineStatus
