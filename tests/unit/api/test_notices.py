"""Telling watchers that telemetry was stored, without asking the store more than once a second."""

import asyncio

import pytest

from watchkeeper.api.notices import StoredNotices
from watchkeeper.model.ranges import TimeRange
from watchkeeper.store.errors import EngineUnavailable


@pytest.fixture
async def notices(store, feed, clock):
    made = StoredNotices(store.select, feed, clock, every_seconds=0.05)
    yield made
    await made.close()


@pytest.fixture
def received(spans):
    return TimeRange(spans.now_ns - 120_000_000_000, spans.now_ns)


async def test_watchers_are_told_what_came(notices, feed, spans, received):
    spans.add(trace=1, agent="a", RequestId=2**63 + 7)
    spans.add(trace=1, agent="b", RequestId=2**63 + 7)
    spans.add(trace=2, agent="c", RequestId=8)
    spans.add(trace=3, RequestId=2**63 + 7, project="other")
    async with feed.watch("default") as watcher:
        notices.stored("default", [2**63 + 7], received)
        event = await watcher.next(5)
    assert event.event_type == "telemetry.stored"
    assert event.payload == {"spans": 2, "trace_ids": [spans.trace_id(1)], "agents": ["a", "b"]}


async def test_what_comes_close_together_is_told_together(notices, feed, spans, store, received):
    for number in range(10):
        spans.add(trace=number, RequestId=number)
    async with feed.watch("default") as watcher:
        for number in range(10):
            notices.stored("default", [number], received)
            await asyncio.sleep(0.001)
        told = [await watcher.next(5), await watcher.next(5)]
        assert await watcher.next(0.15) is None
    assert sum(event.payload["spans"] for event in told) == 10
    assert len(store.asked) == 2


async def test_while_nobody_watches_nothing_is_asked(notices, feed, store, received):
    async with feed.watch("other"):
        notices.stored("default", [1], received)
        await asyncio.sleep(0.01)
    assert store.asked == []


async def test_watchers_are_told_also_while_the_engine_is_away(notices, feed, store, received):
    store.failing = EngineUnavailable("gone")
    async with feed.watch("default") as watcher:
        notices.stored("default", [1], received)
        assert (await watcher.next(5)).payload == {"spans": 0, "trace_ids": [], "agents": []}
        store.failing = None
        await asyncio.sleep(0.1)
        notices.stored("default", [2], received)
        assert (await watcher.next(5)) is not None
