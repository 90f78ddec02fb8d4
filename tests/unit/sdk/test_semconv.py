import re
from pathlib import Path

import pytest

from watchkeeper.semconv import (
    CATALOGUE,
    GROUPS,
    KINDS,
    LABEL_ATTRIBUTES,
    NAMING_EXCEPTIONS,
    attributes,
    events,
)
from watchkeeper.semconv.__main__ import markdown

ROOT = Path(__file__).parents[3]

# The names that dashboards, alert rules and clients are written against.
CATALOGUE_NAMES = [
    "agent_tasks_started_total",
    "agent_tasks_completed_total",
    "agent_tasks_failed_total",
    "agent_active_tasks",
    "agent_task_duration_seconds",
    "agent_cost_per_day",
    "agent_cost_usd_total",
    "agent_tokens_total",
    "tasks_queued_total",
    "agent_heartbeat_timestamp_seconds",
    "agent_info",
    "agent_status",
    "agent_up",
    "agent_stuck",
    "agent_handoffs_total",
    "agent_handoff_duration_seconds",
    "agent_decisions_total",
    "agent_decision_duration_seconds",
    "agent_context_tokens",
    "agent_context_items",
    "agent_context_refresh_duration_seconds",
    "agent_errors_total",
    "agent_safety_blocks_total",
    "agents_active",
    "agent_active_seconds_total",
    "skill_access_allowed_total",
    "skill_access_denied_total",
    "permission_escalation_requests_total",
    "active_permissions_granted",
    "audit_violations_logged_total",
    "task_approval_requests_total",
    "approval_response_time_seconds",
    "pending_approvals_count",
    "approval_auto_escalated_total",
    "workflows_completed_total",
    "workflows_failed_total",
    "workflow_duration_seconds",
    "state_saves_total",
    "state_load_duration_seconds",
    "state_file_size_bytes",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
    "process_open_fds",
    "event_loop_lag_seconds",
    "llm_ratelimit_remaining_ratio",
    "http_server_request_duration_seconds",
    "db_client_operation_duration_seconds",
]

CATALOGUE_LABELS = {
    "agent_cost_usd_total": {"agent", "model", "provider"},
    "agent_tokens_total": {"agent", "model", "type"},
    "tasks_queued_total": {"phase_id"},
    "agent_status": {"agent", "state"},
    "agent_handoffs_total": {"from_agent", "to_agent"},
    "agent_decisions_total": {"agent", "decision_type"},
    "agent_context_tokens": {"agent"},
    "agent_context_items": {"agent"},
    "agent_errors_total": {"agent", "error_type"},
    "skill_access_allowed_total": {"agent", "skill"},
    "skill_access_denied_total": {"agent", "skill"},
    "active_permissions_granted": {"agent"},
    "llm_ratelimit_remaining_ratio": {"provider", "model"},
}

UNIT_SUFFIXES = {"s": "_seconds", "By": "_bytes"}


def test_the_catalogue_has_every_name_and_no_other():
    assert set(CATALOGUE) == set(CATALOGUE_NAMES)
    assert len(CATALOGUE) == len(CATALOGUE_NAMES) == sum(len(metrics) for metrics in GROUPS.values())


@pytest.mark.parametrize("name", CATALOGUE_LABELS)
def test_labels_are_those_that_rules_and_dashboards_ask_for(name):
    assert set(CATALOGUE[name].labels) == CATALOGUE_LABELS[name]


def test_task_durations_have_the_buckets_that_rules_ask_for():
    assert {0.5, 2.5, 5, 10} <= set(CATALOGUE["agent_task_duration_seconds"].buckets)
    assert {60, 120} <= set(CATALOGUE["approval_response_time_seconds"].buckets)


def lint(metric):
    """What promtool would say of the name: its rules, without the program."""
    found = []
    if metric.name in NAMING_EXCEPTIONS:
        return found
    if metric.type == "counter" and not metric.name.endswith("_total"):
        found.append("counters should end in _total")
    if metric.type != "counter" and metric.name.endswith("_total"):
        found.append("only counters should end in _total")
    if metric.name.endswith(("_count", "_sum", "_bucket")):
        found.append("reserved suffix")
    if re.search(
        r"_(counter|gauge|histogram|summary|milliseconds|minutes|hours|days|kilobytes|percent)(_|$)",
        metric.name,
    ):
        found.append("type or non-base unit in the name")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", metric.name):
        found.append("not snake_case")
    return found


@pytest.mark.parametrize("metric", CATALOGUE.values(), ids=lambda metric: metric.name)
def test_names_types_and_units_agree(metric):
    assert not lint(metric)
    assert bool(metric.buckets) == (metric.type == "histogram")
    assert list(metric.buckets) == sorted(set(metric.buckets))
    base = metric.name.removesuffix("_total")
    for unit, suffix in UNIT_SUFFIXES.items():
        assert base.endswith(suffix) == (metric.unit == unit), f"{metric.name}: unit {metric.unit!r}"
    assert metric.help.endswith(".")
    assert re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+", metric.otlp)
    assert "_total" not in metric.otlp
    assert len(set(metric.labels)) == len(metric.labels)


def test_the_two_exceptions_are_still_exceptions():
    assert {"tasks_queued_total", "pending_approvals_count"} == NAMING_EXCEPTIONS
    assert all(CATALOGUE[name].type == "gauge" for name in NAMING_EXCEPTIONS)


def test_otlp_names_are_unique():
    assert len({metric.otlp for metric in CATALOGUE.values()}) == len(CATALOGUE)


def test_kinds_name_metrics_that_exist_with_fitting_types():
    expected = {"started": "counter", "completed": "counter", "failed": "counter", "ended": "counter"}
    expected |= {"active": "gauge", "seconds": "histogram"}
    for kind in KINDS.values():
        for field, metric_type in expected.items():
            name = getattr(kind.metrics, field)
            if name:
                assert CATALOGUE[name].type == metric_type, f"{kind.name}.{field}"
                assert all(label in LABEL_ATTRIBUTES for label in CATALOGUE[name].labels)


def test_kinds_are_those_that_the_server_knows():
    assert set(KINDS) == {
        "workflow", "task", "agent", "llm_call", "tool", "handoff", "decision", "approval", "permission",
        "context_refresh", "state_save", "state_load", "safety_block",
    }  # fmt: skip


def test_attribute_keys_are_unique_and_well_formed():
    keys = [value for name, value in vars(attributes).items() if name.isupper() and isinstance(value, str)]
    keys.remove(attributes.OUTCOME_CANCELLED)
    assert len(keys) == len(set(keys))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*", key) for key in keys)


def test_event_types_are_complete():
    named = {value for name, value in vars(events).items() if name.isupper() and isinstance(value, str)}
    assert named == set(events.EVENT_TYPES)
    assert {"monitor.alert.triggered", "monitor.anomaly.detected", "watchdog.remediation.completed"} <= named


def test_the_documentation_is_current():
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert page == markdown(), "run: python -m watchkeeper.semconv > docs/metrics.md"
