import sqlite3

import pytest

from watchkeeper.kernel.errors import InvalidInput
from watchkeeper.ledger import Ledger
from watchkeeper.ledger.config import LedgerConfig


async def append(ledger, count, **more):
    return [
        await ledger.outbox.append("thing.happened", "thing", str(n), {"n": n}, **more) for n in range(count)
    ]


async def test_events_come_back_whole_and_in_order(ledger, clock):
    made = await append(ledger, 3)
    page = await ledger.outbox.read_after(0)
    assert list(page.events) == made
    first = page.events[0]
    assert (first.event_type, first.entity_type, first.entity_id) == ("thing.happened", "thing", "0")
    assert (first.project, first.time_ns, first.payload) == ("default", clock.now_ns(), {"n": 0})
    assert len({event.id for event in made}) == 3


async def test_a_subscriber_reads_on_from_its_cursor(ledger):
    await append(ledger, 5)
    first = await ledger.outbox.read_after(0, limit=2)
    second = await ledger.outbox.read_after(first.cursor, limit=10)
    third = await ledger.outbox.read_after(second.cursor)
    assert [event.payload["n"] for event in (*first.events, *second.events)] == [0, 1, 2, 3, 4]
    assert (third.events, third.cursor) == ((), second.cursor)


async def test_a_new_subscriber_can_start_at_the_end_or_at_an_event(ledger):
    assert await ledger.outbox.newest() == 0
    made = await append(ledger, 3)
    at_the_second = await ledger.outbox.cursor_of(made[1].id)
    assert at_the_second is not None
    assert (await ledger.outbox.read_after(at_the_second)).events == (made[2],)
    assert (await ledger.outbox.read_after(await ledger.outbox.newest())).events == ()
    assert await ledger.outbox.cursor_of("unknown") is None


async def test_events_of_another_project_are_not_read(ledger):
    await append(ledger, 1, project="a")
    await append(ledger, 2, project="b")
    page = await ledger.outbox.read_after(0, project="b")
    assert [event.project for event in page.events] == ["b", "b"]


async def test_the_box_is_bounded_and_a_slow_subscriber_learns_that_it_missed_something(tmp_path, clock):
    config = LedgerConfig(outbox_max_events=1_000)
    async with await Ledger.open(tmp_path / "ledger.db", clock, config) as ledger:
        async with ledger.transaction() as connection:
            await append(ledger, 10, within=connection)
        slow = (await ledger.outbox.read_after(0, limit=5)).cursor
        async with ledger.transaction() as connection:
            await append(ledger, 1_990, within=connection)
        await ledger.outbox.trim()
        with sqlite3.connect(tmp_path / "ledger.db") as reader:
            assert reader.execute("SELECT count(*) FROM outbox").fetchone() == (1_000,)
        reader.close()
        page = await ledger.outbox.read_after(slow)
        assert page.missed
        assert not (await ledger.outbox.read_after(page.cursor)).missed


async def test_the_box_trims_itself_while_it_is_filled(tmp_path, clock):
    config = LedgerConfig(outbox_max_events=1_000)
    async with await Ledger.open(tmp_path / "ledger.db", clock, config) as ledger:
        async with ledger.transaction() as connection:
            await append(ledger, 2_560, within=connection)
        with sqlite3.connect(tmp_path / "ledger.db") as reader:
            assert reader.execute("SELECT count(*) FROM outbox").fetchone() == (1_000,)
        reader.close()


async def test_old_events_are_dropped_and_their_numbers_never_reused(ledger, clock):
    await append(ledger, 3)
    cursor = await ledger.outbox.newest()
    clock.advance(8 * 86_400)
    assert await ledger.outbox.trim() == 3
    later = await ledger.outbox.append("thing.happened", "thing", "x", {})
    page = await ledger.outbox.read_after(cursor)
    assert (page.events, page.cursor) == ((later,), cursor + 1)


async def test_an_event_exists_exactly_when_its_change_does(ledger):
    with pytest.raises(RuntimeError):
        async with ledger.transaction() as connection:
            await ledger.outbox.append("thing.happened", "thing", "x", {}, within=connection)
            raise RuntimeError("the change failed")
    assert (await ledger.outbox.read_after(0)).events == ()


@pytest.mark.parametrize(
    ("payload", "wrong"), [({"x": "y" * 70_000}, "over 65536 bytes"), ({"x": {1, 2}}, "no JSON")]
)
async def test_payloads_are_bounded(ledger, payload, wrong):
    with pytest.raises(InvalidInput, match=wrong):
        await ledger.outbox.append("thing.happened", "thing", "x", payload)
