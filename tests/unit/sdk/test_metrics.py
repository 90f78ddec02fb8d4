import pytest
from prometheus_client import CollectorRegistry, Counter

import watchkeeper as wk
from watchkeeper.sdk import guard, metrics
from watchkeeper.sdk.metrics import Instruments
from watchkeeper.semconv import CATALOGUE


def test_a_task_is_started_active_completed_and_timed(recorded):
    labels = {"agent": "writer", "task_type": "writing"}
    with wk.task("t", type="writing", agent="writer"):
        assert recorded.value("agent_tasks_started_total", **labels) == 1
        assert recorded.value("agent_active_tasks", **labels) == 1
    assert recorded.value("agent_active_tasks", **labels) == 0
    assert recorded.value("agent_tasks_completed_total", **labels) == 1
    assert recorded.value("agent_task_duration_seconds_count", **labels) == 1
    assert recorded.value("agent_task_duration_seconds_bucket", le="2.5", **labels) == 1
    assert recorded.value("agent_tasks_failed_total", **labels) == 0


def test_an_error_counts_once_however_far_it_travels(recorded):
    with pytest.raises(OSError), wk.workflow("w"), wk.task("t", agent="a"), wk.agent("a"), wk.tool("x"):
        raise OSError("disk")
    assert recorded.value("agent_errors_total", agent="a", error_type="OSError") == 1
    assert recorded.value("agent_tasks_failed_total", agent="a", task_type="t") == 1
    assert recorded.value("workflows_failed_total", workflow="w") == 1
    assert recorded.value("workflow_duration_seconds_count", workflow="w") == 1


def test_a_task_belongs_to_the_first_agent_that_works_on_it(recorded):
    with wk.task("t"):
        with wk.agent("first"):
            pass
        with wk.agent("second"):
            pass
    assert recorded.value("agent_tasks_started_total", agent="first", task_type="t") == 1
    assert recorded.value("agent_tasks_completed_total", agent="first", task_type="t") == 1
    assert recorded.value("agent_active_tasks", agent="first", task_type="t") == 0
    assert recorded.span("task t").attributes["gen_ai.agent.name"] == "first"
    assert recorded.value("agent_tasks_completed_total", agent="second", task_type="t") is None


def test_that_agent_may_come_from_another_instrumentation(recorded, foreign_tracer):
    with wk.task("t"):
        attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "theirs"}
        foreign_tracer().start_span("invoke_agent theirs", attributes=attributes).end()
    assert recorded.span("task t").attributes["gen_ai.agent.name"] == "theirs"
    assert recorded.value("agent_tasks_completed_total", agent="theirs", task_type="t") == 1


def test_a_task_that_nobody_worked_on_counts_all_the_same(recorded):
    with wk.task("t"):
        pass
    assert recorded.value("agent_tasks_started_total", agent="", task_type="t") == 1
    assert recorded.value("agent_tasks_completed_total", agent="", task_type="t") == 1
    assert recorded.value("agent_active_tasks", agent="", task_type="t") == 0


def test_an_agent_run_counts_as_a_task_only_outside_of_one(recorded):
    with wk.agent("loner"):
        pass
    with wk.task("t", agent="busy"), wk.agent("busy"):
        pass
    assert recorded.value("agent_tasks_completed_total", agent="loner", task_type="") == 1
    assert recorded.value("agent_tasks_completed_total", agent="busy", task_type="t") == 1
    assert recorded.value("agent_tasks_completed_total", agent="busy", task_type="") is None
    assert recorded.value("agent_active_seconds_total", agent="busy") > 0


def test_tokens_and_cost_by_agent_model_and_provider(recorded):
    with wk.agent("a"), wk.llm_call("gpt-4.1", provider="openai") as call:
        call.usage(input_tokens=100, output_tokens=20, cache_read=60, reasoning=5).cost(0.25)
    by = {"agent": "a", "model": "gpt-4.1"}
    assert recorded.value("agent_cost_usd_total", provider="openai", **by) == 0.25
    tokens = {
        kind: recorded.value("agent_tokens_total", type=kind, **by)
        for kind in ("input", "output", "cache_read", "reasoning")
    }
    assert tokens == {"input": 100, "output": 20, "cache_read": 60, "reasoning": 5}
    assert recorded.value("agent_tokens_total", type="cache_write", **by) is None


def test_handoffs_decisions_permissions_approvals_and_state(recorded):
    with wk.handoff("a", "b"):
        pass
    with wk.decision("routing", agent="a"):
        pass
    with wk.permission("shell", agent="a") as permission:
        permission.deny()
    with wk.permission("shell", agent="a") as permission:
        permission.allow()
    with wk.approval("deploy", agent="a"):
        assert recorded.value("pending_approvals_count") == 1
    with wk.context_refresh("a") as refresh:
        refresh.size(tokens=9500, items=3)
    with wk.state_save("run") as save:
        save.size(4096)
    with wk.state_load("run"), wk.safety_block("pii", agent="a"):
        pass
    assert recorded.value("agent_handoffs_total", from_agent="a", to_agent="b") == 1
    assert recorded.value("agent_handoff_duration_seconds_count", from_agent="a", to_agent="b") == 1
    assert recorded.value("agent_decisions_total", agent="a", decision_type="routing") == 1
    assert recorded.value("skill_access_denied_total", agent="a", skill="shell") == 1
    assert recorded.value("skill_access_allowed_total", agent="a", skill="shell") == 1
    assert recorded.value("pending_approvals_count") == 0
    assert recorded.value("task_approval_requests_total", agent="a") == 1
    assert recorded.value("approval_response_time_seconds_count") == 1
    assert recorded.value("agent_context_tokens", agent="a") == 9500
    assert recorded.value("agent_context_items", agent="a") == 3
    assert recorded.value("state_saves_total", state="run") == 1
    assert recorded.value("state_file_size_bytes", state="run") == 4096
    assert recorded.value("state_load_duration_seconds_count", state="run") == 1
    assert recorded.value("agent_safety_blocks_total", agent="a", rule="pii") == 1


@pytest.mark.parametrize("metric", CATALOGUE.values(), ids=lambda metric: metric.name)
def test_every_metric_of_the_catalogue_can_be_declared(metric):
    instruments = Instruments(CollectorRegistry())
    values = tuple("x" for _ in metric.labels)
    with guard.strict():
        record = instruments.observe if metric.type == "histogram" else instruments.add
        record(metric.name, 2.0, values)
    labels = dict(zip(metric.labels, values, strict=True))
    name = f"{metric.name}_sum" if metric.type == "histogram" else metric.name
    assert instruments.registry.get_sample_value(name, labels) == 2.0
    for bound in metric.buckets:
        assert (
            instruments.registry.get_sample_value(f"{metric.name}_bucket", {**labels, "le": str(bound)})
            is not None
        )


def test_a_metric_of_that_name_that_the_host_has_already_stays(caplog):
    registry = CollectorRegistry()
    Counter("agent_handoffs_total", "mine", registry=registry).inc(5)
    instruments = Instruments(registry)
    for _ in range(3):
        instruments.add("agent_handoffs_total", 1, ("a", "b"))
    assert registry.get_sample_value("agent_handoffs_total") == 5
    assert wk.internal_errors() == {"metric agent_handoffs_total": 1}
    assert len(caplog.records) == 1


def test_label_sets_are_bounded(monkeypatch):
    monkeypatch.setattr(metrics, "MAX_CHILDREN", 10)
    instruments = Instruments(CollectorRegistry())
    for n in range(50):
        instruments.add("agent_errors_total", 1, (f"agent-{n}", "E"))
    value = instruments.registry.get_sample_value
    assert value("agent_errors_total", {"agent": "agent-9", "error_type": "E"}) == 1
    assert value("agent_errors_total", {"agent": "agent-10", "error_type": "E"}) is None
    assert value("agent_errors_total", {"agent": "_other", "error_type": "_other"}) == 40


def test_metrics_count_what_sampling_drops():
    registry = CollectorRegistry()
    wk.configure("t", exporter="none", sample=0.0, registry=registry)
    for _ in range(20):
        with wk.task("t", agent="a") as task:
            assert not task.span.is_recording()
    assert registry.get_sample_value("agent_tasks_completed_total", {"agent": "a", "task_type": "t"}) == 20
