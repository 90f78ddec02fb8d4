import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from opentelemetry import baggage, propagate
from opentelemetry import context as otel_context

import watchkeeper as wk
from watchkeeper.semconv import attributes as a


def test_a_message_carries_the_trace_and_its_scope(recorded):
    with wk.workflow("brief", conversation_id="c-1"), wk.task("plan", type="planning"), wk.agent("planner"):
        message = {"body": "work"}
        assert wk.inject(message) is message

    assert set(message) >= {"body", "traceparent", "baggage"}
    with wk.extract(message), wk.llm_call("m"):
        pass
    span = recorded.span("chat m")
    assert span.parent.is_remote
    assert span.context.trace_id == recorded.span("invoke_workflow brief").context.trace_id
    assert span.parent.span_id == recorded.span("invoke_agent planner").context.span_id
    assert span.attributes[a.WORKFLOW_NAME] == "brief"
    assert span.attributes[a.TASK_TYPE] == "planning"
    assert span.attributes[a.AGENT_NAME] == "planner"
    assert span.attributes[a.CONVERSATION_ID] == "c-1"


def test_names_that_headers_cannot_hold_come_through(recorded):
    with wk.workflow("Prüfung, täglich; 100 %=ja"):
        carrier = wk.inject({})
    carrier["baggage"].encode("ascii")
    with wk.extract(carrier), wk.tool("t"):
        pass
    assert recorded.span("execute_tool t").attributes[a.WORKFLOW_NAME] == "Prüfung, täglich; 100 %=ja"


def test_other_baggage_is_kept_and_stays_out_of_the_attributes(recorded):
    token = otel_context.attach(baggage.set_baggage("tenant", "42"))
    try:
        with wk.workflow("w"):
            carrier = wk.inject({})
    finally:
        otel_context.detach(token)
    with wk.extract(carrier), wk.tool("t"):
        assert baggage.get_baggage("tenant") == "42"
    assert "tenant" not in recorded.span("execute_tool t").attributes


def test_instrumented_http_clients_and_servers_carry_the_scope_too(recorded):
    with wk.workflow("w"), wk.agent("caller"):
        headers = {}
        propagate.inject(headers)
    context = propagate.extract(headers)
    token = otel_context.attach(context)
    try:
        with wk.tool("t"):
            pass
    finally:
        otel_context.detach(token)
    assert recorded.span("execute_tool t").attributes[a.AGENT_NAME] == "caller"


def test_headers_come_in_many_shapes(recorded):
    with wk.workflow("w"):
        carrier = wk.inject({})
    trace_id = recorded.span("invoke_workflow w").context.trace_id
    shapes = [
        carrier,
        {key.upper(): value for key, value in carrier.items()},
        {key.title(): value for key, value in carrier.items()},
        [(key.encode(), value.encode()) for key, value in carrier.items()],
    ]
    for number, shape in enumerate(shapes):
        with wk.extract(shape), wk.tool(f"t{number}"):
            pass
        assert recorded.span(f"execute_tool t{number}").context.trace_id == trace_id


def test_a_carrier_without_a_trace_or_with_rubbish_changes_nothing(recorded):
    rubbish = [{}, {"traceparent": "00-zz"}, {"baggage": "=;,%%%"}, [], {"traceparent": ""}]
    with wk.workflow("w"):
        for number, carrier in enumerate(rubbish):
            with wk.extract(carrier), wk.tool(f"t{number}"):
                pass
    [(_, children)] = recorded.tree()
    assert len(children) == len(rubbish)


def test_threads_need_bind(recorded):
    def work(n):
        with wk.tool(f"t{n}"):
            pass

    with wk.workflow("w"), ThreadPoolExecutor(3) as pool:
        list(pool.map(wk.bind(work), range(6)))
        thread = threading.Thread(target=work, args=(99,))
        thread.start()
        thread.join()
    names = {name for name, _ in dict(recorded.tree())["invoke_workflow w"]}
    assert names == {f"execute_tool t{n}" for n in range(6)}
    assert recorded.span("execute_tool t99").parent is None


async def test_asyncio_tasks_and_worker_threads_need_nothing(recorded):
    def blocking():
        with wk.tool("blocking"):
            pass

    async def child():
        with wk.tool("child"):
            await asyncio.sleep(0)

    with wk.agent("a"):
        await asyncio.gather(asyncio.create_task(child()), asyncio.to_thread(blocking))
    [(_, children)] = recorded.tree()
    assert sorted(name for name, _ in children) == ["execute_tool blocking", "execute_tool child"]


CHILD = """
import os, sys, watchkeeper as wk
wk.configure("child", endpoint=sys.argv[1])
with wk.extract(os.environ), wk.agent("helper"):
    pass
"""


def test_a_child_process_continues_the_trace(recorded, sink):
    with wk.workflow("w"), wk.task("t", type="tt"):
        environment = wk.environment()
    assert environment["TRACEPARENT"].startswith("00-")
    assert environment["PATH"] == os.environ["PATH"]
    subprocess.run([sys.executable, "-c", CHILD, sink.url], env=environment, check=True, timeout=60)

    from otlp_sink import attributes

    [span] = sink.spans()
    assert span.trace_id.hex() == f"{recorded.span('invoke_workflow w').context.trace_id:032x}"
    assert span.parent_span_id.hex() == f"{recorded.span('task t').context.span_id:016x}"
    found = attributes(span)
    assert (found[a.WORKFLOW_NAME], found[a.TASK_TYPE], found[a.AGENT_NAME]) == ("w", "tt", "helper")


def _in_a_pool(job):
    with wk.extract(job["carrier"]), wk.tool("pooled"):
        return json.dumps({"trace": wk.current().trace_id, "inner": wk.inject({})})


def test_a_forked_worker_continues_the_trace(recorded):
    with wk.workflow("w") as workflow:
        job = {"carrier": dict(wk.inject({}))}
    with multiprocessing.get_context("fork").Pool(1) as pool:
        answer = json.loads(pool.apply(_in_a_pool, (job,)))
    assert answer["trace"] == workflow.trace_id
    assert workflow.trace_id in answer["inner"]["traceparent"]
