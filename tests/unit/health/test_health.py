"""Checks side by side, one score, and an explanation that adds up."""

import asyncio

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.health import components
from watchkeeper.health.checks import Check, HealthChecks
from watchkeeper.health.config import HealthConfig
from watchkeeper.health.score import report, status_of
from watchkeeper.model.health import ComponentHealth, Finding
from watchkeeper.model.status import IngestStatus

CONFIG = HealthConfig()


def part(name, score, weight=1):
    return ComponentHealth(name, status_of(score), score, weight, f"{name} says why", 0.0)


def finding(score, message="as found"):
    async def run():
        return Finding(score, message)

    return run


@pytest.mark.parametrize(
    ("score", "status"),
    [
        (100, "healthy"),
        (90, "healthy"),
        (89, "degraded"),
        (60, "degraded"),
        (59, "unhealthy"),
        (0, "unhealthy"),
    ],
)
def test_the_status_of_a_score(score, status):
    assert status_of(score) == status


def test_scores_count_by_their_weights():
    assert report([part("a", 100, 3), part("b", 0, 1)]).score == 75


def test_a_hundred_means_that_every_part_is_as_it_should_be():
    found = report([part("a", 100, 1_000), part("b", 99, 1)])
    assert found.score == 99
    assert report([part("a", 100, 1_000), part("b", 100, 1)]).score == 100


def test_the_explanation_names_what_takes_off_most_first():
    found = report([part("small", 0, 1), part("fine", 100, 5), part("big", 50, 4)])
    assert found.explanation[0] == "70 of 100, which is degraded: 2 of 3 parts are not as they should be."
    assert found.explanation[1] == "big takes off 20.0 (it scores 50): big says why"
    assert found.explanation[2] == "small takes off 10.0 (it scores 0): small says why"
    assert not any("fine" in line for line in found.explanation)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 100)), min_size=1, max_size=10))
def test_the_score_lies_between_the_worst_and_the_best_part(parts):
    scores = [score for score, _ in parts]
    found = report([part(str(at), score, weight) for at, (score, weight) in enumerate(parts)])
    assert min(scores) <= found.score <= max(scores)


async def test_a_check_that_hangs_or_fails_is_a_finding(clock):
    async def hangs():
        await asyncio.sleep(60)
        return Finding(100, "")

    async def fails():
        raise ConnectionError("refused")

    checks = [Check("hangs", 1, hangs), Check("fails", 1, fails), Check("works", 2, finding(100))]
    found = await HealthChecks(checks, clock, timeout_seconds=0.01).report()
    by_name = {one.name: one for one in found.components}
    assert by_name["hangs"].score == by_name["fails"].score == 0
    assert by_name["hangs"].message == "gave no answer within 0.01 seconds"
    assert by_name["fails"].message == "the check failed: refused"
    assert (found.score, found.status) == (50, "unhealthy")


async def test_checks_run_side_by_side(clock):
    both_there = asyncio.Barrier(2)

    async def meets():
        await both_there.wait()
        return Finding(100, "met")

    found = await HealthChecks(
        [Check("a", 1, meets), Check("b", 1, meets)], clock, timeout_seconds=5
    ).report()
    assert found.score == 100


@pytest.mark.parametrize(("score", "kept"), [(150, 100), (-3, 0)])
async def test_a_score_stays_within_its_bounds(clock, score, kept):
    found = await HealthChecks([Check("a", 1, finding(score))], clock, timeout_seconds=1).report()
    assert found.components[0].score == kept


def test_a_weight_must_count():
    with pytest.raises(ValueError, match="weight of check 'x'"):
        Check("x", 0, finding(1))


@pytest.mark.parametrize(("took", "lowest", "highest"), [(0.01, 100, 100), (1.75, 40, 60), (10, 0, 0)])
async def test_a_slow_engine_loses_points(clock, took, lowest, highest):
    async def ask():
        clock.advance(took)

    found = await components.engine(ask, clock, CONFIG).run()
    assert lowest <= found.score <= highest


@pytest.mark.parametrize(
    ("waiting", "lowest", "highest"),
    [
        (IngestStatus(10, 10, 0, 0.0, 0), 100, 100),
        (IngestStatus(10, 0, 200, 9.0, 0), 100, 100),
        (IngestStatus(10, 0, 100, 40.0, 0), 40, 60),
        (IngestStatus(10, 0, 100, 700.0, 0), 0, 0),
        (IngestStatus(10, 0, 1_000, 1.0, 0), 0, 0),
        (IngestStatus(10, 0, 0, 0.0, 3), 70, 70),
    ],
)
async def test_what_waits_too_long_or_fills_the_log_loses_points(waiting, lowest, highest):
    async def measure():
        return waiting

    found = await components.ingest(measure, 1_000, CONFIG).run()
    assert lowest <= found.score <= highest


async def test_quarantine_is_told():
    async def measure():
        return IngestStatus(10, 7, 0, 0.0, 3)

    assert "3 requests lie in quarantine" in (await components.ingest(measure, 1_000, CONFIG).run()).message


async def test_a_disk_that_runs_full_loses_points(tmp_path, monkeypatch):
    class Usage:
        total, free = 1_000, 50

    monkeypatch.setattr(psutil, "disk_usage", lambda _: Usage)
    assert (await components.disk(tmp_path, CONFIG).run()).score == 50
    Usage.free = 500
    assert (await components.disk(tmp_path, CONFIG).run()).score == 100


async def test_memory_that_runs_out_loses_points(monkeypatch):
    class State:
        total, available = 1_000, 20

    monkeypatch.setattr(psutil, "virtual_memory", lambda: State)
    assert (await components.memory(CONFIG).run()).score == 20


async def test_a_ledger_that_cannot_be_read_scores_nothing(clock):
    async def ask():
        raise OSError("disk I/O error")

    found = await HealthChecks([components.ledger(ask)], clock, timeout_seconds=1).report()
    assert (found.score, found.components[0].message) == (0, "the check failed: disk I/O error")
