"""The live feed and its stream of server-sent events."""

import asyncio
import json

import httpx
import pytest
from fastapi import FastAPI

from watchkeeper.api.live import QUEUED_EVENTS, REPLAYED_EVENTS, FeedClosed, LiveFeed, Resync
from watchkeeper.api.routes.stream import _lines, event_lines, router
from watchkeeper.model.events import Event


def event(number, project="default", kind="telemetry.stored"):
    return Event(
        f"id-{number}",
        1_772_445_600_000_000_000 + number,
        project,
        kind,
        "trace",
        str(number),
        {"spans": number},
    )


async def taken(watcher, seconds=0.01):
    items = []
    while (item := await watcher.next(seconds)) is not None:
        items.append(item)
        if isinstance(item, FeedClosed):
            break
    return items


async def test_a_watcher_gets_the_events_of_its_project_in_order():
    feed = LiveFeed()
    async with feed.watch("default") as watcher:
        for number, project in ((1, "default"), (2, "other"), (3, "default")):
            feed.publish(event(number, project))
        assert await taken(watcher) == [event(1), event(3)]


async def test_a_watcher_waits_for_what_has_not_happened_yet():
    feed = LiveFeed()
    async with feed.watch("default") as watcher:
        waiting = asyncio.create_task(watcher.next(5))
        await asyncio.sleep(0)
        feed.publish(event(1))
        assert await waiting == event(1)


async def test_who_comes_back_gets_what_was_missed():
    feed = LiveFeed()
    for number in range(5):
        feed.publish(event(number))
    async with feed.watch("default", "id-2") as watcher:
        assert await taken(watcher) == [event(3), event(4)]


async def test_who_was_away_too_long_is_told_to_look_again():
    feed = LiveFeed()
    for number in range(REPLAYED_EVENTS + 2):
        feed.publish(event(number))
    async with feed.watch("default", "id-1") as watcher:
        assert await taken(watcher) == [Resync(None)]


async def test_a_slow_watcher_loses_its_backlog_and_is_told_how_much():
    feed = LiveFeed()
    async with feed.watch("default") as slow, feed.watch("default") as quick:
        got = 0
        for number in range(QUEUED_EVENTS + 1):
            feed.publish(event(number))
            got += len(await taken(quick, 0.0001)) if number % 100 == 0 else 0
        assert await taken(slow) == [Resync(QUEUED_EVENTS), event(QUEUED_EVENTS)]
        assert got + len(await taken(quick)) == QUEUED_EVENTS + 1
    assert feed.dropped_events == QUEUED_EVENTS
    assert feed.watchers == 0


async def test_closing_ends_every_watch_also_one_that_begins_later():
    feed = LiveFeed()
    async with feed.watch("default") as watcher:
        waiting = asyncio.create_task(watcher.next(60))
        await asyncio.sleep(0)
        feed.close()
        assert await asyncio.wait_for(waiting, 1) == FeedClosed()
    async with feed.watch("default") as late:
        assert await late.next(1) == FeedClosed()


async def test_whether_anybody_watches_is_known():
    feed = LiveFeed()
    async with feed.watch("a"):
        assert feed.watches("a")
        assert not feed.watches("b")
    assert not feed.watches("a")


def test_an_event_on_the_wire():
    lines = event_lines(event(1, kind="telemetry.stored")).decode().split("\n")
    assert lines[0] == "id: id-1"
    assert lines[1] == "event: telemetry.stored"
    assert json.loads(lines[2].removeprefix("data: ")) == {
        "id": "id-1",
        "time": "2026-03-02T10:00:00.000000001Z",
        "project": "default",
        "event_type": "telemetry.stored",
        "entity_type": "trace",
        "entity_id": "1",
        "payload": {"spans": 1},
    }
    assert lines[3:] == ["", ""]


async def always():
    return True


async def never():
    return False


async def test_a_stream_opens_at_once_beats_and_ends_with_the_feed(clock):
    feed = LiveFeed()
    lines = _lines(feed, "default", None, 0.01, clock, always)
    assert (await anext(lines)).startswith(b"retry: 2000")
    assert await anext(lines) == b": still here\n\n"
    feed.publish(event(1))
    assert (await anext(lines)).startswith(b"id: id-1\n")
    feed.close()
    with pytest.raises(StopAsyncIteration):
        await anext(lines)
    assert feed.watchers == 0


async def test_a_stream_ends_with_the_right_to_it(clock):
    feed = LiveFeed()
    lines = _lines(feed, "default", None, 0.01, clock, never)
    assert (await anext(lines)).startswith(b"retry: 2000")
    with pytest.raises(StopAsyncIteration):
        await anext(lines)


async def test_a_stream_ends_with_the_right_to_it_also_where_much_happens(clock):
    feed = LiveFeed()
    lines = _lines(feed, "default", None, 15, clock, never)
    assert (await anext(lines)).startswith(b"retry: 2000")
    for number in range(3):
        feed.publish(event(number))
    assert (await anext(lines)).startswith(b"id: id-0\n")
    clock.advance(15)
    with pytest.raises(StopAsyncIteration):
        await anext(lines)


async def test_a_revoked_token_loses_its_open_stream(make_deps, ledger):
    token_id, secret = await ledger.tokens.create("default", ["read"], "watcher")
    deps = make_deps()
    app = FastAPI()
    app.include_router(router(deps, heartbeat_seconds=0.01), prefix="/api/v1")
    transport = httpx.ASGITransport(app=deps.guard(app))
    headers = {"authorization": f"Bearer {secret}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:7070") as client:
        # The test client reads to the end.
        reading = asyncio.create_task(client.get("/api/v1/stream", headers=headers))
        await asyncio.sleep(0.1)
        assert not reading.done()
        await ledger.tokens.revoke(token_id, project="default", actor="test")
        answer = await asyncio.wait_for(reading, 5)
    assert answer.status_code == 200
    assert answer.text.count(": still here") >= 2
    assert deps.feed.watchers == 0


async def test_the_route_streams_over_http(api, feed):
    feed.close()  # so that the stream ends by itself: the test client reads to the end
    answer = await api.get("/api/v1/stream")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.startswith("retry: 2000")


async def test_too_many_streams_are_refused(api, feed, monkeypatch):
    monkeypatch.setattr("watchkeeper.api.routes.stream.MOST_WATCHERS", 0)
    answer = await api.get("/api/v1/stream")
    assert (answer.status_code, answer.json()["retryable"]) == (503, True)
    assert answer.headers["retry-after"]
