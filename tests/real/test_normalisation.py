"""What the engine makes of attributes: weights, costs, names of providers, tool calls, nested values."""

import json
import time

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from rig import Rig

LLM = {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100}
MODEL = {"gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4.1"}


def spans():
    """Name -> (attributes, trace state)."""
    return {
        "reported": (LLM | {"gen_ai.usage.cost.amount": 0.25, "gen_ai.usage.cost.currency": "usd"}, ""),
        "euros": (LLM | MODEL | {"gen_ai.usage.cost.amount": 0.25, "gen_ai.usage.cost.currency": "EUR"}, ""),
        "too dear": (LLM | MODEL | {"gen_ai.usage.cost.amount": 2e6}, ""),
        "dear with its weight": (LLM | MODEL | {"gen_ai.usage.cost.amount": 10.0}, "ot=th:ffffffffffffff"),
        "too many": (
            LLM
            | MODEL
            | {"gen_ai.usage.input_tokens": 2**63 - 1, "gen_ai.usage.output_tokens": "18446744073709551615"},
            "ot=th:ffffffffffffff",
        ),
        "odd name": (LLM | {"gen_ai.provider.name": "o'p", "gen_ai.request.model": "a\0b'\n\\"}, ""),
        "agent": (
            {
                "gen_ai.operation.name": "invoke_agent",
                "gen_ai.usage.input_tokens": 9,
                "gen_ai.usage.cost": 1.5,
            },
            "",
        ),
        "alias": (LLM | {"gen_ai.system": "Bedrock"}, ""),
        "three quarters": ({}, "ot=th:4"),
        "one in eight": ({}, "vendor=x,ot=rv:0123456789abcd;th:e"),
        "no threshold": ({}, "ot=rv:0123456789abcd,other=th:8"),
        "flattened": (
            {
                "openinference.span.kind": "LLM",
                "llm.output_messages.0.message.role": "assistant",
                "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c1",
                "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "sextant",
                "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"star": "polaris"}',
            },
            "",
        ),
        "traceloop": (
            {
                "llm.request.type": "chat",
                "gen_ai.completion.0.role": "assistant",
                "gen_ai.completion.0.tool_calls.0.id": "c1",
                "gen_ai.completion.0.tool_calls.0.name": "sextant",
                "gen_ai.completion.0.tool_calls.0.arguments": '{"star": "polaris"}',
            },
            "",
        ),
        "values": (
            {"list": ["a", 'b"c', 3, True, 0.5], "yes": True, "number": -3, "half": 0.5, "map": {"k": "v"}},
            "",
        ),
    }


def fill(value, given):
    if isinstance(given, bool):
        value.bool_value = given
    elif isinstance(given, str):
        value.string_value = given
    elif isinstance(given, int):
        value.int_value = given
    elif isinstance(given, float):
        value.double_value = given
    elif isinstance(given, list):
        for item in given:
            fill(value.array_value.values.add(), item)
    else:
        for key, item in given.items():
            fill(value.kvlist_value.values.add(key=key).value, item)


@pytest.fixture(scope="module")
def stored(tmp_path_factory, spawn_server):
    rig = Rig(spawn_server(tmp_path_factory.mktemp("normal") / "data"))
    try:
        made = ExportTraceServiceRequest()
        scope = made.resource_spans.add().scope_spans.add()
        for number, (name, (attributes, state)) in enumerate(spans().items(), 1):
            span = scope.spans.add(
                trace_id=b"t" * 16, span_id=number.to_bytes(8, "big"), name=name, trace_state=state,
                start_time_unix_nano=time.time_ns(), end_time_unix_nano=time.time_ns(),
            )  # fmt: skip
            for key, given in attributes.items():
                fill(span.attributes.add(key=key).value, given)
        assert rig.post(made.SerializeToString())[0] == 200
        rig.drained()
        columns = "Operation, Provider, InputTokens, CostNanoUSD, CostSource, SampleWeight, OutputMessages, SpanAttributes"
        calls = ("euros", "too dear", "too many")
        priced = f"SELECT count() FROM watchkeeper.spans WHERE SpanName IN {calls} AND CostSource = 'priced'"
        rig.until(lambda: rig.sql(priced) == [[len(calls)]], 20, "calls got no price")
        rows = rig.sql(
            "SELECT toString(sum(toInt64(round(ifNull(CostNanoUSD, 0) * SampleWeight)))), "
            "toString(toUInt64(round(sum((InputTokens + OutputTokens) * SampleWeight)))) FROM watchkeeper.spans"
        )
        assert all(0 <= int(sum_) < 2**62 for sum_ in rows[0])
        rows = rig.sql(f"SELECT SpanName, {columns} FROM watchkeeper.spans")
        yield {row[0]: dict(zip(columns.split(", "), row[1:], strict=True)) for row in rows}
    finally:
        rig.server.stop()


def test_a_reported_cost_counts_in_dollars_alone_and_on_calls_alone(stored):
    assert (stored["reported"]["CostNanoUSD"], stored["reported"]["CostSource"]) == (250_000_000, "reported")
    # 1000 tokens at 2 USD a million and 100 at 8
    assert (stored["euros"]["CostNanoUSD"], stored["euros"]["CostSource"]) == (2_800_000, "priced")
    assert (stored["agent"]["CostNanoUSD"], stored["agent"]["InputTokens"]) == (0, 0)
    assert stored["alias"]["CostNanoUSD"] is None


def test_what_is_no_measurement_is_bounded_so_that_sums_do_not_overflow(stored):
    assert (stored["too dear"]["CostNanoUSD"], stored["too dear"]["CostSource"]) == (2_800_000, "priced")
    assert stored["dear with its weight"]["SampleWeight"] == 2**20
    assert stored["dear with its weight"]["CostSource"] == "priced", "a million times 10 USD is no cost"
    assert stored["too many"]["InputTokens"] == 10**9
    assert 0 < stored["too many"]["CostNanoUSD"] * 2**20 <= 10**15


def test_names_of_providers_are_one(stored):
    assert stored["alias"]["Provider"] == "aws.bedrock"


def test_the_weight_is_what_sampling_left_out(stored):
    assert stored["three quarters"]["SampleWeight"] == pytest.approx(4 / 3)
    assert stored["one in eight"]["SampleWeight"] == 8
    assert stored["no threshold"]["SampleWeight"] == 1


@pytest.mark.parametrize("name", ["flattened", "traceloop"])
def test_flattened_tool_calls_are_messages(stored, name):
    [message] = json.loads(stored[name]["OutputMessages"])
    [part] = message["parts"]
    assert (message["role"], part["type"], part["id"], part["name"]) == (
        "assistant",
        "tool_call",
        "c1",
        "sextant",
    )
    assert json.loads(part["arguments"]) == {"star": "polaris"}


def test_values_are_text_that_can_be_read(stored):
    attributes = stored["values"]["SpanAttributes"]
    assert json.loads(attributes["list"]) == ["a", 'b"c', 3, True, 0.5]
    assert (attributes["yes"], attributes["number"], attributes["half"]) == ("true", "-3", "0.5")
    assert "otlp_kvlist" in json.loads(attributes["map"])
