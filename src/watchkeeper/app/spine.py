"""The whole product on one page: every part is made here, and every arrow between two rooms is drawn here.

    receive ── keep ── ask ── see

Rooms never import each other; what one needs of another it is given here, as a value or a function.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp, Receive, Scope, Send

from watchkeeper.api.access import Access, AccessMiddleware, AccessPolicy
from watchkeeper.api.app import build as build_api
from watchkeeper.api.deps import ApiDeps
from watchkeeper.api.live import LiveFeed
from watchkeeper.app import web_files
from watchkeeper.app.alarms import Alarms
from watchkeeper.app.announce import Announcer
from watchkeeper.app.config import Config
from watchkeeper.app.data_folder import DataFolder
from watchkeeper.app.figures import Figures
from watchkeeper.health import components
from watchkeeper.health.checks import HealthChecks
from watchkeeper.ingest.log import Log
from watchkeeper.ingest.otlp_grpc import OtlpGrpc
from watchkeeper.ingest.otlp_http import OtlpHttp
from watchkeeper.ingest.receive import Receiver
from watchkeeper.kernel.clock import Clock
from watchkeeper.ledger.ledger import Ledger
from watchkeeper.store.apply import Applier
from watchkeeper.store.client import Engine
from watchkeeper.store.engine.supervisor import EngineProcess
from watchkeeper.store.migrate import DATABASE, make_landing
from watchkeeper.store.otlp_traces import TracesLanding
from watchkeeper.store.pricing import Pricer
from watchkeeper.store.quarantine import Quarantine
from watchkeeper.store.reads import probes
from watchkeeper.store.rollup import Rollup


@dataclass(frozen=True, slots=True)
class Spine:
    """One server's parts, not started yet; `lifecycle` starts and stops them in order."""

    engine_process: EngineProcess
    engine: Engine
    ledger: Ledger
    log: Log
    pricer: Pricer
    rollup: Rollup
    announcer: Announcer
    alarms: Alarms
    feed: LiveFeed
    receiver: Receiver
    everything: ASGIApp  # :7070, the UI, the API and OTLP
    otlp_http: ASGIApp  # :4318
    otlp_grpc: OtlpGrpc  # :4317


def wire(
    config: Config,
    folder: DataFolder,
    ledger: Ledger,
    engine_process: EngineProcess,
    engine: Engine,
    clock: Clock,
) -> Spine:
    """Make every part of a server.

    Args:
        config: all rooms' sections.
        folder: the claimed data folder.
        ledger: opened.
        engine_process: the engine's process, for its state.
        engine: its client.
        clock: of the whole server.
    """
    feed = LiveFeed()
    alarms = Alarms(ledger.outbox, ledger.audit, feed.publish)

    # keep: closed segments of the log go to the engine; what it refuses for good is put aside and raises an alarm
    quarantine = Quarantine(
        folder.quarantine, clock, quota_bytes=config.ingest.quarantine_quota_bytes, tell=alarms.quarantined
    )
    alarms.written = quarantine.told
    quarantine.announce()
    applier = _applier(config, folder, engine, quarantine)
    announcer = Announcer(engine.select, feed.publish, lambda: feed.watchers, clock)
    pricer = Pricer(engine, clock, prices=config.store.prices)
    rollup = Rollup(engine, clock)

    # receive: a request is checked, logged, and answered once it is on the disk
    store = announcer.after(rollup.after(pricer.after(applier)))
    log = Log(folder.traces_log, config.ingest, clock, store)
    receiver = Receiver(log, config.ingest)
    otlp_http = OtlpHttp(receiver, body_timeout_seconds=config.ingest.body_timeout_seconds)

    # ask and see: the API reads the store, the UI reads the API, and the access policy stands before both
    policy = AccessPolicy(
        ledger.tokens, clock, host=config.server.host, allowed_hosts=config.server.allowed_hosts
    )
    figures = Figures(log, receiver, quarantine, engine_process, clock)
    health = _health(config, folder, ledger, engine, figures, clock)
    registry = CollectorRegistry()
    registry.register(figures)
    api = build_api(
        ApiDeps(
            select=engine.select,
            clock=clock,
            tokens=ledger.tokens,
            audit=ledger.audit,
            status=figures.status,
            health=health.report,
            feed=feed,
            registry=registry,
            guard=lambda app: AccessMiddleware(app, policy),
            web_dir=web_files.find(config.server.web_dir),
            cover=rollup.covered,
        )
    )
    return Spine(
        engine_process=engine_process,
        engine=engine,
        ledger=ledger,
        log=log,
        pricer=pricer,
        rollup=rollup,
        announcer=announcer,
        alarms=alarms,
        feed=feed,
        receiver=receiver,
        everything=AccessMiddleware(_otlp_or_api(otlp_http, api), policy),
        otlp_http=AccessMiddleware(otlp_http, policy),
        otlp_grpc=OtlpGrpc(receiver, _grpc_identity(policy)),
    )


def _applier(config: Config, folder: DataFolder, engine: Engine, quarantine: Quarantine) -> Applier:
    """Gives segments of traces to the engine."""
    return Applier(
        engine,
        TracesLanding(DATABASE),
        quarantine,
        mend=lambda: make_landing(engine),
        scratch=folder.path / "wal" / "scratch",
        memory_bytes=config.store.insert_memory_bytes,
    )


def _health(
    config: Config, folder: DataFolder, ledger: Ledger, engine: Engine, figures: Figures, clock: Clock
) -> HealthChecks:
    """Which parts are looked at, and how each is asked."""
    limit = config.health.check_timeout_seconds

    async def ask_engine() -> None:
        await probes.answers(engine.select, clock.now_ns(), timeout_seconds=limit)

    checks = (
        components.engine(ask_engine, clock, config.health),
        components.ingest(figures.ingest_status, config.ingest.wal_quota_bytes, config.health),
        components.disk(folder.path, config.health),
        components.ledger(ledger.schema_version),
        components.memory(config.health),
    )
    return HealthChecks(checks, clock, timeout_seconds=limit)


def _otlp_or_api(otlp: Any, api: ASGIApp) -> ASGIApp:
    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            await otlp(scope, receive, send)
        else:
            await api(scope, receive, send)

    return front


def _grpc_identity(policy: AccessPolicy) -> Any:
    """Who calls over gRPC: the project, or the HTTP status and reason of a refusal."""

    async def identify(metadata: Iterable[tuple[bytes, bytes]]) -> str | tuple[int, str]:
        # No web page can speak gRPC, so there is no Host to check; the policy wants one.
        access = await policy.identify([*metadata, (b"host", b"localhost")])
        if isinstance(access, Access):
            refusal = policy.decide(access, "POST", "/v1/traces")
            return access.project if refusal is None else (refusal.status, refusal.detail)
        return (access.status, access.detail)

    return identify
