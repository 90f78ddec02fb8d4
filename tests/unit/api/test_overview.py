"""The first page: what is counted, weighted, priced and projected."""

from watchkeeper.model.agents import Latency
from watchkeeper.store.reads.projection import project_cost
from watchkeeper.store.reads.steps import MOST_POINTS, step_seconds

MINUTE = 60_000_000_000
HOUR = 60 * MINUTE


async def overview(api, **params):
    answer = await api.get("/api/v1/overview", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_empty_store_has_an_overview_of_zeros(api):
    page = await overview(api)
    assert page["tasks"] == page["active_agents"] == page["agents_total"] == page["spans_stored"] == 0
    assert page["latency_seconds"] == {"p50": None, "p95": None, "p99": None}
    assert page["error_rate"] == page["cost_today_usd"] == page["cost_projected_usd"] == 0
    assert page["by_agent"] == page["by_model"] == page["recent_errors"] == []
    assert len(page["series"]) == 60
    assert all(point["tasks"] == 0 and point["p95_seconds"] is None for point in page["series"])


async def test_an_agent_run_inside_a_task_is_no_second_task(api, spans):
    spans.add(operation="task", agent="planner", TaskType="plan")
    spans.add(operation="invoke_agent", agent="planner", TaskType="plan")
    spans.add(operation="invoke_agent", agent="loner")
    page = await overview(api)
    assert page["tasks"] == 2
    # To the agent both are runs of its own.
    assert {line["agent"]: line["tasks"] for line in page["by_agent"]} == {"planner": 1, "loner": 1}


async def test_an_agent_without_runs_is_counted_by_its_tasks(api, spans):
    spans.add(operation="task", agent="worker", error="Timeout")
    spans.add(operation="task", agent="worker")
    (line,) = (await overview(api))["by_agent"]
    assert (line["tasks"], line["errors"], line["error_rate"]) == (2, 1, 0.5)


async def test_counts_and_costs_are_weighted_for_sampling(api, spans):
    spans.add(operation="task", agent="a", weight=10.0)
    spans.add(operation="task", agent="a", weight=1.0, error="Timeout")
    spans.llm(agent="a", weight=10.0, cost=1_234_567, input=7, output=3)
    page = await overview(api)
    assert (page["tasks"], page["errors"]) == (11, 1)
    assert page["error_rate"] == 1 / 11
    assert page["cost_today_usd"] == 0.01234567
    assert page["tokens_today"] == {"input": 70, "output": 30}
    assert page["by_model"][0]["calls"] == 10


async def test_weighted_quantiles_count_a_sampled_span_as_often_as_it_happened(api, spans):
    spans.add(operation="task", seconds=1.0, weight=99.0)
    spans.add(operation="task", seconds=100.0, weight=1.0)
    latency = (await overview(api))["latency_seconds"]
    assert abs(latency["p50"] - 1) < 0.01
    assert abs(latency["p95"] - 1) < 0.01


async def test_money_is_exact_to_the_nano_dollar(api, spans):
    spans.add_all([spans.row(operation="chat", cost=100_000_001, agent="a") for _ in range(1_000)])
    assert (await overview(api))["cost_today_usd"] == 100.000001


async def test_calls_without_a_known_price_are_told_apart(api, spans):
    spans.llm(cost=None, model="home-made")
    spans.llm(cost=5_000_000_000)
    page = await overview(api)
    assert (page["unpriced_calls"], page["cost_today_usd"]) == (1, 5.0)
    assert {one["model"]: one["unpriced_calls"] for one in page["by_model"]} == {"home-made": 1, "gpt-5": 0}


async def test_yesterdays_cost_is_not_todays(api, spans):
    spans.llm(cost=1_000_000_000, at=-11 * 3600, agent="a")
    spans.llm(cost=2_000_000_000, at=-9 * 3600, agent="a")
    assert (await overview(api))["cost_today_usd"] == 2.0


async def test_agents_are_active_idle_or_silent_by_their_last_span(api, spans):
    for agent, ago in (("now", 10), ("just", 100), ("gone", 4_000)):
        spans.add(agent=agent, operation="execute_tool", at=-ago)
    page = await overview(api)
    assert (page["active_agents"], page["agents_total"]) == (1, 3)
    status = {line["agent"]: line["status"] for line in page["by_agent"]}
    assert status == {"now": "active", "just": "idle", "gone": "silent"}


async def test_the_series_puts_each_task_into_its_minute(api, spans):
    spans.add(operation="task", at=-90, seconds=2)
    spans.add(operation="task", at=-70, seconds=2, error="Boom")
    spans.llm(at=-70, cost=3_000_000)
    points = {point["time"]: point for point in (await overview(api))["series"]}
    point = points["2026-03-02T09:58:00Z"]
    assert (point["tasks"], point["errors"], point["cost_usd"]) == (2, 1, 0.003)
    assert abs(point["p95_seconds"] - 2) < 0.02
    assert sum(one["tasks"] for one in points.values()) == 2


async def test_one_fault_is_one_recent_error_told_by_its_innermost_span(api, spans):
    spans.add(trace=1, at=-50, operation="task", agent="planner", error="ToolFailed")
    spans.add(trace=1, at=-49, operation="execute_tool", agent="planner", error="Timeout", span=7)
    spans.add(trace=2, at=-70, operation="chat", agent="writer", error="RateLimit")
    errors = (await overview(api))["recent_errors"]
    assert [(one["error_type"], one["agent"]) for one in errors] == [
        ("Timeout", "planner"),
        ("RateLimit", "writer"),
    ]
    assert errors[0]["span_id"] == spans.span_id(7)
    assert errors[0]["message"] == "Timeout happened"


async def test_another_projects_spans_are_not_seen(api, spans):
    spans.add(operation="task", agent="spy", project="other", error="Boom")
    spans.llm(project="other")
    page = await overview(api)
    assert page["tasks"] == page["agents_total"] == page["spans_stored"] == page["cost_today_usd"] == 0
    assert page["recent_errors"] == page["by_model"] == []


async def test_spans_older_than_the_window_do_not_count(api, spans):
    spans.add(operation="task", at=-700)
    assert (await overview(api, window_seconds=600))["tasks"] == 0
    assert (await overview(api, window_seconds=900))["tasks"] == 1


async def test_what_arrives_late_is_counted_when_the_kept_part_of_the_day_is_read_again(api, spans, clock):
    spans.llm(cost=1_000_000_000, at=-3_600 * 2)
    assert (await overview(api))["cost_today_usd"] == 1.0
    spans.llm(cost=2_000_000_000, at=-3_600 * 3)
    clock.advance(120)
    assert (await overview(api))["cost_today_usd"] == 3.0


async def test_what_is_new_is_counted_at_once(api, spans, clock):
    spans.llm(cost=1_000_000_000, at=-30)
    assert (await overview(api))["cost_today_usd"] == 1.0
    spans.llm(cost=2_000_000_000, at=-20)
    clock.advance(2)
    assert (await overview(api))["cost_today_usd"] == 3.0


async def test_the_day_starts_anew_at_midnight_utc(api, spans, clock):
    spans.llm(cost=7_000_000_000, at=-3_600)
    assert (await overview(api))["cost_today_usd"] == 7.0
    clock.advance(14 * 3_600 + 1)
    assert (await overview(api))["cost_today_usd"] == 0.0


def test_projection_goes_on_at_the_rate_of_the_last_hour():
    ten = 10 * HOUR
    steps = [(ten - HOUR + at * 5 * MINUTE, 1_000) for at in range(12)]
    assert project_cost(50_000, steps, ten) == 50_000 + 12_000 * 14


def test_projection_ignores_a_cheap_night_and_follows_a_runaway():
    ten = 10 * HOUR
    quiet = [(ten - 2 * HOUR, 10)]
    assert project_cost(1_000, quiet, ten) == 1_000
    runaway = [(ten - 10 * MINUTE, 6_000)]
    assert project_cost(1_000, runaway, ten) == 1_000 + 6_000 * 6 * 14


def test_projection_of_the_first_call_is_not_multiplied_by_seconds():
    # One call, a second after midnight: at most twelve times an hour's worth, not 86,400 times.
    assert project_cost(100, [(0, 100)], 1_000_000_000) <= 100 + 100 * 288


def test_projection_at_the_end_of_the_day_adds_nothing():
    assert project_cost(100, [(23 * HOUR, 100)], 24 * HOUR - 1) == 100


async def test_soon_after_midnight_the_rate_is_that_of_the_last_hour(api, spans, clock):
    clock.set(spans.now_ns + 14 * HOUR + 10 * MINUTE)
    spans.llm(cost=50_000_000_000, at=13.5 * 3_600)
    spans.llm(cost=10_000_000_000, at=14 * 3_600 + 60)
    page = await overview(api)
    assert page["cost_today_usd"] == 10.0
    # 60 dollars in the 40 minutes since spending began, for the rest of the day.
    assert abs(page["cost_projected_usd"] - (10 + 60 / 40 * (24 * 60 - 10))) < 0.01


def test_a_chart_never_has_more_points_than_can_be_told_apart():
    for window in (60, 600, 3_600, 86_400, 7 * 86_400, 400 * 86_400):
        step = step_seconds(window)
        assert window / step <= MOST_POINTS
        assert 86_400 % step == 0 or step % 86_400 == 0
    assert step_seconds(3_600) == 60


def test_no_measurement_is_no_number():
    assert Latency(None, None, None).p50 is None
