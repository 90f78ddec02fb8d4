"""A real framework, its own instrumentation, a real server: everything is there afterwards."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "pydantic_ai" / "weather.py"


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def eventually(find, seconds=20):
    """The first true result of ``find``; what is sent is visible within seconds, not at once."""
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, "nothing found in time"
        time.sleep(0.2)
    return found


@pytest.fixture(scope="module")
def trace(shared_server):
    """The example's trace as the API gives it, and its spans in full by name."""
    otlp = next(line.split()[1] for line in shared_server.lines if line.startswith("otlp-http "))
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "WATCHKEEPER_"))
    }
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), "Will it rain in Lisbon?"],
        env={**clean, "OTEL_EXPORTER_OTLP_ENDPOINT": otlp},
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    answer, last = done.stdout.strip().splitlines()
    assert answer == "Take an umbrella: rain in Lisbon from noon, 14 degrees"
    url = f"{shared_server.url}/api/v1/traces/{last.removeprefix('trace ')}"

    def whole():
        try:
            found = get(url)
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            return None
        return found if found["span_count"] == 5 else None

    found = eventually(whole)
    found["full"] = [get(f"{url}/spans/{span['span_id']}") for span in found["spans"]["items"]]
    return found


def only(spans, **wanted):
    found = [span for span in spans if all(span[key] == value for key, value in wanted.items())]
    assert len(found) == 1, [(span["name"], span["operation"]) for span in spans]
    return found[0]


def test_the_trace_is_one_tree_with_its_totals(trace):
    assert trace["root_name"] == "invoke_workflow weather"
    assert trace["root_service"] == "pydantic-ai-example"
    assert trace["workflow"] == "weather"
    assert trace["agents"] == ["forecaster"]
    assert trace["models"] == ["gpt-4.1"]
    assert trace["status"] == "ok"
    assert (trace["input_tokens"], trace["output_tokens"]) == (300, 40)
    assert trace["cost_usd"] == pytest.approx(0.00092, rel=0.01)

    spans = trace["spans"]["items"]
    workflow = only(spans, operation="invoke_workflow")
    agent = only(spans, operation="invoke_agent")
    assert workflow["parent_span_id"] is None
    assert agent["parent_span_id"] == workflow["span_id"]
    others = [span for span in spans if span not in (workflow, agent)]
    assert {span["parent_span_id"] for span in others} == {agent["span_id"]}
    assert sorted(span["operation"] for span in others) == ["chat", "chat", "execute_tool"]


def test_the_agent_is_on_each_of_its_spans_and_its_totals_count_nothing_twice(trace):
    inside = [span for span in trace["full"] if span["operation"] != "invoke_workflow"]
    assert {span["agent"] for span in inside} == {"forecaster"}
    agent = only(trace["full"], operation="invoke_agent")
    assert (agent["input_tokens"], agent["output_tokens"]) == (0, 0)


def test_model_calls_have_model_tokens_cost_and_messages(trace):
    calls = sorted(
        (span for span in trace["full"] if span["operation"] == "chat"), key=lambda s: s["start_time"]
    )
    assert [call["model"] for call in calls] == ["gpt-4.1", "gpt-4.1"]
    assert [(call["input_tokens"], call["output_tokens"]) for call in calls] == [(120, 16), (180, 24)]
    assert [call["cost_usd"] for call in calls] == [pytest.approx(0.000368), pytest.approx(0.000552)]
    assert {call["cost_source"] for call in calls} == {"reported"}

    asked = [part["content"] for message in calls[0]["input_messages"] for part in message["parts"]]
    assert asked == ["You answer in one sentence.", "Will it rain in Lisbon?"]
    [wanted] = calls[0]["output_messages"][0]["parts"]
    assert (wanted["type"], wanted["name"], wanted["arguments"]) == (
        "tool_call",
        "forecast",
        {"city": "Lisbon"},
    )
    [said] = calls[1]["output_messages"][0]["parts"]
    assert said["content"] == "Take an umbrella: rain in Lisbon from noon, 14 degrees"


def test_the_tool_call_has_its_arguments_and_result(trace):
    tool = only(trace["full"], operation="execute_tool")
    assert tool["tool"] == "forecast"
    assert tool["tool_arguments"] == {"city": "Lisbon"}
    assert tool["tool_result"] == "rain in Lisbon from noon, 14 degrees"


def test_the_search_finds_it_by_agent_model_and_text(shared_server, trace):
    for query in ("agent=forecaster", "model=gpt-4.1&workflow=weather", "q=umbrella"):
        items = get(f"{shared_server.url}/api/v1/traces?{query}")["items"]
        assert trace["trace_id"] in [item["trace_id"] for item in items], query
