import importlib.util
import sys
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry

from watchkeeper import sdk
from watchkeeper.sdk import guard

_sink = Path(__file__).with_name("otlp_sink.py")
_spec = importlib.util.spec_from_file_location("otlp_sink", _sink)
otlp_sink = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(otlp_sink)
sys.modules["otlp_sink"] = otlp_sink

VARIABLES = ("OTEL_", "WATCHKEEPER_", "TRACEPARENT", "TRACESTATE", "BAGGAGE")


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    """No test inherits settings, says something twice or leaves the SDK running."""
    import os

    for name in list(os.environ):
        if name.startswith(VARIABLES):
            monkeypatch.delenv(name)
    guard.forget()
    yield
    sdk.shutdown(0.5)
    guard.forget()


class Recorded:
    """What the SDK made: spans by name, and the metrics' registry."""

    def __init__(self):
        self.exporter = InMemorySpanExporter()
        self.registry = CollectorRegistry()

    @property
    def spans(self):
        return list(self.exporter.get_finished_spans())

    def span(self, name):
        found = [span for span in self.spans if span.name == name]
        assert len(found) == 1, f"{name}: {[span.name for span in self.spans]}"
        return found[0]

    def tree(self):
        """``(name, [children])`` by start time."""
        spans = sorted(self.spans, key=lambda span: span.start_time)

        def below(parent):
            return [
                (span.name, below(span.context.span_id))
                for span in spans
                if (span.parent.span_id if span.parent else None) == parent
            ]

        return below(None)

    def value(self, name, **labels):
        return self.registry.get_sample_value(name, labels)


@pytest.fixture
def recorded():
    found = Recorded()
    with guard.strict():
        sdk.configure(
            "test",
            exporter="none",
            registry=found.registry,
            span_processors=[SimpleSpanProcessor(found.exporter)],
        )
        yield found


@pytest.fixture
def sink():
    found = otlp_sink.Sink()
    yield found
    found.close()


@pytest.fixture
def foreign_tracer():
    """A tracer as another instrumentation would get it from the SDK's provider."""
    from watchkeeper.sdk.runtime import state

    return lambda: (state.provider or trace.get_tracer_provider()).get_tracer("some.library")
