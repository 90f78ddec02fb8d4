"""The vocabulary: what spans, metrics and events are called. Data, no logic.

Everything that writes or reads telemetry takes its names from here, so a
renamed convention is one changed line:

- ``attributes``: span and resource attribute keys
- ``kinds``: what an orchestrator does (workflow, task, agent run, ...) and how
  each kind appears as a span and as metrics
- ``metrics``: the metric catalogue
- ``events``: event types of the event stream
"""

from watchkeeper.semconv import attributes, events
from watchkeeper.semconv.kinds import KINDS, Kind, KindMetrics
from watchkeeper.semconv.metrics import CATALOGUE, GROUPS, LABEL_ATTRIBUTES, NAMING_EXCEPTIONS, Metric

__all__ = [
    "CATALOGUE",
    "GROUPS",
    "KINDS",
    "LABEL_ATTRIBUTES",
    "NAMING_EXCEPTIONS",
    "Kind",
    "KindMetrics",
    "Metric",
    "attributes",
    "events",
]
