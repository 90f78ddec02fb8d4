import asyncio
import contextlib
import gc
import json

import pytest
from opentelemetry import trace
from opentelemetry.trace import StatusCode

import watchkeeper as wk
from watchkeeper.semconv import attributes as a


def current_span_id():
    return trace.get_current_span().get_span_context().span_id


def test_functions(recorded):
    @wk.task("add", agent="adder")
    def add(x, y=1):
        """Adds."""
        return x + y

    assert [add(1), add(2, y=5)] == [2, 7]
    assert (add.__name__, add.__doc__) == ("add", "Adds.")
    assert [span.name for span in recorded.spans] == ["task add", "task add"]
    assert len({span.context.span_id for span in recorded.spans}) == 2


def test_the_name_comes_from_the_function_when_none_is_given(recorded):
    @wk.task()
    def summarise():
        return 1

    assert summarise() == 1
    assert recorded.span("task summarise").attributes[a.TASK_TYPE] == "summarise"


async def test_coroutines_run_side_by_side_in_spans_of_their_own(recorded):
    @wk.agent("worker")
    async def work(n):
        await asyncio.sleep(0.01)
        with wk.tool(f"t{n}"):
            await asyncio.sleep(0.01)
        return n

    with wk.workflow("w"):
        assert await asyncio.gather(*(work(n) for n in range(5))) == [0, 1, 2, 3, 4]

    [(root, children)] = recorded.tree()
    assert root == "invoke_workflow w"
    assert sorted(children) == [("invoke_agent worker", [(f"execute_tool t{n}", [])]) for n in range(5)]


def test_recursion_nests(recorded):
    @wk.task("count")
    def count(n):
        return n and 1 + count(n - 1)

    assert count(2) == 2
    assert recorded.tree() == [("task count", [("task count", [("task count", [])])])]


def test_a_tool_notes_its_arguments_and_result(recorded):
    class Archive:
        @wk.tool("search")
        def search(self, query, limit=10, **filters):
            return {"hits": [query]}

    Archive().search("whales", year=1851)
    found = recorded.span("execute_tool search").attributes
    assert json.loads(found[a.TOOL_CALL_ARGUMENTS]) == {"query": "whales", "filters": {"year": 1851}}
    assert json.loads(found[a.TOOL_CALL_RESULT]) == {"hits": ["whales"]}


def test_wrong_arguments_fail_as_they_would_without_the_decorator(recorded):
    @wk.tool()
    def one(x):
        return x

    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        one()
    assert recorded.span("execute_tool one").status.status_code is StatusCode.ERROR


def test_a_generator_is_one_span_and_does_not_leak_into_its_consumer(recorded):
    seen = []

    @wk.tool("stream")
    def numbers():
        for n in range(3):
            seen.append(current_span_id())
            yield n

    with wk.task("read") as task:
        outside = int(task.span_id, 16)
        for _ in numbers():
            assert current_span_id() == outside
    span = recorded.span("execute_tool stream")
    assert set(seen) == {span.context.span_id}
    assert span.parent.span_id == outside
    assert span.status.status_code is StatusCode.UNSET


def test_a_generator_passes_on_what_is_sent_thrown_and_returned(recorded):
    @wk.task("echo")
    def echo():
        heard = yield "ready"
        try:
            yield heard
        except KeyError:
            yield "caught"
        return "done"

    def outer():
        return (yield from echo())

    generator = outer()
    assert next(generator) == "ready"
    assert generator.send("hello") == "hello"
    assert generator.throw(KeyError("x")) == "caught"
    with pytest.raises(StopIteration) as stop:
        next(generator)
    assert stop.value.value == "done"
    assert recorded.span("task echo").status.status_code is StatusCode.UNSET


def test_a_generator_that_is_left_early_ends_well(recorded):
    closed = []

    @wk.task("early", agent="a")
    def endless():
        try:
            while True:
                yield 1
        finally:
            closed.append(True)

    for _ in endless():
        break
    gc.collect()
    assert closed == [True]
    assert recorded.span("task early").status.status_code is StatusCode.UNSET
    assert recorded.value("agent_tasks_completed_total", agent="a", task_type="early") == 1


def test_an_error_in_a_generator_is_recorded(recorded):
    @wk.task("broken")
    def broken():
        yield 1
        raise OSError("disk full")

    with pytest.raises(OSError):
        list(broken())
    assert recorded.span("task broken").attributes["error.type"] == "OSError"


async def test_async_generators(recorded):
    inside = []

    @wk.llm_call("gpt-4.1")
    async def stream():
        for word in ("a", "b"):
            await asyncio.sleep(0)
            inside.append(current_span_id())
            yield word

    assert [word async for word in stream()] == ["a", "b"]
    assert set(inside) == {recorded.span("chat gpt-4.1").context.span_id}


async def test_an_async_generator_closed_by_another_task_ends_quietly(recorded, caplog):
    @wk.llm_call("gpt-4.1")
    async def stream():
        while True:
            yield "word"

    async def consume():
        generator = stream()
        async for _ in generator:
            return generator
        return None

    generator = await asyncio.create_task(consume())
    await asyncio.create_task(generator.aclose())
    assert recorded.span("chat gpt-4.1").status.status_code is StatusCode.UNSET
    assert not caplog.records


async def test_a_with_block_in_an_async_generator_closed_elsewhere_does_not_raise(recorded, caplog):
    async def stream():
        async with wk.llm_call("m"):
            yield 1
            yield 2

    generator = stream()
    assert await asyncio.create_task(anext(generator)) == 1
    await asyncio.create_task(generator.aclose())
    assert recorded.span("chat m").status.status_code is StatusCode.UNSET
    assert not [record for record in caplog.records if record.levelno >= 30]


async def test_async_generator_errors_and_throws(recorded):
    @wk.task("fragile")
    async def fragile():
        with contextlib.suppress(KeyError):
            yield 1
        yield 2
        raise RuntimeError("later")

    generator = fragile()
    assert await anext(generator) == 1
    assert await generator.athrow(KeyError("k")) == 2
    with pytest.raises(RuntimeError):
        await anext(generator)
    assert recorded.span("task fragile").attributes["error.type"] == "RuntimeError"


def test_without_configure_functions_just_run():
    @wk.tool()
    def plain(x):
        return x

    @wk.task()
    def generating():
        yield from (1, 2)

    assert plain(3) == 3
    assert list(generating()) == [1, 2]
    with wk.workflow("w") as workflow, wk.llm_call("m") as call:
        call.usage(input_tokens=1).messages(input="x").cost(1)
    assert workflow.trace_id == "0" * 32
    step = wk.task("callback")
    step.begin()
    step.resume()
    assert wk.current().name == ""
    step.pause()
    step.finish()
