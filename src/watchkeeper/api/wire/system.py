"""The server itself on the wire: status, health, tokens, audit trail, events, errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from watchkeeper.api.wire.common import NextCursor, Time, time
from watchkeeper.model.events import Event
from watchkeeper.model.health import HealthReport, HealthStatus
from watchkeeper.model.status import ServerStatus


class IngestStatus(TypedDict):
    """Spans since the start of the server, and what waits for the engine now."""

    accepted_spans: int
    stored_spans: int
    waiting_bytes: int
    oldest_waiting_seconds: float
    quarantined_requests: int


class EngineStatus(TypedDict):
    """The column store."""

    ready: bool
    restarts: int
    memory_bytes: int


class Status(TypedDict):
    """How this server is doing, and as whom the caller is known to it."""

    version: str
    started_at: Time
    uptime_seconds: float
    project: str
    scopes: list[str]
    memory_bytes: int
    ingest: IngestStatus
    engine: EngineStatus
    web_built: bool


class Live(TypedDict):
    """The process answers."""

    status: Literal["ok"]


class Ready(TypedDict):
    """A query ran through."""

    status: Literal["ok"]
    query_seconds: float


class Component(TypedDict):
    """One part of the server."""

    name: str
    status: HealthStatus
    score: int
    weight: int
    message: str
    latency_ms: float


class Health(TypedDict):
    """Every part, and the score of the whole (0 to 100) with its explanation."""

    status: HealthStatus
    score: int
    uptime_seconds: float
    errors_last_hour: Annotated[
        int | None, Field(description="Failed spans; null when they could not be counted.")
    ]
    memory_usage_mb: float
    components: list[Component]
    explanation: list[str]


class Token(TypedDict):
    """An access token without its secret."""

    id: str
    name: str
    project: str
    scopes: list[str]
    created_time: Time
    last_used_time: Time | None
    revoked_time: Time | None


class TokenList(TypedDict):
    """All tokens of the caller's project, also revoked ones."""

    items: list[Token]
    next_cursor: None


class NewToken(TypedDict):
    """A token just made. The secret is shown this once."""

    id: str
    name: str
    project: str
    scopes: list[str]
    secret: str


class AuditEntry(TypedDict):
    """One line of the audit trail; `hash` covers all other fields."""

    seq: int
    time: Time
    project: str
    actor: str
    action: str
    target: str
    detail: dict[str, Any]
    previous_hash: str
    hash: str


class AuditList(TypedDict):
    """Entries, newest first."""

    items: list[AuditEntry]
    next_cursor: NextCursor


class EventEnvelope(TypedDict):
    """An event of the stream. Events may be told twice: drop repeats by `id`."""

    id: str
    time: Time
    project: str
    event_type: str
    entity_type: str
    entity_id: str
    payload: dict[str, Any]


class ParameterError(TypedDict):
    """What is wrong with one parameter, and what it may be."""

    parameter: str
    problem: str


class Problem(TypedDict):
    """An error (RFC 9457, `application/problem+json`)."""

    type: str
    title: str
    status: int
    detail: str
    code: Annotated[str, Field(description="Stable, for programs to compare with.")]
    retryable: Annotated[bool, Field(description="Whether the same request may work later.")]
    hint: NotRequired[str]
    errors: NotRequired[list[ParameterError]]


def status(
    value: ServerStatus, *, now_ns: int, project: str, scopes: Sequence[str], web_built: bool
) -> Status:
    """Status for one caller."""
    return {
        "version": value.version,
        "started_at": time(value.started_ns),
        "uptime_seconds": max((now_ns - value.started_ns) / 1e9, 0.0),
        "project": project,
        "scopes": sorted(scopes),
        "memory_bytes": value.memory_bytes,
        "ingest": {
            "accepted_spans": value.ingest.accepted_spans,
            "stored_spans": value.ingest.stored_spans,
            "waiting_bytes": value.ingest.waiting_bytes,
            "oldest_waiting_seconds": value.ingest.oldest_waiting_seconds,
            "quarantined_requests": value.ingest.quarantined_requests,
        },
        "engine": {
            "ready": value.engine.ready,
            "restarts": value.engine.restarts,
            "memory_bytes": value.engine.memory_bytes,
        },
        "web_built": web_built,
    }


def health(
    report: HealthReport, *, uptime_seconds: float, errors_last_hour: int | None, memory_bytes: int
) -> Health:
    """The whole report."""
    return {
        "status": report.status,
        "score": report.score,
        "uptime_seconds": uptime_seconds,
        "errors_last_hour": errors_last_hour,
        "memory_usage_mb": round(memory_bytes / 1e6, 1),
        "components": [
            {
                "name": part.name,
                "status": part.status,
                "score": part.score,
                "weight": part.weight,
                "message": part.message,
                "latency_ms": round(part.latency_seconds * 1e3, 3),
            }
            for part in report.components
        ],
        "explanation": list(report.explanation),
    }


def event(value: Event) -> EventEnvelope:
    """An event in its envelope."""
    return {
        "id": value.id,
        "time": time(value.time_ns),
        "project": value.project,
        "event_type": value.event_type,
        "entity_type": value.entity_type,
        "entity_id": value.entity_id,
        "payload": _plain(value.payload),
    }


def _plain(payload: Mapping[str, object]) -> dict[str, Any]:
    return dict(payload)
