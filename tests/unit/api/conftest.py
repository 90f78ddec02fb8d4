"""A real engine with the real schema in a temporary folder, and the API on top of it without a network."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import chdb
import httpx
import orjson
import pytest
from prometheus_client import CollectorRegistry

from watchkeeper.api.access import AccessMiddleware, AccessPolicy
from watchkeeper.api.app import create_app
from watchkeeper.api.deps import ApiDeps
from watchkeeper.api.live import LiveFeed
from watchkeeper.health.checks import HealthChecks
from watchkeeper.kernel.clock import FakeClock
from watchkeeper.ledger import Ledger
from watchkeeper.model.status import EngineStatus, IngestStatus, ServerStatus
from watchkeeper.store.client import Rows, as_text
from watchkeeper.store.errors import EngineError
from watchkeeper.store.migrate import migrations

# 2026-03-02T10:00:00Z, a Monday.
NOON_NS = 1_772_445_600_000_000_000
SECOND = 1_000_000_000


class Store:
    """The span table of an engine inside this process; `select` has the signature of the server's client."""

    def __init__(self, folder: Path) -> None:
        self._connection = chdb.connect(str(folder))
        self._connection.query("CREATE DATABASE watchkeeper")
        for migration in migrations():
            for statement in migration.statements:
                # Prices are none of the API's business.
                if re.match(
                    r"(CREATE|ALTER) TABLE \{database\}\.span(s|_minutes|_minutes_done)\b", statement
                ):
                    self._connection.query(statement.rstrip(";").replace("{database}", "watchkeeper"))
        self._connection.query("SET output_format_json_quote_64bit_integers = 0")
        self._connection.query("SET output_format_json_quote_denormals = 1")
        self.asked: list[str] = []
        self.failing: EngineError | None = None

    async def select(
        self, sql: str, params: Mapping[str, Any] | None = None, *, timeout_seconds: float = 30.0
    ) -> Rows:
        assert "SETTINGS" not in sql, "readers can't change settings"
        self.asked.append(sql)
        await asyncio.sleep(0)
        if self.failing is not None:
            raise self.failing
        text = {name: as_text(value) for name, value in (params or {}).items()}
        try:
            answer = orjson.loads(self._connection.query(sql, "JSONCompact", params=text).bytes())
        except RuntimeError as error:
            raise EngineError(str(error)) from error
        return Rows(tuple(column["name"] for column in answer["meta"]), answer["data"])

    def clear(self) -> None:
        self.failing = None
        self.asked.clear()
        for table in ("spans", "span_minutes", "span_minutes_done"):
            self._connection.query(f"TRUNCATE TABLE watchkeeper.{table}")

    async def execute(self, sql: str, *, settings: Mapping[str, Any] | None = None) -> bytes:
        params = {name.removeprefix("param_"): value for name, value in (settings or {}).items()}
        try:
            return bytes(self._connection.query(sql, "TabSeparated", params=params).bytes())
        except RuntimeError as error:
            raise EngineError(str(error)) from error

    def insert(self, rows: list[dict[str, Any]]) -> None:
        lines = "\n".join(json.dumps(row) for row in rows)
        self._connection.query(f"INSERT INTO watchkeeper.spans FORMAT JSONEachRow {lines}")

    def close(self) -> None:
        self._connection.close()


@dataclass
class Spans:
    """Makes spans with sensible defaults: `spans.add(trace="a", agent="planner", at=-60)`."""

    store: Store
    now_ns: int
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1_000_000))

    @staticmethod
    def trace_id(number: int) -> str:
        return f"{number:032x}"

    @staticmethod
    def span_id(number: int) -> str:
        return f"{number:016x}"

    def row(
        self,
        *,
        trace: int = 1,
        at: float = -60.0,
        seconds: float = 1.0,
        project: str = "default",
        span: int | None = None,
        parent: int | None = None,
        operation: str = "",
        name: str | None = None,
        agent: str = "",
        error: str = "",
        weight: float = 1.0,
        cost: int | None = 0,
        attributes: Mapping[str, str] | None = None,
        resource: Mapping[str, str] | None = None,
        **columns: Any,
    ) -> dict[str, Any]:
        start_ns = self.now_ns + round(at * SECOND)
        return {
            "Project": project,
            "ReceivedAt": f"{(start_ns + SECOND) / 1e9:.3f}",
            "RequestId": 1,
            "Timestamp": f"{start_ns // SECOND}.{start_ns % SECOND:09d}",
            "TraceId": self.trace_id(trace),
            "SpanId": f"{next(self.numbers) if span is None else span:016x}",
            "ParentSpanId": "" if parent is None else f"{parent:016x}",
            "SpanName": name or f"{operation} {agent}".strip() or "work",
            "SpanKind": "Internal",
            "ServiceName": "orchestrator",
            "Operation": operation,
            "Agent": agent,
            "Duration": round(seconds * SECOND),
            "StatusCode": "Error" if error else "Unset",
            "ErrorType": error,
            "StatusMessage": f"{error} happened" if error else "",
            "SampleWeight": weight,
            "CostNanoUSD": cost,
            "SpanAttributes": dict(attributes or {}),
            "ResourceAttributes": dict(resource or {}),
            **columns,
        }

    def add(self, **what: Any) -> dict[str, Any]:
        row = self.row(**what)
        self.store.insert([row])
        return row

    def add_all(self, rows: list[dict[str, Any]]) -> None:
        self.store.insert(rows)

    def llm(self, *, input: int = 100, output: int = 10, model: str = "gpt-5", **what: Any) -> dict[str, Any]:
        what = {"operation": "chat", "cost": 1_000_000, **what}
        return self.add(Model=model, Provider="openai", InputTokens=input, OutputTokens=output, **what)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store(tmp_path_factory.mktemp("engine"))
    yield store
    store.close()


@pytest.fixture
def store(engine: Store) -> Store:
    engine.clear()
    return engine


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON_NS)


@pytest.fixture
def spans(store: Store) -> Spans:
    return Spans(store, NOON_NS)


@pytest.fixture
async def ledger(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Ledger]:
    async with await Ledger.open(tmp_path / "ledger.db", clock) as opened:
        yield opened


@pytest.fixture
def feed() -> LiveFeed:
    return LiveFeed()


STATUS = ServerStatus(
    version="0.1.0",
    started_ns=NOON_NS - 90 * SECOND,
    memory_bytes=50_000_000,
    ingest=IngestStatus(1_000, 990, 12_345, 0.5, 0),
    engine=EngineStatus(ready=True, restarts=1, memory_bytes=300_000_000),
)

MakeDeps = Callable[..., ApiDeps]


@pytest.fixture
def make_deps(store: Store, clock: FakeClock, ledger: Ledger, feed: LiveFeed) -> MakeDeps:
    """Collaborators of an API that listens on loopback; keyword arguments replace some."""
    policy = AccessPolicy(ledger.tokens, clock, host="127.0.0.1")

    async def status() -> ServerStatus:
        return STATUS

    def make(**replaced: Any) -> ApiDeps:
        deps: dict[str, Any] = {
            "select": store.select,
            "clock": clock,
            "tokens": ledger.tokens,
            "audit": ledger.audit,
            "status": status,
            "health": HealthChecks([], clock, timeout_seconds=1).report,
            "feed": feed,
            "registry": CollectorRegistry(),
            "guard": lambda app: AccessMiddleware(app, policy),
        }
        return ApiDeps(**{**deps, **replaced})

    return make


@pytest.fixture
def client_of() -> Callable[[ApiDeps], httpx.AsyncClient]:
    return _client


def _client(deps: ApiDeps) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=create_app(deps), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:7070")


@pytest.fixture
async def api(make_deps: MakeDeps) -> AsyncIterator[httpx.AsyncClient]:
    async with _client(make_deps()) as client:
        yield client
