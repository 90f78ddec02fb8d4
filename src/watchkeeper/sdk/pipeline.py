"""From a finished span to the wire: provider, processors, exporter.

Imported by ``configure`` only, because it pulls in the OpenTelemetry SDK.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    ConsoleSpanExporter,
    SimpleSpanProcessor,
    SpanExporter,
)
from opentelemetry.sdk.trace.sampling import Sampler

from watchkeeper.sdk import guard, measure, scope
from watchkeeper.sdk.exporting import WatchedExporter
from watchkeeper.sdk.sampling import RatioSampler
from watchkeeper.sdk.settings import Settings
from watchkeeper.semconv import attributes as a

OWN_SCOPE = "watchkeeper"


class InheritedAttributes(SpanProcessor):
    """Stamps workflow, task and agent on the spans which other instrumentations make inside ours."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Adds what the scope hands down and the span doesn't say itself."""
        try:
            instrumentation = span.instrumentation_scope
            if instrumentation is not None and instrumentation.name == OWN_SCOPE:
                return
            around = scope.of(otel_context.get_current() if parent_context is None else parent_context)
            own = span.attributes or {}
            if own.get(a.OPERATION_NAME) == "invoke_agent" and a.AGENT_NAME in own:
                measure.adopt(str(own[a.AGENT_NAME]), around)
            for key, value in around.attributes.items():
                if key not in own:
                    span.set_attribute(key, value)
        except Exception as error:
            guard.failed("inherited attributes", error)


def make_provider(settings: Settings, attributes: Mapping[str, str]) -> tuple[TracerProvider, bool]:
    """A provider, and whether it is ours: one that the host has set up already is used as it is."""
    existing = trace.get_tracer_provider()
    if isinstance(existing, TracerProvider) and not _ours(existing):
        return existing, False
    provider = TracerProvider(
        sampler=_sampler(settings),
        resource=Resource.create(dict(attributes)),
        shutdown_on_exit=False,
    )
    _made.append(provider)
    return provider, True


def publish(provider: TracerProvider) -> None:
    """Makes the provider the global one; OpenTelemetry allows that once in a process."""
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        trace.set_tracer_provider(provider)


def renew_instance(provider: TracerProvider, instance_id: str) -> None:
    """Gives a forked child an identity of its own."""
    # TracerProvider does the same to itself after a fork, with what it knows of the process.
    provider._update_resource(Resource({a.SERVICE_INSTANCE_ID: instance_id}))  # noqa: SLF001  there is no public way


_made: list[TracerProvider] = []


def _ours(provider: TracerProvider) -> bool:
    return any(provider is made for made in _made)


def make_processors(
    settings: Settings, extra: Sequence[SpanProcessor]
) -> tuple[tuple[SpanProcessor, ...], WatchedExporter | None]:
    """The chain of processors, and the exporter at its end (None when nothing is sent)."""
    processors: list[SpanProcessor] = [InheritedAttributes(), *extra]
    exporter: WatchedExporter | None = None
    if settings.exporter == "console":
        processors.append(SimpleSpanProcessor(ConsoleSpanExporter()))
    elif settings.exporter == "otlp":
        exporter = WatchedExporter(partial(_otlp, settings), settings.traces_url)
        processors.append(
            BatchSpanProcessor(
                exporter,
                max_queue_size=settings.queue_size,
                schedule_delay_millis=settings.schedule_delay_ms,
                max_export_batch_size=settings.batch_size,
                export_timeout_millis=settings.export_timeout_seconds * 1000,
            )
        )
    return tuple(processors), exporter


def close(processors: Sequence[SpanProcessor], exporter: WatchedExporter | None, seconds: float) -> None:
    """Flushes and stops, within about ``seconds``."""
    if exporter is not None:
        exporter.close_within(seconds)
    for processor in processors:
        # BatchSpanProcessor.shutdown() waits up to 30 s and takes no argument; what it
        # is made of does. A program must not hang at its end because a server is away.
        inner = getattr(processor, "_batch_processor", None)
        if inner is not None:
            inner.shutdown(timeout_millis=int(seconds * 1000))
        else:
            processor.shutdown()
    if exporter is not None:
        exporter.closed()


def _otlp(settings: Settings) -> SpanExporter:
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(
        endpoint=settings.traces_url,
        headers=settings.export_headers,
        timeout=settings.export_timeout_seconds,
        compression=Compression(settings.compression),
    )


def _sampler(settings: Settings) -> Sampler | None:
    """Ours when a share was asked for; None leaves it to OTEL_TRACES_SAMPLER."""
    return None if settings.sample is None else RatioSampler(settings.sample)
