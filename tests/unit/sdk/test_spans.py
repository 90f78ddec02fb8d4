import asyncio
import json

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

import watchkeeper as wk
from watchkeeper.semconv import attributes as a


def test_a_run_is_one_tree_with_the_conventions_names(recorded):
    with wk.workflow("brief"), wk.task("write", type="writing"), wk.agent("writer"):
        with wk.llm_call("gpt-4.1", provider="openai"):
            pass
        with wk.tool("search"):
            pass
        with wk.decision("routing"):
            pass
        with wk.handoff("writer", "reviewer"):
            pass

    leaves = ["chat gpt-4.1", "execute_tool search", "decision routing", "handoff writer → reviewer"]
    agent = ("invoke_agent writer", [(leaf, []) for leaf in leaves])
    assert recorded.tree() == [("invoke_workflow brief", [("task write", [agent])])]
    assert len({span.context.trace_id for span in recorded.spans}) == 1
    assert recorded.span("chat gpt-4.1").kind is SpanKind.CLIENT
    assert recorded.span("execute_tool search").kind is SpanKind.INTERNAL


def test_spans_inside_inherit_workflow_task_agent_and_conversation(recorded):
    with wk.workflow("brief", conversation_id="c-1", user_id="u-1"):
        with wk.task("write", type="writing"), wk.agent("writer"), wk.llm_call("gpt-4.1"):
            pass
        with wk.tool("archive"):
            pass

    assert recorded.span("chat gpt-4.1").attributes == {
        a.SPAN_KIND: "llm_call",
        a.OPERATION_NAME: "chat",
        a.WORKFLOW_NAME: "brief",
        a.CONVERSATION_ID: "c-1",
        a.USER_ID: "u-1",
        a.TASK_NAME: "write",
        a.TASK_TYPE: "writing",
        a.AGENT_NAME: "writer",
        a.REQUEST_MODEL: "gpt-4.1",
    }
    outside = recorded.span("execute_tool archive").attributes
    assert a.TASK_TYPE not in outside
    assert a.AGENT_NAME not in outside
    assert outside[a.WORKFLOW_NAME] == "brief"


def test_spans_of_other_instrumentations_inherit_too_but_keep_what_they_say(recorded, foreign_tracer):
    tracer = foreign_tracer()
    with wk.workflow("brief"), wk.agent("writer"):
        tracer.start_span("SELECT", attributes={"db.system.name": "sqlite"}).end()
        tracer.start_span("invoke_agent helper", attributes={a.AGENT_NAME: "helper"}).end()
    tracer.start_span("outside").end()

    assert recorded.span("SELECT").attributes == {
        "db.system.name": "sqlite",
        a.WORKFLOW_NAME: "brief",
        a.AGENT_NAME: "writer",
    }
    assert recorded.span("invoke_agent helper").attributes[a.AGENT_NAME] == "helper"
    assert not recorded.span("outside").attributes


def test_an_llm_call_says_tokens_cost_models_and_messages(recorded):
    with wk.llm_call("gpt-4.1", provider="openai", temperature=0.1) as call:
        call.messages(input="What is 2 + 2?", system="Be brief.")
        call.usage(input_tokens=12, output_tokens=3, cache_read=8, cache_write=0, reasoning=1)
        call.cost(0.000048).response_model("gpt-4.1-2025-04-14")
        call.messages(output=[{"role": "assistant", "content": "4", "finish_reason": "stop"}])

    found = recorded.span("chat gpt-4.1").attributes
    assert found[a.USAGE_INPUT_TOKENS] == 12
    assert found[a.USAGE_OUTPUT_TOKENS] == 3
    assert found[a.USAGE_CACHE_READ_TOKENS] == 8
    assert found[a.USAGE_CACHE_WRITE_TOKENS] == 0
    assert found[a.USAGE_REASONING_TOKENS] == 1
    assert (found[a.USAGE_COST_AMOUNT], found[a.USAGE_COST_CURRENCY]) == (0.000048, "USD")
    assert found[a.RESPONSE_MODEL] == "gpt-4.1-2025-04-14"
    assert found[a.REQUEST_TEMPERATURE] == 0.1
    assert json.loads(found[a.INPUT_MESSAGES]) == [
        {"role": "user", "parts": [{"type": "text", "content": "What is 2 + 2?"}]}
    ]
    assert json.loads(found[a.SYSTEM_INSTRUCTIONS]) == [{"type": "text", "content": "Be brief."}]
    assert json.loads(found[a.OUTPUT_MESSAGES]) == [
        {"role": "assistant", "parts": [{"type": "text", "content": "4"}], "finish_reason": "stop"}
    ]


def test_an_embedding_is_named_after_its_operation(recorded):
    with wk.llm_call("text-embedding-3-small", provider="openai", operation="embeddings"):
        pass
    assert recorded.span("embeddings text-embedding-3-small").attributes[a.OPERATION_NAME] == "embeddings"


def test_a_handoff_names_both_agents_in_every_vocabulary(recorded):
    with wk.handoff("planner", "writer", reason="the plan is done", returns=True):
        pass
    found = recorded.span("handoff planner → writer").attributes
    assert found["from_agent"] == found[a.AGENT_NAME] == "planner"
    assert found["to_agent"] == found[a.TRANSFER_TARGET_NAME] == "writer"
    assert found[a.TRANSFER_MODE] == "return_to_caller"
    assert found[a.HANDOFF_REASON] == "the plan is done"


def test_a_decision_records_choice_alternatives_confidence_and_rationale(recorded):
    with wk.decision("routing", alternatives=["a", "b"]) as decision:
        decision.choose("b", confidence=0.8, rationale="b is cheaper")
    found = recorded.span("decision routing").attributes
    assert found[a.DECISION_TYPE] == "routing"
    assert found[a.DECISION_CHOICE] == "b"
    assert found[a.DECISION_ALTERNATIVES] == ("a", "b")
    assert found[a.DECISION_CONFIDENCE] == 0.8
    assert found[a.DECISION_RATIONALE] == "b is cheaper"


def test_the_other_kinds_make_spans_as_well(recorded):
    with wk.approval("deploy", agent="coder") as approval:
        approval.answer("approved", approver="kim")
    with wk.permission("shell", agent="coder") as permission:
        permission.deny("not in its role")
    with wk.context_refresh("coder") as refresh:
        refresh.size(tokens=5000, items=12)
    with wk.state_save("run") as save:
        save.size(2048)
    with wk.state_load("run"), wk.safety_block("pii", agent="coder"):
        pass

    kinds = {span.name: span.attributes[a.SPAN_KIND] for span in recorded.spans}
    assert kinds == {
        "approval deploy": "approval",
        "permission shell": "permission",
        "context_refresh coder": "context_refresh",
        "state_save run": "state_save",
        "state_load run": "state_load",
        "safety_block pii": "safety_block",
    }
    assert recorded.span("permission shell").attributes[a.PERMISSION_GRANTED] is False
    assert recorded.span("approval deploy").attributes[a.APPROVAL_APPROVER] == "kim"


# --- how steps end ---------------------------------------------------------------


class Refused(Exception):
    pass


def test_an_exception_is_recorded_where_it_was_raised_and_raised_again(recorded):
    with pytest.raises(Refused, match="no funds"), wk.workflow("w"), wk.task("t"), wk.agent("a"):
        raise Refused("no funds")

    for name in ("invoke_workflow w", "task t", "invoke_agent a"):
        span = recorded.span(name)
        assert span.status.status_code is StatusCode.ERROR
        assert span.status.description == "Refused: no funds"
        assert span.attributes["error.type"].endswith("Refused")
        assert [event.name for event in span.events] == ["exception"]
    stacks = {span.name: "exception.stacktrace" in span.events[0].attributes for span in recorded.spans}
    assert stacks == {"invoke_workflow w": False, "task t": False, "invoke_agent a": True}


def test_the_same_exception_object_raised_again_in_another_trace_is_new_there(recorded):
    always = Refused("again")
    for _ in range(2):
        with pytest.raises(Refused), wk.task("t", agent="a"):
            raise always
    assert all("exception.stacktrace" in span.events[0].attributes for span in recorded.spans)
    error_type = recorded.spans[0].attributes["error.type"]
    assert recorded.value("agent_errors_total", agent="a", error_type=error_type) == 2


def test_an_exception_that_cannot_be_printed_is_an_error_all_the_same(caplog):
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError("no text")

    exporter = InMemorySpanExporter()
    wk.configure("t", exporter="none", span_processors=[SimpleSpanProcessor(exporter)])
    with pytest.raises(Mute), wk.task("t"):
        raise Mute
    [span] = exporter.get_finished_spans()
    assert span.status.description == "Mute: (no text)"


def test_builtin_errors_go_by_their_plain_name(recorded):
    with pytest.raises(ValueError), wk.tool("t"):
        raise ValueError("x")
    assert recorded.span("execute_tool t").attributes["error.type"] == "ValueError"


def test_a_step_can_fail_without_an_exception(recorded):
    with wk.tool("t") as tool:
        tool.fail("not_found", "no such page")
    span = recorded.span("execute_tool t")
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "no such page"
    assert span.attributes["error.type"] == "not_found"


async def test_a_cancelled_step_is_neither_error_nor_success(recorded):
    async def wait():
        async with wk.task("slow", agent="a"):
            await asyncio.sleep(60)

    running = asyncio.create_task(wait())
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    span = recorded.span("task slow")
    assert span.status.status_code is StatusCode.UNSET
    assert span.attributes[a.OUTCOME] == "cancelled"
    assert not span.events
    labels = {"agent": "a", "task_type": "slow"}
    assert recorded.value("agent_tasks_started_total", **labels) == 1
    assert recorded.value("agent_active_tasks", **labels) == 0
    assert recorded.value("agent_tasks_completed_total", **labels) == 0
    assert recorded.value("agent_tasks_failed_total", **labels) == 0


def test_leaving_with_status_zero_is_no_error(recorded):
    with pytest.raises(SystemExit), wk.workflow("ok"):
        raise SystemExit(0)
    with pytest.raises(SystemExit), wk.workflow("bad"):
        raise SystemExit(3)
    assert recorded.span("invoke_workflow ok").status.status_code is StatusCode.UNSET
    assert recorded.span("invoke_workflow bad").status.status_code is StatusCode.ERROR


def test_any_attribute_can_be_set_and_none_is_left_out(recorded):
    with wk.task("t", attributes={"shard": 3, "empty": None}) as task:
        task.set("rows", 10).set("nothing", None)
    found = recorded.span("task t").attributes
    assert (found["shard"], found["rows"]) == (3, 10)
    assert "empty" not in found
    assert "nothing" not in found


def test_the_ids_of_a_step_are_those_of_its_span(recorded):
    with wk.task("t") as task:
        assert len(task.trace_id) == 32
    span = recorded.span("task t")
    assert int(task.trace_id, 16) == span.context.trace_id
    assert int(task.span_id, 16) == span.context.span_id


def test_code_that_did_not_open_the_step_can_still_speak_to_it(recorded):
    def deep_down():
        wk.current(wk.LlmCall).usage(input_tokens=5)
        wk.current().set("note", "from inside")
        wk.current(wk.Workflow).set("pages", 2)

    with wk.workflow("w"), wk.llm_call("m"):
        deep_down()
    deep_down()  # outside any step: nothing happens

    assert recorded.span("chat m").attributes[a.USAGE_INPUT_TOKENS] == 5
    assert recorded.span("chat m").attributes["note"] == "from inside"
    assert recorded.span("invoke_workflow w").attributes["pages"] == 2


def test_a_step_without_a_with_block(recorded):
    step = wk.task("callback")
    step.begin()
    step.resume()
    with wk.tool("inside"):
        pass
    step.pause()
    with wk.tool("outside"):
        pass
    step.finish(TimeoutError("too late"))
    step.finish()  # a second time: nothing

    assert recorded.tree() == [("task callback", [("execute_tool inside", [])]), ("execute_tool outside", [])]
    assert recorded.span("task callback").attributes["error.type"] == "TimeoutError"


# --- content ---------------------------------------------------------------------


@pytest.mark.parametrize("word", ["false", "NO_CONTENT", "EVENT_ONLY", "0"])
def test_content_capture_can_be_switched_off(monkeypatch, word):
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", word)
    exporter = InMemorySpanExporter()
    wk.configure("t", exporter="none", span_processors=[SimpleSpanProcessor(exporter)])
    with wk.llm_call("m") as call:
        call.messages(input="secret").usage(input_tokens=1)
    with wk.tool("t") as tool:
        tool.arguments(password="secret").result("secret")

    spans = exporter.get_finished_spans()
    assert "secret" not in str([dict(span.attributes) for span in spans])
    assert spans[0].attributes[a.USAGE_INPUT_TOKENS] == 1
