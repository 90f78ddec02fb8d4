"""Agents over a range, one in depth, and what they cost."""

import pytest


async def agents(api, **params):
    answer = await api.get("/api/v1/agents", params=params)
    assert answer.status_code == 200, answer.text
    return {item["agent"]: item for item in answer.json()["items"]}


async def detail(api, agent, **params):
    answer = await api.get(f"/api/v1/agents/{agent}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_figures_of_an_agent(api, spans):
    for seconds, error in ((1.0, ""), (3.0, "Boom")):
        spans.add(operation="invoke_agent", agent="planner", seconds=seconds, error=error, at=-30)
    spans.llm(agent="planner", cost=1_500_000_000, input=100, output=20)
    spans.add(operation="execute_tool", agent="planner", ToolName="search")
    spans.add(operation="handoff", agent="planner", TargetAgent="writer")
    planner = (await agents(api))["planner"]
    assert planner.pop("latency_seconds")["p99"] == pytest.approx(3, rel=0.01)
    assert planner == {
        "agent": "planner",
        "service_namespace": "",
        "services": ["orchestrator"],
        "status": "active",
        "last_seen": "2026-03-02T09:59:30Z",
        "runs": 2,
        "runs_per_minute": 2 / 60,
        "errors": 1,
        "error_rate": 0.5,
        "llm_calls": 1,
        "tool_calls": 1,
        "handoffs_out": 1,
        "input_tokens": 100,
        "output_tokens": 20,
        "cost_usd": 1.5,
        "cost_today_usd": 1.5,
        "unpriced_calls": 0,
        "models": ["gpt-5"],
    }


async def test_an_agent_that_fell_silent_stays_on_the_list_for_a_day(api, spans):
    spans.add(operation="invoke_agent", agent="gone", at=-23 * 3_600)
    spans.add(operation="invoke_agent", agent="forgotten", at=-25 * 3_600)
    listed = await agents(api)
    assert listed.keys() == {"gone"}
    assert (listed["gone"]["status"], listed["gone"]["runs"]) == ("silent", 0)


async def test_agents_of_two_namespaces_are_two_agents(api, spans):
    spans.add(operation="invoke_agent", agent="a", ServiceNamespace="x")
    spans.add(operation="invoke_agent", agent="a", ServiceNamespace="y")
    spans.add(operation="invoke_agent", agent="a")
    items = (await api.get("/api/v1/agents")).json()["items"]
    assert sorted(item["service_namespace"] for item in items) == ["", "x", "y"]
    assert all(item["runs"] == 1 for item in items)


async def test_counts_of_agents_are_weighted(api, spans):
    spans.add(operation="invoke_agent", agent="a", weight=10.0)
    spans.add(operation="invoke_agent", agent="a", error="Boom")
    assert (await agents(api))["a"]["runs"] == 11
    assert (await agents(api))["a"]["error_rate"] == 1 / 11


async def test_an_agent_in_depth(api, spans):
    spans.add(trace=1, operation="invoke_agent", agent="a", at=-90, seconds=2, error="Boom")
    spans.llm(trace=1, agent="a", at=-80, cost=2_000_000_000)
    spans.llm(trace=1, agent="a", at=-80, cost=None, model="mini")
    spans.add(trace=1, operation="execute_tool", agent="a", ToolName="search", at=-70)
    spans.add(trace=1, operation="handoff", agent="a", TargetAgent="b")
    spans.add(trace=1, operation="handoff", agent="c", TargetAgent="a")
    spans.add(trace=1, operation="handoff", agent="c", TargetAgent="b")
    page = await detail(api, "a")
    assert {(one["operation"], one["name"]): one["count"] for one in page["operations"]} == {
        ("invoke_agent", "invoke_agent a"): 1,
        ("chat", "gpt-5"): 1,
        ("chat", "mini"): 1,
        ("execute_tool", "search"): 1,
        ("handoff", "b"): 1,
    }
    assert [(one["model"], one["cost_usd"], one["unpriced_calls"]) for one in page["models"]] == [
        ("gpt-5", 2.0, 0),
        ("mini", 0.0, 1),
    ]
    assert {(one["from_agent"], one["to_agent"]) for one in page["handoffs"]} == {("a", "b"), ("c", "a")}
    assert sum(point["runs"] for point in page["series"]) == 1
    assert sum(point["cost_usd"] for point in page["series"]) == 2.0
    assert [one["error_type"] for one in page["recent_errors"]] == ["Boom"]


async def test_an_unknown_agent_is_a_problem(api):
    answer = await api.get("/api/v1/agents/nobody")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("name", ["a/b", "größe", "with space", "100%"])
async def test_names_with_odd_characters_can_be_asked_for(api, spans, name):
    spans.add(operation="invoke_agent", agent=name)
    from urllib.parse import quote

    assert (await detail(api, quote(name, safe="")))["agent"] == name


async def costs(api, **params):
    answer = await api.get("/api/v1/costs", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_costs_by_group_add_up_to_the_total(api, spans):
    spans.llm(agent="a", cost=1_000_000_000)
    spans.llm(agent="a", cost=2_000_000_000, model="mini")
    spans.llm(agent="b", cost=None)
    spans.llm(agent="b", cost=4_000_000_001, weight=2.0)
    by_agent = await costs(api)
    assert [(row["agent"], row["cost_usd"], row["calls"]) for row in by_agent["items"]] == [
        ("b", 8.000000002, 3),
        ("a", 3.0, 2),
    ]
    assert (by_agent["total_usd"], by_agent["calls"], by_agent["unpriced_calls"]) == (11.000000002, 5, 1)
    both = await costs(api, group_by="agent,model")
    assert [(row["agent"], row["model"]) for row in both["items"]] == [
        ("b", "gpt-5"),
        ("a", "mini"),
        ("a", "gpt-5"),
    ]
    assert both["total_usd"] == by_agent["total_usd"]


async def test_costs_by_day_come_in_the_order_of_days(api, spans):
    for days, cost in ((0, 1), (1, 5), (2, 3)):
        spans.llm(cost=cost * 1_000_000_000, at=-days * 86_400 - 60)
    report = await costs(api, group_by="day", start="2026-02-20T00:00:00Z")
    assert [(row["day"], row["cost_usd"]) for row in report["items"]] == [
        ("2026-02-28", 3.0),
        ("2026-03-01", 5.0),
        ("2026-03-02", 1.0),
    ]


async def test_what_is_no_llm_call_costs_nothing_and_is_no_call(api, spans):
    spans.add(operation="task", agent="a", cost=0)
    report = await costs(api)
    assert (report["calls"], report["items"], report["total_usd"]) == (0, [], 0)


@pytest.mark.parametrize("group_by", ["", "nonsense", "agent,nonsense", "agent,model,provider,day"])
async def test_an_unknown_group_is_named(api, group_by):
    answer = await api.get("/api/v1/costs", params={"group_by": group_by})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("group_by: ")
    assert "agent, model" in answer.json()["hint"]
