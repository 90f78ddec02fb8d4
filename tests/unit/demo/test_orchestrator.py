"""The fleet at work, with its sleeps shortened: what a server would see of it."""

import asyncio
from collections import Counter

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from prometheus_client import CollectorRegistry

from watchkeeper import sdk
from watchkeeper.demo import agent, orchestrator
from watchkeeper.demo.control import Order
from watchkeeper.demo.fleet import FLEET
from watchkeeper.demo.orchestrator import Orchestrator
from watchkeeper.sdk import guard
from watchkeeper.semconv import attributes as a

FASTER = 50


class Hurried:
    """asyncio with shorter sleeps."""

    def __getattr__(self, name):
        return getattr(asyncio, name)

    async def sleep(self, seconds):
        await asyncio.sleep(seconds / FASTER)


@pytest.fixture
def spans(monkeypatch):
    monkeypatch.setattr(agent, "asyncio", Hurried())
    monkeypatch.setattr(orchestrator, "asyncio", Hurried())
    exporter = InMemorySpanExporter()
    with guard.strict():
        sdk.configure(
            "t",
            exporter="none",
            registry=CollectorRegistry(),
            span_processors=[SimpleSpanProcessor(exporter)],
        )
        yield exporter.get_finished_spans
    sdk.shutdown()


async def work(seconds, *orders, seed=7, rate=4.0):
    """Runs the fleet for some (shortened) seconds and returns it."""
    fleet = Orchestrator(seed, rate, lambda _: None)
    running = asyncio.create_task(fleet.run())
    await asyncio.sleep(0)
    for order in orders:
        fleet.inject(order)
    await asyncio.sleep(seconds / FASTER)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    return fleet


def of(spans, kind):
    return [span for span in spans() if span.attributes[a.SPAN_KIND] == kind]


def errors(spans, kind):
    return Counter(
        span.attributes["error.type"].rpartition(".")[2]
        for span in of(spans, kind)
        if span.status.status_code is StatusCode.ERROR
    )


async def test_the_whole_fleet_is_at_work_within_seconds(spans):
    fleet = await work(20)
    assert {span.attributes[a.AGENT_NAME] for span in of(spans, "agent")} == set(FLEET)
    assert fleet.finished > 20
    kinds = {span.attributes[a.SPAN_KIND] for span in spans()}
    assert kinds >= {
        "workflow",
        "task",
        "agent",
        "llm_call",
        "tool",
        "handoff",
        "decision",
        "permission",
        "state_save",
    }


async def test_traces_are_whole_across_the_inboxes(spans):
    await work(20)
    roots = {span.context.trace_id: span for span in of(spans, "workflow")}
    for task in of(spans, "task"):
        root = roots.get(task.context.trace_id)
        if root is not None:
            assert task.parent.span_id == root.context.span_id
            assert task.attributes[a.WORKFLOW_NAME] == root.attributes[a.WORKFLOW_NAME]
            assert task.attributes[a.CONVERSATION_ID] == root.attributes[a.CONVERSATION_ID]


async def test_the_same_seed_makes_the_same_choices(spans):
    def choices(found):
        return {
            (span.attributes[a.CONVERSATION_ID], span.attributes[a.WORKFLOW_NAME])
            for span in found
            if span.attributes[a.SPAN_KIND] == "workflow" and a.OUTCOME not in span.attributes
        }

    def calls(found):
        tokens = Counter()
        for span in found:
            if span.attributes[a.SPAN_KIND] == "llm_call" and a.USAGE_INPUT_TOKENS in span.attributes:
                key = span.attributes[a.CONVERSATION_ID], span.attributes[a.TASK_TYPE]
                tokens[key] += span.attributes[a.USAGE_INPUT_TOKENS]
        return tokens

    await work(15)
    first = spans()
    await work(15)
    second = spans()[len(first) :]
    both = {name for name, _ in choices(first)} & {name for name, _ in choices(second)}
    assert len(both) >= 3
    assert {pair for pair in choices(first) if pair[0] in both} == {
        pair for pair in choices(second) if pair[0] in both
    }
    tokens = {key: count for key, count in calls(first).items() if key[0] in both}
    assert len(tokens) > 30
    assert tokens == {key: count for key, count in calls(second).items() if key[0] in both}


async def test_an_error_spike(spans):
    await work(20, Order("error_spike", 600))
    tasks = of(spans, "task")
    failed = sum(span.status.status_code is StatusCode.ERROR for span in tasks)
    assert 0.2 < failed / len(tasks) < 0.6


async def test_permission_denials(spans):
    await work(20, Order("permission_denials", 600))
    assert errors(spans, "permission")["PermissionDenied"] > 3
    denied = [span for span in of(spans, "permission") if span.attributes.get(a.PERMISSION_GRANTED) is False]
    assert denied


async def test_a_cost_runaway(spans):
    await work(25, Order("cost_runaway", 600))
    cost = Counter()
    for span in of(spans, "llm_call"):
        cost[span.attributes[a.AGENT_NAME]] += span.attributes.get(a.USAGE_COST_AMOUNT, 0)
    assert cost["researcher"] > 10 * sum(value for name, value in cost.items() if name != "researcher")


async def test_a_queue_flood(spans):
    fleet = Orchestrator(7, 1.0, lambda _: None)
    running = asyncio.create_task(fleet.run())
    await asyncio.sleep(0)
    fleet.inject(Order("queue_flood", 600))
    await asyncio.sleep(2 / FASTER)
    assert fleet.queued > 20
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_stuck_agent_makes_its_callers_give_up(spans, monkeypatch):
    monkeypatch.setattr(orchestrator, "STEP_TIMEOUT_SECONDS", 0.3)
    await work(60, Order("stuck_agent", 600, "planner"))
    assert errors(spans, "workflow")["TimeoutError"] > 0
    assert not [span for span in of(spans, "llm_call") if span.attributes[a.AGENT_NAME] == "planner"]


async def test_a_crashed_agent_loses_its_work_and_comes_back(spans):
    said = []
    fleet = Orchestrator(7, 8.0, said.append)
    running = asyncio.create_task(fleet.run())
    await asyncio.sleep(15 / FASTER)
    fleet.inject(Order("crash", 10 / FASTER, "dispatcher"))
    await asyncio.sleep(12 / FASTER)
    before = len([span for span in of(spans, "agent") if span.attributes[a.AGENT_NAME] == "dispatcher"])
    await asyncio.sleep(15 / FASTER)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    lost = errors(spans, "workflow")
    assert lost["AgentUnavailable"] > 0
    assert "dispatcher is back" in said
    after = len([span for span in of(spans, "agent") if span.attributes[a.AGENT_NAME] == "dispatcher"])
    assert after > before
