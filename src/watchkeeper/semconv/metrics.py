"""The metric catalogue: every metric's name, type, unit, labels and buckets, declared once.

The SDK makes its instruments from it, the documentation is generated from it
(``python -m watchkeeper.semconv``), and dashboards and rules are tested against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from watchkeeper.semconv import attributes as a

Type = Literal["counter", "gauge", "histogram"]
Unit = Literal["", "s", "By", "USD", "{token}", "1"]
Origin = Literal["sdk", "process", "server"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the catalogue.

    name:    Prometheus name; dashboards and rules are written against it
    unit:    UCUM unit as OpenTelemetry writes it; '' for plain counts
    labels:  label names, in the order in which the SDK passes their values
    buckets: upper bounds of a histogram, without +Inf; () otherwise
    otlp:    name under which the metric travels over OTLP
    help:    one sentence
    origin:  who produces it: 'sdk', 'process' (prometheus_client's process
             collector) or 'server' (derived by the watchkeeper server)
    """

    name: str
    type: Type
    unit: Unit
    labels: tuple[str, ...]
    buckets: tuple[float, ...]
    otlp: str
    help: str
    origin: Origin


# The names that users' dashboards fixed before the naming rules were asked.
NAMING_EXCEPTIONS: Final = frozenset({"tasks_queued_total", "pending_approvals_count"})

# Tasks and workflows last from tens of milliseconds to an hour; 0.5, 2.5, 5 and
# 10 are what alert rules and the heat map ask for.
TASK_SECONDS: Final = (
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0,
)  # fmt: skip
WORKFLOW_SECONDS: Final = (
    0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0,
)  # fmt: skip
STEP_SECONDS: Final = (
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
# People answer approvals: the SLA is 60 s, 120 s is red.
APPROVAL_SECONDS: Final = (
    1.0, 5.0, 10.0, 30.0, 45.0, 60.0, 90.0, 120.0, 300.0, 600.0, 1800.0, 3600.0,
)  # fmt: skip
# The buckets which OpenTelemetry's HTTP and database conventions ask for.
CALL_SECONDS: Final = (
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
)  # fmt: skip

# Which span attribute fills which label.
LABEL_ATTRIBUTES: Final = MappingProxyType(
    {
        "agent": a.AGENT_NAME,
        "task_type": a.TASK_TYPE,
        "workflow": a.WORKFLOW_NAME,
        "provider": a.PROVIDER_NAME,
        "model": a.REQUEST_MODEL,
        "from_agent": a.FROM_AGENT,
        "to_agent": a.TO_AGENT,
        "decision_type": a.DECISION_TYPE,
        "error_type": a.ERROR_TYPE,
        "phase_id": a.PHASE_ID,
        "skill": a.SKILL,
        "state": a.STATE_NAME,
        "rule": a.SAFETY_RULE,
    }
)

_TASK: Final = ("agent", "task_type")
_AGENT: Final = ("agent",)
_HTTP: Final = ("http_request_method", "http_route", "http_response_status_code")
_DB: Final = ("db_system_name", "db_operation_name")


def _counter(
    name: str, otlp: str, text: str, labels: tuple[str, ...] = (), unit: Unit = "", origin: Origin = "sdk"
) -> Metric:
    return Metric(name, "counter", unit, labels, (), otlp, text, origin)


def _gauge(
    name: str, otlp: str, text: str, labels: tuple[str, ...] = (), unit: Unit = "", origin: Origin = "sdk"
) -> Metric:
    return Metric(name, "gauge", unit, labels, (), otlp, text, origin)


def _seconds(
    name: str, otlp: str, text: str, buckets: tuple[float, ...], labels: tuple[str, ...] = ()
) -> Metric:
    return Metric(name, "histogram", "s", labels, buckets, otlp, text, "sdk")


GROUPS: Final[Mapping[str, tuple[Metric, ...]]] = MappingProxyType(
    {
        "Agents and tasks": (
            _counter("agent_tasks_started_total", "agent.tasks.started", "Tasks started.", _TASK),
            _counter(
                "agent_tasks_completed_total",
                "agent.tasks.completed",
                "Tasks that ended without an error.",
                _TASK,
            ),
            _counter(
                "agent_tasks_failed_total", "agent.tasks.failed", "Tasks that ended in an error.", _TASK
            ),
            _gauge("agent_active_tasks", "agent.active_tasks", "Tasks running now.", _TASK),
            _seconds(
                "agent_task_duration_seconds",
                "agent.task.duration",
                "How long tasks took.",
                TASK_SECONDS,
                _TASK,
            ),
            _gauge("agent_cost_per_day", "agent.cost.per_day", "USD spent since 00:00 UTC.", _AGENT, "USD"),
            _counter(
                "agent_cost_usd_total",
                "agent.cost",
                "USD spent on model calls.",
                ("agent", "model", "provider"),
                "USD",
            ),
            _counter(
                "agent_tokens_total",
                "agent.tokens",
                "Tokens used; type is input, output, cache_read, cache_write or reasoning (the last three are parts of the first two).",
                ("agent", "model", "type"),
                "{token}",
            ),
            _gauge(
                "tasks_queued_total",
                "tasks.queued",
                "Tasks waiting in the queue now (a gauge; the name is fixed by its users).",
                ("phase_id",),
            ),
            _gauge(
                "agent_heartbeat_timestamp_seconds",
                "agent.heartbeat.timestamp",
                "Unix time of the last heartbeat.",
                _AGENT,
                "s",
            ),
            _gauge(
                "agent_info",
                "agent.info",
                "Always 1; what is known of the agent.",
                ("agent", "version", "owner"),
            ),
            _gauge(
                "agent_status",
                "agent.status",
                "1 for the state that the agent is in, 0 for the others.",
                ("agent", "state"),
            ),
            _gauge("agent_up", "agent.up", "1 while the agent is heard from.", _AGENT),
            _gauge("agent_stuck", "agent.stuck", "1 while the agent makes no progress.", _AGENT),
        ),
        "Handoffs, decisions, context": (
            _counter(
                "agent_handoffs_total",
                "agent.handoffs",
                "Handoffs from one agent to another.",
                ("from_agent", "to_agent"),
            ),
            _seconds(
                "agent_handoff_duration_seconds",
                "agent.handoff.duration",
                "How long handoffs took.",
                STEP_SECONDS,
                ("from_agent", "to_agent"),
            ),
            _counter(
                "agent_decisions_total", "agent.decisions", "Decisions taken.", ("agent", "decision_type")
            ),
            _seconds(
                "agent_decision_duration_seconds",
                "agent.decision.duration",
                "How long decisions took.",
                STEP_SECONDS,
                ("agent", "decision_type"),
            ),
            _gauge(
                "agent_context_tokens",
                "agent.context.tokens",
                "Tokens in the agent's context.",
                _AGENT,
                "{token}",
            ),
            _gauge("agent_context_items", "agent.context.items", "Items in the agent's context.", _AGENT),
            _seconds(
                "agent_context_refresh_duration_seconds",
                "agent.context.refresh.duration",
                "How long rebuilding the context took.",
                STEP_SECONDS,
                _AGENT,
            ),
            _counter(
                "agent_errors_total",
                "agent.errors",
                "Errors, counted where they were raised.",
                ("agent", "error_type"),
            ),
            _counter(
                "agent_safety_blocks_total",
                "agent.safety_blocks",
                "What a safety rule refused.",
                ("agent", "rule"),
            ),
            _gauge("agents_active", "agents.active", "Agents with a run in progress."),
            _counter(
                "agent_active_seconds_total", "agent.active_time", "Time spent in agent runs.", _AGENT, "s"
            ),
        ),
        "Security": (
            _counter(
                "skill_access_allowed_total",
                "skill.access.allowed",
                "Permission checks answered with yes.",
                ("agent", "skill"),
            ),
            _counter(
                "skill_access_denied_total",
                "skill.access.denied",
                "Permission checks answered with no.",
                ("agent", "skill"),
            ),
            _counter(
                "permission_escalation_requests_total",
                "permission.escalation_requests",
                "Requests for more permissions.",
                _AGENT,
            ),
            _gauge(
                "active_permissions_granted",
                "permissions.granted.active",
                "Permissions that the agent holds now.",
                _AGENT,
            ),
            _counter(
                "audit_violations_logged_total",
                "audit.violations",
                "Violations written to the audit trail.",
                _AGENT,
            ),
        ),
        "Approvals": (
            _counter(
                "task_approval_requests_total", "task.approval.requests", "Approvals asked for.", _AGENT
            ),
            _seconds(
                "approval_response_time_seconds",
                "approval.response_time",
                "How long people took to answer (the SLA is 60 s).",
                APPROVAL_SECONDS,
            ),
            _gauge(
                "pending_approvals_count",
                "approvals.pending",
                "Approvals that wait for an answer (the name is fixed by its users).",
            ),
            _counter(
                "approval_auto_escalated_total",
                "approval.auto_escalated",
                "Approvals escalated because nobody answered in time.",
            ),
        ),
        "Workflows, state, system": (
            _counter(
                "workflows_completed_total",
                "workflows.completed",
                "Workflow runs that ended without an error.",
                ("workflow",),
            ),
            _counter(
                "workflows_failed_total",
                "workflows.failed",
                "Workflow runs that ended in an error.",
                ("workflow",),
            ),
            _seconds(
                "workflow_duration_seconds",
                "workflow.duration",
                "How long workflow runs took.",
                WORKFLOW_SECONDS,
                ("workflow",),
            ),
            _counter("state_saves_total", "state.saves", "Times that state was saved.", ("state",)),
            _seconds(
                "state_load_duration_seconds",
                "state.load.duration",
                "How long loading state took.",
                STEP_SECONDS,
                ("state",),
            ),
            _gauge("state_file_size_bytes", "state.file.size", "Size of the saved state.", ("state",), "By"),
            _gauge(
                "process_resident_memory_bytes",
                "process.memory.usage",
                "Resident memory of the process.",
                (),
                "By",
                origin="process",
            ),
            _counter(
                "process_cpu_seconds_total",
                "process.cpu.time",
                "CPU time of the process, user and system.",
                (),
                "s",
                origin="process",
            ),
            _gauge(
                "process_open_fds",
                "process.open_file_descriptor.count",
                "Open file descriptors of the process.",
                origin="process",
            ),
            _gauge(
                "event_loop_lag_seconds", "event_loop.lag", "How late the event loop runs a timer.", (), "s"
            ),
            _gauge(
                "llm_ratelimit_remaining_ratio",
                "llm.ratelimit.remaining",
                "Share of the provider's rate limit that is left, 0 to 1.",
                ("provider", "model"),
                "1",
            ),
        ),
        "API and database": (
            _seconds(
                "http_server_request_duration_seconds",
                "http.server.request.duration",
                "How long HTTP requests took to serve.",
                CALL_SECONDS,
                _HTTP,
            ),
            _seconds(
                "db_client_operation_duration_seconds",
                "db.client.operation.duration",
                "How long database calls took.",
                CALL_SECONDS,
                _DB,
            ),
        ),
    }
)

CATALOGUE: Final[Mapping[str, Metric]] = MappingProxyType(
    {metric.name: metric for rows in GROUPS.values() for metric in rows}
)
