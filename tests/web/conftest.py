"""A browser page on a real server, and real OTLP to fill it. The UI must be built: `make web`."""

from __future__ import annotations

import json
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from playwright.sync_api import Browser, Page, expect, sync_playwright

WEB = Path(__file__).parents[2] / "web"
# Nothing of a desktop browser that calls out or needs a display.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
STACK = 'Traceback (most recent call last):\n  File "skills.py", line 31, in run\nToolTimeout: no answer within 30 s'


@dataclass
class TraceDraft:
    """Spans of one trace, on their way to an OTLP request. Offsets and lengths in seconds."""

    trace_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    start: float = field(default_factory=lambda: time.time() - 5)
    spans: list[Span] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.trace_id.hex()

    def add(self, name: str, parent: Span | None, at: float, length: float, /, **attributes: Any) -> Span:
        """One more span; `__` in attribute names stands for a dot."""
        begun = int((self.start + at) * 1e9)
        span = Span(
            trace_id=self.trace_id,
            span_id=secrets.token_bytes(8),
            parent_span_id=parent.span_id if parent is not None else b"",
            name=name,
            kind=Span.SPAN_KIND_INTERNAL,
            start_time_unix_nano=begun,
            end_time_unix_nano=begun + int(length * 1e9),
        )
        for key, value in attributes.items():
            put(span.attributes.add(), key.replace("__", "."), value)
        self.spans.append(span)
        return span


def put(pair: Any, key: str, value: str | float) -> None:
    """Fill one protobuf key and value."""
    pair.key = key
    if isinstance(value, str):
        pair.value.string_value = value
    elif isinstance(value, int):
        pair.value.int_value = value
    else:
        pair.value.double_value = value


def fail(span: Span, kind: str, message: str) -> None:
    """Mark a span as failed, the way SDKs record an exception."""
    span.status.code = Status.STATUS_CODE_ERROR
    span.status.message = message
    put(span.attributes.add(), "error.type", kind)
    event = span.events.add(name="exception", time_unix_nano=span.end_time_unix_nano)
    for key, value in (("type", kind), ("message", message), ("stacktrace", STACK)):
        put(event.attributes.add(), f"exception.{key}", value)


def run_of(agent: str, *, failing: bool = False) -> TraceDraft:
    """A workflow in which one agent calls a model and a tool; the tool fails when asked to."""
    trace = TraceDraft()
    common = {"gen_ai__workflow__name": "ticket-to-patch", "gen_ai__agent__name": agent}
    root = trace.add("ticket-to-patch", None, 0, 2, **common, gen_ai__operation__name="invoke_workflow")
    run = trace.add(f"invoke_agent {agent}", root, 0.1, 1.8, **common, gen_ai__operation__name="invoke_agent")
    trace.add(
        "chat gpt-5-mini",
        run,
        0.2,
        0.8,
        **common,
        gen_ai__operation__name="chat",
        gen_ai__provider__name="openai",
        gen_ai__request__model="gpt-5-mini",
        gen_ai__usage__input_tokens=1200,
        gen_ai__usage__output_tokens=80,
        gen_ai__input__messages=messages("user", "Why is the nightly build red?"),
        gen_ai__output__messages=messages("assistant", "The last hour is dropped."),
    )
    tool = trace.add(
        "execute_tool run_tests",
        run,
        1.1,
        0.6,
        **common,
        gen_ai__operation__name="execute_tool",
        gen_ai__tool__name="run_tests",
        gen_ai__tool__call__arguments='{"path": "tests/unit"}',
    )
    if failing:
        fail(tool, "ToolTimeout", "run_tests gave no answer within 30 s")
    return trace


def messages(role: str, text: str) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}])


def post(server: Any, *traces: TraceDraft, per_request: int = 500) -> None:
    """Send traces over OTLP/HTTP; returns once every request is acknowledged."""
    otlp = next(line.split()[1] for line in server.lines if line.startswith("otlp-http "))
    spans = [span for trace in traces for span in trace.spans]
    for at in range(0, len(spans), per_request):
        request = ExportTraceServiceRequest()
        scope = request.resource_spans.add()
        put(scope.resource.attributes.add(), "service.name", "orchestrator")
        scope.scope_spans.add().spans.extend(spans[at : at + per_request])
        call = urllib.request.Request(
            f"{otlp}/v1/traces",
            data=request.SerializeToString(),
            headers={"Content-Type": "application/x-protobuf"},
        )
        with urllib.request.urlopen(call, timeout=30) as answer:
            assert answer.status == 200


def wait_for(server: Any, trace: TraceDraft, seconds: float = 60) -> None:
    """Until the API shows the whole trace."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(
                f"{server.url}/api/v1/traces/{trace.id}?limit=1", timeout=30
            ) as answer:
                if json.load(answer)["span_count"] == len(trace.spans):
                    return
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
        assert time.monotonic() < deadline, "the trace did not become visible"
        time.sleep(0.3)


@dataclass(frozen=True)
class Otlp:
    """What tests of this folder send with."""

    draft: Callable[[], TraceDraft] = TraceDraft
    run_of: Callable[..., TraceDraft] = run_of
    fail: Callable[[Span, str, str], None] = fail
    post: Callable[..., None] = post
    wait_for: Callable[..., None] = wait_for


@pytest.fixture(scope="session")
def otlp() -> Otlp:
    return Otlp()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    if not (WEB / "dist" / "index.html").exists():
        pytest.fail("web/dist is not built: run `make web` first")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh profile; an exception on the page fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="dark")
    page = context.new_page()
    page.set_default_timeout(20_000)
    expect.set_options(timeout=20_000)
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    yield page
    context.close()
    assert broken == []


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which `make web` installs with the other tools."""
    source = WEB / "node_modules" / "axe-core" / "axe.min.js"
    if not source.exists():
        pytest.fail("web/node_modules has no axe-core: run `make web` first")
    return source.read_text()
