"""One conversation, told in three vocabularies, reads the same on the server."""

import json
import secrets
import time
import urllib.error
import urllib.request

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

SYSTEM, QUESTION, ANSWER = "Be brief.", "Which way is north?", "Towards the pole star."
ARGUMENTS, RESULT = '{"star": "polaris"}', "azimuth 0"


def conversation():
    """The message JSON of the GenAI conventions."""
    said = [{"role": "user", "parts": [{"type": "text", "content": QUESTION}]}]
    answered = [
        {"role": "assistant", "parts": [{"type": "text", "content": ANSWER}], "finish_reason": "stop"}
    ]
    return said, answered


def otel_genai():
    said, answered = conversation()
    return {
        "agent": {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "navigator",
            "gen_ai.conversation.id": "c-7",
        },
        "llm": {
            "gen_ai.operation.name": "chat",
            "gen_ai.agent.name": "navigator",
            "gen_ai.conversation.id": "c-7",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4.1",
            "gen_ai.response.model": "gpt-4.1",
            "gen_ai.usage.input_tokens": 1000,
            "gen_ai.usage.output_tokens": 100,
            "gen_ai.usage.cache_read.input_tokens": 400,
            "gen_ai.usage.reasoning.output_tokens": 30,
            "gen_ai.input.messages": json.dumps(said),
            "gen_ai.output.messages": json.dumps(answered),
            "gen_ai.system_instructions": json.dumps([{"type": "text", "content": SYSTEM}]),
        },
        "tool": {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.agent.name": "navigator",
            "gen_ai.conversation.id": "c-7",
            "gen_ai.tool.name": "sextant",
            "gen_ai.tool.call.arguments": ARGUMENTS,
            "gen_ai.tool.call.result": RESULT,
        },
    }


def openinference():
    return {
        "agent": {"openinference.span.kind": "AGENT", "agent.name": "navigator", "session.id": "c-7"},
        "llm": {
            "openinference.span.kind": "LLM",
            "agent.name": "navigator",
            "session.id": "c-7",
            "llm.provider": "openai",
            "llm.model_name": "gpt-4.1",
            "llm.token_count.prompt": 1000,
            "llm.token_count.completion": 100,
            "llm.token_count.total": 1100,
            "llm.token_count.prompt_details.cache_read": 400,
            "llm.token_count.completion_details.reasoning": 30,
            "llm.input_messages.0.message.role": "system",
            "llm.input_messages.0.message.content": SYSTEM,
            "llm.input_messages.1.message.role": "user",
            "llm.input_messages.1.message.content": QUESTION,
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": ANSWER,
        },
        "tool": {
            "openinference.span.kind": "TOOL",
            "agent.name": "navigator",
            "session.id": "c-7",
            "tool.name": "sextant",
            "input.value": ARGUMENTS,
            "output.value": RESULT,
        },
    }


def openllmetry():
    return {
        "agent": {
            "traceloop.span.kind": "agent",
            "traceloop.entity.name": "navigator",
            "traceloop.association.properties.session_id": "c-7",
        },
        "llm": {
            "llm.request.type": "chat",
            "gen_ai.agent.name": "navigator",
            "traceloop.association.properties.session_id": "c-7",
            "gen_ai.system": "OpenAI",
            "gen_ai.request.model": "gpt-4.1",
            "gen_ai.response.model": "gpt-4.1",
            "gen_ai.usage.prompt_tokens": 1000,
            "gen_ai.usage.completion_tokens": 100,
            "llm.usage.total_tokens": 1100,
            "gen_ai.usage.cache_read_input_tokens": 400,
            "gen_ai.usage.reasoning_tokens": 30,
            "gen_ai.prompt.0.role": "system",
            "gen_ai.prompt.0.content": SYSTEM,
            "gen_ai.prompt.1.role": "user",
            "gen_ai.prompt.1.content": QUESTION,
            "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.content": ANSWER,
            "gen_ai.completion.0.finish_reason": "stop",
        },
        "tool": {
            "traceloop.span.kind": "tool",
            "traceloop.entity.name": "sextant",
            "gen_ai.agent.name": "navigator",
            "traceloop.association.properties.session_id": "c-7",
            "traceloop.entity.input": ARGUMENTS,
            "traceloop.entity.output": RESULT,
        },
    }


VOCABULARIES = {"otel_genai": otel_genai, "openinference": openinference, "openllmetry": openllmetry}


def send(url, spans):
    """Sends an agent's run with a model call and a tool call inside; returns the trace id."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    name = resource.resource.attributes.add(key="service.name")
    name.value.string_value = "vocabularies"
    scope = resource.scope_spans.add()
    trace_id, parent = secrets.token_bytes(16), secrets.token_bytes(8)
    now = time.time_ns()
    for number, (kind, attributes) in enumerate(spans.items()):
        span = scope.spans.add(
            trace_id=trace_id,
            span_id=parent if kind == "agent" else secrets.token_bytes(8),
            parent_span_id=b"" if kind == "agent" else parent,
            name=kind,
            kind=3 if kind == "llm" else 1,
            start_time_unix_nano=now - 2_000_000_000 + number * 100_000_000,
            end_time_unix_nano=now - 1_000_000_000,
        )
        for key, value in attributes.items():
            item = span.attributes.add(key=key)
            if isinstance(value, int):
                item.value.int_value = value
            else:
                item.value.string_value = value
    call = urllib.request.Request(
        f"{url}/v1/traces", request.SerializeToString(), {"content-type": "application/x-protobuf"}
    )
    with urllib.request.urlopen(call, timeout=10) as answer:
        assert answer.status == 200
    return trace_id.hex()


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def told(shared_server):
    """Per vocabulary: the spans in full, by name."""
    otlp = next(line.split()[1] for line in shared_server.lines if line.startswith("otlp-http "))
    ids = {name: send(otlp, spans()) for name, spans in VOCABULARIES.items()}
    found = {}
    for name, trace_id in ids.items():
        url = f"{shared_server.url}/api/v1/traces/{trace_id}"
        deadline = time.monotonic() + 20
        while True:
            try:
                spans = get(url)["spans"]["items"]
                break
            except urllib.error.HTTPError as error:
                if error.code != 404 or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        found[name] = {span["name"]: get(f"{url}/spans/{span['span_id']}") for span in spans}
        assert set(found[name]) == {"agent", "llm", "tool"}
    return found


COLUMNS = {
    "agent": {
        "operation": "invoke_agent",
        "agent": "navigator",
        "conversation_id": "c-7",
        "input_tokens": 0,
        "output_tokens": 0,
    },
    "llm": {
        "operation": "chat",
        "agent": "navigator",
        "conversation_id": "c-7",
        "provider": "openai",
        "model": "gpt-4.1",
        "input_tokens": 1000,
        "output_tokens": 100,
        "cache_read_tokens": 400,
        "reasoning_tokens": 30,
        "cost_source": "priced",
    },
    "tool": {"operation": "execute_tool", "agent": "navigator", "conversation_id": "c-7", "tool": "sextant"},
}


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
@pytest.mark.parametrize("name", COLUMNS)
def test_the_columns_are_the_same(told, vocabulary, name):
    span = told[vocabulary][name]
    assert {key: span[key] for key in COLUMNS[name]} == COLUMNS[name]


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_the_price_is_that_of_the_tokens(told, vocabulary):
    # 600 fresh tokens at 2 USD a million, 400 cached at 0.5, 100 answered at 8.
    assert told[vocabulary]["llm"]["cost_usd"] == pytest.approx(0.0022, rel=0.01)


def texts(messages, role):
    return [
        part["content"]
        for message in messages or []
        if message["role"] == role
        for part in message["parts"]
        if part["type"] == "text"
    ]


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_the_messages_are_the_same(told, vocabulary):
    llm = told[vocabulary]["llm"]
    assert texts(llm["input_messages"], "user") == [QUESTION]
    assert texts(llm["output_messages"], "assistant") == [ANSWER]
    assert SYSTEM in json.dumps([llm["system_instructions"], llm["input_messages"]])


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_the_tool_call_is_the_same(told, vocabulary):
    tool = told[vocabulary]["tool"]
    assert tool["tool_arguments"] == json.loads(ARGUMENTS)
    assert tool["tool_result"] == RESULT
