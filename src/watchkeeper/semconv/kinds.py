"""What an orchestrator does, and how each kind appears as a span and as metrics.

One row per kind. The SDK's helpers are driven by this table: a new kind is a
new row, not new code in the span path.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from watchkeeper.semconv import attributes as a


@dataclass(frozen=True, slots=True)
class KindMetrics:
    """Which metrics of the catalogue a span of this kind moves, by name.

    started:   counter, +1 when the span starts
    completed: counter, +1 when it ends well
    failed:    counter, +1 when it ends in an error
    ended:     counter, +1 when it ends, well or not
    active:    gauge, +1 at the start and -1 at the end
    seconds:   histogram of the duration
    """

    started: str = ""
    completed: str = ""
    failed: str = ""
    ended: str = ""
    active: str = ""
    seconds: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the kinds table.

    name:           value of ``watchkeeper.span.kind``
    span_name:      template with ``{name}`` (and ``{operation}`` for LLM calls)
    span_kind:      name of the OpenTelemetry SpanKind
    operation:      ``gen_ai.operation.name``; '' where the conventions have none
    name_attribute: the attribute that carries the name the user gave
    stored_as:      value of the server's Operation column; '' means: the
                    operation the call itself names (chat, embeddings, ...)
    scoped:         whether those of its attributes that are in ``attributes.INHERITED``
                    are handed down to the spans inside
    metrics:        which metrics it moves
    help:           one line for the documentation
    """

    name: str
    span_name: str
    name_attribute: str
    stored_as: str
    help: str
    operation: str = ""
    span_kind: Literal["INTERNAL", "CLIENT"] = "INTERNAL"
    scoped: bool = False
    metrics: KindMetrics = KindMetrics()


_ROWS: Final = (
    Kind(
        name="workflow",
        span_name="invoke_workflow {name}",
        name_attribute=a.WORKFLOW_NAME,
        operation="invoke_workflow",
        stored_as="invoke_workflow",
        scoped=True,
        metrics=KindMetrics(
            completed="workflows_completed_total",
            failed="workflows_failed_total",
            seconds="workflow_duration_seconds",
        ),
        help="A run of a whole workflow; usually the root of a trace.",
    ),
    Kind(
        name="task",
        span_name="task {name}",
        name_attribute=a.TASK_NAME,
        stored_as="task",
        scoped=True,
        metrics=KindMetrics(
            started="agent_tasks_started_total",
            completed="agent_tasks_completed_total",
            failed="agent_tasks_failed_total",
            active="agent_active_tasks",
            seconds="agent_task_duration_seconds",
        ),
        help="A unit of work from the orchestrator's queue.",
    ),
    Kind(
        name="agent",
        span_name="invoke_agent {name}",
        name_attribute=a.AGENT_NAME,
        operation="invoke_agent",
        stored_as="invoke_agent",
        scoped=True,
        help="One run of an agent. Outside any task it counts as a task itself.",
    ),
    Kind(
        name="llm_call",
        span_name="{operation} {name}",
        name_attribute=a.REQUEST_MODEL,
        stored_as="",
        span_kind="CLIENT",
        help="A call of a language model, or of an embedding model.",
    ),
    Kind(
        name="tool",
        span_name="execute_tool {name}",
        name_attribute=a.TOOL_NAME,
        operation="execute_tool",
        stored_as="execute_tool",
        help="A call of a tool or skill.",
    ),
    Kind(
        name="handoff",
        span_name="handoff {name}",
        name_attribute=a.TO_AGENT,
        stored_as="handoff",
        metrics=KindMetrics(ended="agent_handoffs_total", seconds="agent_handoff_duration_seconds"),
        help="One agent hands the work to another.",
    ),
    Kind(
        name="decision",
        span_name="decision {name}",
        name_attribute=a.DECISION_TYPE,
        stored_as="decision",
        metrics=KindMetrics(ended="agent_decisions_total", seconds="agent_decision_duration_seconds"),
        help="A choice between alternatives, with its reasons.",
    ),
    Kind(
        name="approval",
        span_name="approval {name}",
        name_attribute=a.APPROVAL_NAME,
        stored_as="approval",
        metrics=KindMetrics(
            started="task_approval_requests_total",
            active="pending_approvals_count",
            seconds="approval_response_time_seconds",
        ),
        help="Waiting for a person's yes or no.",
    ),
    Kind(
        name="permission",
        span_name="permission {name}",
        name_attribute=a.SKILL,
        stored_as="permission",
        help="May this agent use this skill?",
    ),
    Kind(
        name="context_refresh",
        span_name="context_refresh {name}",
        name_attribute=a.AGENT_NAME,
        stored_as="context_refresh",
        metrics=KindMetrics(seconds="agent_context_refresh_duration_seconds"),
        help="An agent's context is rebuilt or compacted.",
    ),
    Kind(
        name="state_save",
        span_name="state_save {name}",
        name_attribute=a.STATE_NAME,
        stored_as="state_save",
        metrics=KindMetrics(completed="state_saves_total"),
        help="State is written to disk or a database.",
    ),
    Kind(
        name="state_load",
        span_name="state_load {name}",
        name_attribute=a.STATE_NAME,
        stored_as="state_load",
        metrics=KindMetrics(seconds="state_load_duration_seconds"),
        help="State is read back.",
    ),
    Kind(
        name="safety_block",
        span_name="safety_block {name}",
        name_attribute=a.SAFETY_RULE,
        stored_as="safety_block",
        metrics=KindMetrics(ended="agent_safety_blocks_total"),
        help="A guard refused an input, an output or an action.",
    ),
)

KINDS: Final[Mapping[str, Kind]] = MappingProxyType({kind.name: kind for kind in _ROWS})
