import asyncio
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.kernel.errors import InvalidInput
from watchkeeper.ledger.audit import START_OF_CHAIN, canonical, chain_hash


async def record(ledger, count):
    for number in range(count):
        await ledger.audit.record("test", "thing.done", f"thing {number}", {"n": number})


def tamper(path, *statements):
    """Change the trail as somebody with the file would: without the triggers that keep it append-only."""
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER IF EXISTS audit_no_update")
    connection.execute("DROP TRIGGER IF EXISTS audit_no_delete")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


async def test_entries_are_chained_from_the_start(ledger, clock):
    await record(ledger, 3)
    newest, middle, oldest = await ledger.audit.read()
    assert [oldest.seq, middle.seq, newest.seq] == [1, 2, 3]
    assert oldest.previous_hash == START_OF_CHAIN
    assert middle.previous_hash == oldest.hash
    assert newest.previous_hash == middle.hash
    assert newest.time_ns == clock.now_ns()
    verdict = await ledger.audit.verify()
    assert (verdict.intact, verdict.entries, verdict.head) == (True, 3, newest.hash)


async def test_an_empty_trail_is_whole(ledger):
    verdict = await ledger.audit.verify()
    assert (verdict.intact, verdict.entries, verdict.head) == (True, 0, START_OF_CHAIN)


@pytest.mark.parametrize(
    ("change", "broken", "reason"),
    [
        ("UPDATE audit SET detail = '{\"n\":7}' WHERE seq = 2", 2, "was changed"),
        ("UPDATE audit SET actor = 'someone else' WHERE seq = 3", 3, "was changed"),
        ("UPDATE audit SET time_ns = time_ns - 1 WHERE seq = 1", 1, "was changed"),
        ("DELETE FROM audit WHERE seq = 2", 3, "entry 2 is missing"),
        ("DELETE FROM audit WHERE seq = 1", 2, "entry 1 is missing"),
        ("UPDATE audit SET previous_hash = hash WHERE seq = 4", 4, "does not follow"),
    ],
)
async def test_a_trail_that_was_touched_says_where(ledger, tmp_path, change, broken, reason):
    await record(ledger, 5)
    tamper(tmp_path / "ledger.db", change)
    verdict = await ledger.audit.verify()
    assert not verdict.intact
    assert verdict.broken_seq == broken
    assert reason in verdict.reason


async def test_a_recomputed_hash_shows_at_the_next_entry(ledger, tmp_path):
    await record(ledger, 3)
    second = (await ledger.audit.read())[1]
    forged = chain_hash(
        {
            "seq": 2,
            "time_ns": second.time_ns,
            "project": "default",
            "actor": "test",
            "action": "thing.done",
            "target": "nothing",
            "detail": "{}",
            "previous_hash": second.previous_hash,
        }
    )
    tamper(
        tmp_path / "ledger.db",
        f"UPDATE audit SET target = 'nothing', detail = '{{}}', hash = '{forged}' WHERE seq = 2",
    )
    verdict = await ledger.audit.verify()
    assert (verdict.intact, verdict.broken_seq) == (False, 3)


async def test_a_cut_off_end_shows_against_a_hash_kept_elsewhere(ledger, tmp_path):
    await record(ledger, 4)
    kept = (await ledger.audit.verify()).head
    tamper(tmp_path / "ledger.db", "DELETE FROM audit WHERE seq = 4")
    assert (await ledger.audit.verify()).intact
    verdict = await ledger.audit.verify(expected_head=kept)
    assert not verdict.intact
    assert "cut off" in verdict.reason


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
async def test_the_database_refuses_changes(ledger, tmp_path, statement):
    await record(ledger, 1)
    connection = sqlite3.connect(tmp_path / "ledger.db")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


async def test_an_entry_exists_exactly_when_its_change_does(ledger):
    with pytest.raises(RuntimeError):
        async with ledger.transaction() as connection:
            await ledger.audit.record("test", "thing.done", "x", within=connection)
            raise RuntimeError("the change failed")
    assert await ledger.audit.read() == []


async def test_writers_at_the_same_time_make_one_chain(ledger):
    await asyncio.gather(*(ledger.audit.record(f"writer {n}", "thing.done", "x") for n in range(40)))
    verdict = await ledger.audit.verify()
    assert (verdict.intact, verdict.entries) == (True, 40)


async def test_it_is_read_in_pages_from_the_newest(ledger):
    await record(ledger, 5)
    first = await ledger.audit.read(limit=2)
    second = await ledger.audit.read(limit=2, before_seq=first[-1].seq)
    assert [entry.seq for entry in (*first, *second)] == [5, 4, 3, 2]


async def test_more_entries_than_a_page_are_verified(ledger, monkeypatch):
    monkeypatch.setattr("watchkeeper.ledger.audit._PAGE", 3)
    await record(ledger, 7)
    assert (await ledger.audit.verify()).entries == 7


@pytest.mark.parametrize(
    ("detail", "target", "wrong"),
    [
        ({"x": "y" * 20_000}, "t", "over 16384 bytes"),
        ({"x": float("nan")}, "t", "no JSON"),
        ({"x": object()}, "t", "no JSON"),
        ({}, "t" * 501, "over 500 characters"),
    ],
)
async def test_entries_are_bounded(ledger, detail, target, wrong):
    with pytest.raises(InvalidInput, match=wrong):
        await ledger.audit.record("test", "thing.done", target, detail)
    assert await ledger.audit.read() == []


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none() | st.booleans()))
def test_the_same_detail_has_one_text(detail):
    assert canonical(detail) == canonical(dict(reversed(detail.items())))
