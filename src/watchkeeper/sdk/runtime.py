"""The SDK's one state per process: configured or not, and with what.

``configure`` may come before any other import, twice, or never: without it every
helper runs the user's code and records nothing.
"""

import atexit
import os
import threading
import uuid
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import trace

from watchkeeper.sdk import guard
from watchkeeper.sdk.metrics import Instruments
from watchkeeper.sdk.settings import Settings, bad_limits_aside, resolve
from watchkeeper.semconv import attributes as a

# The OpenTelemetry SDK takes 100 ms to import and the exporter another 100: the
# imports below wait for configure, so a program that only uses the helpers starts fast.
if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from prometheus_client import CollectorRegistry

    from watchkeeper.sdk.exporting import WatchedExporter

SCOPE_NAME: Final = "watchkeeper"


class State:
    """What the helpers look at on every call; replaced as a whole by configure and shutdown."""

    __slots__ = (
        "active",
        "arguments",
        "capture",
        "exporter",
        "instruments",
        "owned",
        "processors",
        "provider",
        "settings",
        "tracer",
    )

    def __init__(self) -> None:
        self.active = False
        self.capture = False
        self.tracer: trace.Tracer = trace.NoOpTracer()
        self.instruments: Instruments | None = None
        self.settings: Settings | None = None
        self.provider: TracerProvider | None = None
        self.owned = False
        self.processors: tuple[SpanProcessor, ...] = ()
        self.exporter: WatchedExporter | None = None
        self.arguments: dict[str, Any] = {}


state = State()
_lock = threading.RLock()
_instruments: dict[int, Instruments] = {}
_at_exit = False


def configure(
    service_name: str | None = None,
    *,
    endpoint: str | None = None,
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
    project: str | None = None,
    service_namespace: str | None = None,
    sample: float | None = None,
    capture_content: bool | None = None,
    compression: str | None = None,
    registry: "CollectorRegistry | None" = None,
    span_processors: Sequence["SpanProcessor"] = (),
    **more: Any,
) -> None:
    """Sets up tracing, metrics and export. Never raises.

    Arguments win over the environment (``OTEL_*``), the environment over defaults.

    Args:
        service_name: name of this program (OTEL_SERVICE_NAME)
        endpoint: the server's OTLP/HTTP address (OTEL_EXPORTER_OTLP_ENDPOINT), by default http://127.0.0.1:4318
        token: access token, needed when the server isn't on this machine (WATCHKEEPER_TOKEN)
        headers: further headers of each export (OTEL_EXPORTER_OTLP_HEADERS)
        project: written to the resource; which project the server files under follows from the token
        service_namespace: namespace that agent names are unique in
        sample: share of the traces to keep, 0 to 1; metrics count all of them
        capture_content: whether messages, tool arguments and results are sent; on by
            default, since the server is your own (OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT)
        compression: gzip, deflate or none
        registry: Prometheus registry for the metrics, by default the client's global one
        span_processors: further OpenTelemetry span processors, called before the export
        more: the remaining rows of ``watchkeeper.sdk.settings.SETTINGS``
    """
    given = {
        "service_name": service_name,
        "endpoint": endpoint,
        "token": token,
        "headers": headers,
        "project": project,
        "service_namespace": service_namespace,
        "sample": sample,
        "capture_content": capture_content,
        "compression": compression,
        **more,
    }
    arguments = {name: value for name, value in given.items() if value is not None}
    try:
        with _lock:
            if state.active:
                if arguments != state.arguments:
                    guard.say_once(
                        "configured twice",
                        "watchkeeper: configure was called again with other settings; the first ones stay. "
                        "Call shutdown() before configuring anew.",
                    )
                return
            _set_up(resolve(arguments), tuple(span_processors), registry)
            state.arguments = arguments
    except Exception as error:
        guard.failed("configure", error)


def _set_up(
    settings: Settings, extra: tuple["SpanProcessor", ...], registry: "CollectorRegistry | None"
) -> None:
    global _at_exit  # noqa: PLW0603  one hook for the process
    state.settings = settings
    if settings.disabled:
        return
    with bad_limits_aside():
        from watchkeeper.sdk.pipeline import make_processors, make_provider, publish

        provider, owned = make_provider(settings, resource_attributes(settings))
        processors, exporter = make_processors(settings, extra)
    for processor in processors:
        provider.add_span_processor(processor)
    if owned:
        publish(provider)
    from watchkeeper.sdk.propagation import install

    install()
    instruments = Instruments(registry)
    # One set of instruments for a registry: a second would be refused as a duplicate.
    state.instruments = _instruments.setdefault(id(instruments.registry), instruments)
    state.provider, state.processors, state.exporter = provider, processors, exporter
    state.owned = owned
    state.tracer = provider.get_tracer(SCOPE_NAME, sdk_version())
    state.capture = settings.capture_content
    state.active = True
    if not _at_exit:
        _at_exit = True
        atexit.register(shutdown)


def resource_attributes(settings: Settings) -> dict[str, str]:
    """What identifies this process; OTEL_RESOURCE_ATTRIBUTES adds to it."""
    attributes = {
        a.SERVICE_NAME: settings.service_name,
        a.SERVICE_INSTANCE_ID: str(uuid.uuid4()),
        a.SDK_VERSION: sdk_version(),
    }
    if settings.service_namespace:
        attributes[a.SERVICE_NAMESPACE] = settings.service_namespace
    if settings.project:
        attributes[a.PROJECT] = settings.project
    return attributes


def sdk_version() -> str:
    """Version of the installed package."""
    try:
        return version("watchkeeper")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "0"


def force_flush(timeout_seconds: float = 10.0) -> bool:
    """Sends what waits; True when all of it arrived. Never raises.

    With a server that is away it may take as long as one export (``export_timeout_seconds``).
    """
    try:
        lost = export_counts()[1]
        done = [processor.force_flush(int(timeout_seconds * 1000)) for processor in state.processors]
        return all(done) and export_counts()[1] == lost
    except Exception as error:
        guard.failed("force_flush", error)
        return False


def shutdown(timeout_seconds: float | None = None) -> None:
    """Sends what waits, then stops. Runs by itself when the program ends. Never raises."""
    with _lock:
        if not state.active:
            return
        settings, processors, exporter = state.settings, state.processors, state.exporter
        state.active, state.capture = False, False
        state.tracer, state.instruments, state.provider = trace.NoOpTracer(), None, None
        state.processors, state.exporter, state.arguments = (), None, {}
    try:
        seconds = timeout_seconds or (settings.exit_timeout_seconds if settings else 3.0)
        from watchkeeper.sdk.pipeline import close

        close(processors, exporter, seconds)
    except Exception as error:
        guard.failed("shutdown", error)


def _after_fork() -> None:
    """In a forked child: locks that another thread held are free, and the child is an instance of its own."""
    global _lock  # noqa: PLW0603  a lock can't be reset
    _lock = threading.RLock()
    try:
        if state.provider is not None and state.owned:
            from watchkeeper.sdk.pipeline import renew_instance

            renew_instance(state.provider, str(uuid.uuid4()))
    except Exception as error:
        guard.failed("fork", error)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def export_counts() -> tuple[int, int]:
    """Spans sent and spans lost since configure."""
    exporter = state.exporter
    return (exporter.sent, exporter.lost) if exporter is not None else (0, 0)
