"""Figures from the roll-up of minutes are those of the spans, whatever comes late, goes, or changes."""

import random

import pytest

from watchkeeper.model.ranges import TimeRange
from watchkeeper.store.reads.minutes import RUNS, TASKS, Covered, rows
from watchkeeper.store.rollup import Part, Rollup, change

MINUTE_NS = 60 * 10**9


@pytest.fixture
def rollup(store, clock):
    return Rollup(store, clock)


@pytest.fixture
async def rolled(make_deps, client_of, rollup):
    async with client_of(make_deps(cover=rollup.covered)) as client:
        yield client


@pytest.fixture
async def raw(make_deps, client_of):
    async with client_of(make_deps()) as client:
        yield client


async def settle(rollup, clock):
    """Let the roll-up come to rest."""
    for _ in range(2):
        while await rollup.refresh():
            pass
        clock.advance(3)


async def get(api, path, **params):
    answer = await api.get(f"/api/v1/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def some_spans(spans, seed, *, count=400, project="default"):
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        operation = chance.choice(
            ["task", "invoke_agent", "chat", "chat", "execute_tool", "handoff", "decision"]
        )
        agent = chance.choice(["", "a", "b", "c d"])
        llm = operation == "chat"
        made.append(
            spans.row(
                trace=chance.randrange(50),
                at=-chance.uniform(1, 5_000),
                seconds=chance.uniform(0.001, 90),
                project=project,
                operation=operation,
                agent=agent,
                error=chance.choice(["", "", "", "Timeout"]),
                weight=chance.choice([1.0, 1.0, 10.0]),
                cost=chance.choice([None, 1_234_567, 5]) if llm else 0,
                TaskType=chance.choice(["", "plan"]),
                ServiceNamespace=chance.choice(["", "", "x"]),
                ServiceName=chance.choice(["one", "two"]),
                ToolName=chance.choice(["search", "read"]) if operation == "execute_tool" else "",
                TargetAgent=chance.choice(["a", "b"]) if operation == "handoff" else "",
                Provider="openai" if llm else "",
                Model=chance.choice(["gpt-5", "mini"]) if llm else "",
                InputTokens=chance.randrange(2_000) if llm else 0,
                OutputTokens=chance.randrange(500) if llm else 0,
            )
        )
    spans.add_all(made)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("overview", {}),
        ("overview", {"window_seconds": 3_000}),
        ("overview", {"window_seconds": 600}),
        ("overview", {"window_seconds": 86_400}),
        ("agents", {}),
        ("agents", {"start": "2026-03-02T09:10:17Z", "end": "2026-03-02T09:44:44Z"}),
        ("agents/a", {}),
        ("agents/c d", {"start": "2026-03-02T09:10:17Z", "end": "2026-03-02T09:44:44Z"}),
    ],
)
async def test_the_rollup_gives_the_same_figures_as_the_spans(
    rolled, raw, rollup, spans, clock, path, params
):
    some_spans(spans, 1)
    some_spans(spans, 2, count=50, project="other")
    await settle(rollup, clock)
    assert await get(rolled, path, **params) == await get(raw, path, **params)


async def test_what_is_added_up_is_not_read_again_from_the_spans(rolled, store, rollup, spans, clock):
    some_spans(spans, 3)
    await settle(rollup, clock)
    covered = await rollup.covered("default")
    # Only the minute that is still open.
    assert covered.stale <= {clock.now_ns() // MINUTE_NS * 60, clock.now_ns() // MINUTE_NS * 60 - 60}
    store.asked.clear()
    await get(rolled, "overview")
    (asked,) = (sql for sql in store.asked if "sketch" in sql.lower())
    assert "watchkeeper.span_minutes " in asked


async def test_a_late_span_counts_as_soon_as_it_is_noticed_and_after_its_minute_is_added_up(
    rolled, rollup, spans, clock
):
    spans.add(operation="task", at=-1_800)
    await settle(rollup, clock)
    assert (await get(rolled, "overview"))["tasks"] == 1
    spans.add(operation="task", at=-1_801)
    spans.add(operation="task", at=-2_500)
    await rollup.refresh()
    assert len((await rollup.covered("default")).stale) == 2
    clock.advance(1)
    assert (await get(rolled, "overview"))["tasks"] == 3
    await settle(rollup, clock)
    assert not (await rollup.covered("default")).stale
    clock.advance(1)
    assert (await get(rolled, "overview"))["tasks"] == 3


async def test_prices_that_come_later_reach_the_figures(rolled, store, rollup, spans, clock):
    spans.llm(cost=None, at=-1_800, agent="a")
    await settle(rollup, clock)
    assert (await get(rolled, "agents"))["items"][0]["cost_usd"] == 0
    await store.execute(
        "ALTER TABLE watchkeeper.spans UPDATE CostNanoUSD = 2000000000 WHERE CostNanoUSD IS NULL "
        "SETTINGS mutations_sync = 1"
    )
    await settle(rollup, clock)
    (agent,) = (await get(rolled, "agents"))["items"]
    assert (agent["cost_usd"], agent["unpriced_calls"]) == (2.0, 0)


async def test_rows_that_were_taken_back_no_longer_count(rolled, store, rollup, spans, clock):
    spans.add(operation="task", at=-1_800, RequestId=7)
    spans.add(operation="task", at=-1_860)
    await settle(rollup, clock)
    await store.execute(
        "ALTER TABLE watchkeeper.spans DELETE WHERE RequestId = 7 SETTINGS mutations_sync = 1"
    )
    await settle(rollup, clock)
    assert (await get(rolled, "overview"))["tasks"] == 1


async def test_merges_change_nothing(store, rollup, spans, clock):
    for at in range(5):
        spans.add(operation="task", at=-1_800 - at * 60)
    await settle(rollup, clock)
    await store.execute("OPTIMIZE TABLE watchkeeper.spans FINAL")
    await rollup.refresh()
    assert not (await rollup.covered("default")).stale


async def test_a_restart_finds_what_was_stored_meanwhile_and_adds_up_nothing_else(
    make_deps, client_of, store, rollup, spans, clock
):
    some_spans(spans, 4)
    await settle(rollup, clock)
    spans.add(operation="task", at=-1_800)
    again = Rollup(store, clock)
    # As on a server that is asked at once: nothing is known yet, so the spans are read.
    assert await again.covered("default") is None
    assert await again.refresh()
    stale = (await again.covered("default")).stale
    assert (spans.now_ns // 10**9 - 1_800) // 60 * 60 in stale or len(stale) <= 2
    await settle(again, clock)
    versions = await store.select(
        "SELECT Minute, count() AS n FROM watchkeeper.span_minutes_done GROUP BY Minute"
    )
    assert sum(row[1] > 1 for row in versions.data) <= 3
    async with client_of(make_deps(cover=again.covered)) as rolled, client_of(make_deps()) as raw:
        assert await get(rolled, "overview") == await get(raw, "overview")


async def test_a_crash_before_a_minute_was_whole_leaves_the_version_before(
    rolled, store, rollup, spans, clock
):
    spans.add(operation="task", at=-1_800)
    await settle(rollup, clock)
    await store.execute(
        "INSERT INTO watchkeeper.span_minutes SELECT * REPLACE (Version + 1 AS Version, Weight + 99 AS Weight, "
        "'half' AS Model) FROM watchkeeper.span_minutes"
    )
    assert (await get(rolled, "overview"))["tasks"] == 1


async def test_a_minute_that_still_gets_spans_is_left_alone(store, rollup, spans, clock):
    spans.add(operation="task", at=-1)
    for _ in range(3):
        await rollup.refresh()
        spans.add(operation="task", at=-400)
        clock.advance(1)
    await rollup.refresh()
    done = await store.select("SELECT count() FROM watchkeeper.span_minutes_done")
    assert done.data == [[0]]


async def test_minutes_since_the_last_look_come_from_the_spans(rolled, rollup, spans, clock):
    await settle(rollup, clock)
    for _ in range(3):
        clock.advance(120)
        spans.add(operation="task", at=(clock.now_ns() - spans.now_ns) / 1e9 - 61)
    assert (await get(rolled, "overview"))["tasks"] == 3


async def test_a_partition_that_was_dropped_no_longer_counts(rolled, store, rollup, spans, clock):
    spans.add(operation="task", at=-1_800)
    await settle(rollup, clock)
    assert (await get(rolled, "overview"))["tasks"] == 1
    for row in (
        await store.select("SELECT DISTINCT partition_id FROM system.parts WHERE table = 'spans'")
    ).data:
        await store.execute(f"ALTER TABLE watchkeeper.spans DROP PARTITION ID '{row[0]}'")
    await settle(rollup, clock)
    assert (await get(rolled, "overview"))["tasks"] == 0


async def test_projects_are_kept_apart(rolled, rollup, spans, clock):
    spans.add(operation="task", agent="spy", project="other", at=-1_800)
    await settle(rollup, clock)
    page = await get(rolled, "overview")
    assert page["tasks"] == page["agents_total"] == 0


async def test_spans_of_very_many_minutes_do_not_fill_the_memory_and_all_count(
    monkeypatch, rolled, raw, rollup, spans, clock
):
    monkeypatch.setattr("watchkeeper.store.rollup._MOST_STALE", 100)
    monkeypatch.setattr("watchkeeper.store.rollup._FEW_STALE", 20)
    await rollup.refresh()
    spans.add_all([spans.row(operation="task", at=-60 * minute - 1) for minute in range(400)])
    for _ in range(12):
        await rollup.refresh()
        assert len((await rollup.covered("default")).stale) <= 100
        assert (await get(rolled, "overview", window_seconds=86_400))["tasks"] == 400
        clock.advance(3)
    await settle(rollup, clock)
    assert (await rollup.covered("default")).since < spans.now_ns // 10**9 - 86_400
    assert await get(rolled, "agents") == await get(raw, "agents")


def part(name, first, last, rows, version=0, partition="p"):
    return Part(name, partition, first, last, version, rows)


def test_a_merge_of_known_parts_is_no_change():
    before = [part("1", 1, 1, 10), part("2", 2, 2, 5)]
    assert change(before, [part("1_2", 1, 2, 15)]).new == ()
    assert not change(before, [part("1_2", 1, 2, 15)]).compare


def test_new_parts_and_merges_with_new_rows_are_told():
    before = [part("1", 1, 1, 10), part("3", 3, 3, 5)]
    late = part("2", 2, 2, 7)
    assert change(before, [*before, late]).new == (late,)
    # An insert that began earlier and ended later, merged before it was seen.
    merged = part("1_3", 1, 3, 22)
    assert change(before, [merged]).new == (merged,)
    large = part("1_3", 1, 3, 2_000_022)
    assert change(before, [large]).compare


def test_mutations_and_removed_rows_are_told():
    before = [part("1", 1, 1, 10)]
    assert change(before, [part("1_9", 1, 1, 10, version=9)]).compare
    assert change(before, [part("1_9", 1, 1, 8, version=9)]).compare


def test_rows_that_went_without_a_mutation_are_told():
    before = [part("1", 1, 1, 10), part("2", 1, 1, 10, partition="q")]
    assert change(before, before[:1]).compare
    assert change(before, []).compare
    assert not change([*before, part("3", 3, 3, 0)], before).compare, "an empty part is tidied away"


def test_parts_of_other_days_are_not_mixed_up():
    before = [part("1", 1, 1, 10, partition="p")]
    other = part("1_1", 1, 1, 10, partition="q")
    assert change(before, [*before, other]).new == (other,)


def test_only_whole_known_minutes_come_from_the_rollup():
    start = 1_000 * MINUTE_NS
    within = TimeRange(start + 5, start + 10 * MINUTE_NS + 5)
    covered = Covered(0, frozenset({1_003 * 60}), 2_000 * 60)
    sql = rows(covered, within, (TASKS, RUNS))
    for one, end in ((1_001, 1_003), (1_004, 1_010)):
        assert f"toUnixTimestamp(Minute) >= {one * 60} AND toUnixTimestamp(Minute) < {end * 60}" in sql
    for one, end in (
        (start + 5, start + MINUTE_NS),
        (1_003 * MINUTE_NS, 1_004 * MINUTE_NS),
        (1_010 * MINUTE_NS, within.end_ns),
    ):
        assert f"fromUnixTimestamp64Nano({one}, 'UTC')" in sql
        assert f"fromUnixTimestamp64Nano({end}, 'UTC')" in sql
    assert "span_minutes" not in rows(covered, within, (TASKS,), step=30)
    assert "span_minutes" not in rows(None, within, (TASKS,))
    assert "span_minutes" not in rows(Covered(2_000 * 60, frozenset(), 3_000 * 60), within, (TASKS,))
