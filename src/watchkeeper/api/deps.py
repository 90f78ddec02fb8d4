"""What the API is given by the rest of the server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from watchkeeper.api.live import LiveFeed
from watchkeeper.kernel.clock import Clock
from watchkeeper.ledger.audit import Audit
from watchkeeper.ledger.tokens import Tokens
from watchkeeper.model.health import HealthReport
from watchkeeper.model.status import ServerStatus
from watchkeeper.store.reads.minutes import Cover, nothing
from watchkeeper.store.reads.select import Select


@dataclass(frozen=True, slots=True)
class ApiDeps:
    """Collaborators of the API.

    Attributes:
        select: asks the column store.
        clock: the time.
        tokens: the ledger's access tokens.
        audit: the ledger's audit trail.
        status: says how the server is doing; must be quick, it is asked every few seconds.
        health: checks every part.
        feed: events for the live stream; closed by whoever made it, which ends all streams.
        registry: the server's own metrics, shown under /metrics.
        guard: puts the access policy before an application; sets `scope["state"]["access"]`.
        web_dir: the built web UI, or None when it was not built.
        cover: says what the roll-up of minutes knows; without it everything is read from the spans.
    """

    select: Select
    clock: Clock
    tokens: Tokens
    audit: Audit
    status: Callable[[], Awaitable[ServerStatus]]
    health: Callable[[], Awaitable[HealthReport]]
    feed: LiveFeed
    registry: CollectorRegistry
    guard: Callable[[ASGIApp], ASGIApp]
    web_dir: Path | None = None
    cover: Cover = nothing
