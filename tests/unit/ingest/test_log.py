"""The write-ahead log: what it acknowledged reaches the store, whatever disk, engine and senders do."""

import asyncio
import errno
import os
from itertools import count

import pytest

from watchkeeper.ingest.errors import LogFull, ProjectRefused
from watchkeeper.kernel.clock import FakeClock
from watchkeeper.model import envelope
from watchkeeper.store.errors import EngineError, EngineUnavailable

BODIES = [f"request {number}".encode() * 20 for number in range(40)]


def folder(log, suffix=""):
    return sorted(path.name for path in log._folder.glob(f"*{suffix}"))


async def test_everything_appended_is_stored_once_and_deleted(make_log, put, until):
    log, store = await make_log()
    assert all(await asyncio.gather(*(put(log, body) for body in BODIES)))
    await until(lambda: len(store.bodies) == len(BODIES))
    assert store.bodies == BODIES, "and in order"
    await until(lambda: not folder(log))
    state = log.state
    assert (state.accepted_requests, state.stored_requests, state.waiting_bytes) == (40, 40, 0)


async def test_requests_that_come_together_share_one_sync(make_log, put, monkeypatch):
    log, _ = await make_log()
    syncs = count()
    real = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda file: (next(syncs), real(file))[1])
    await asyncio.gather(*(put(log, body) for body in BODIES))
    assert next(syncs) <= 3


async def test_an_acknowledged_request_is_on_the_disk(make_log, put):
    log, store = await make_log(segment_seconds=60)
    store.open.clear()
    await put(log, b"body")
    [name] = folder(log, ".open")
    [record] = envelope.read(memoryview((log._folder / name).read_bytes()))
    assert bytes(record.request) == b"body"


async def test_a_segment_is_closed_by_size(make_log, put, until):
    log, store = await make_log(segment_seconds=60, segment_bytes=1000)
    for body in BODIES:
        await put(log, body)
    await until(lambda: len(store.segments) >= 8)
    assert max(len(records) for _, records in store.segments) <= 6


async def test_a_segment_is_closed_by_time(make_log, put, until):
    log, store = await make_log(segment_seconds=0.05)
    await put(log, b"one")
    await until(lambda: store.bodies == [b"one"], seconds=1)


async def test_a_segment_holds_one_day_of_arrival(make_log, put, until):
    clock = FakeClock(1_767_225_600_000_000_000 - 1)  # one nanosecond before the new year
    log, store = await make_log(clock=clock, segment_seconds=60)
    await put(log, b"old year")
    clock.advance(1)
    await put(log, b"new year")
    await until(lambda: store.bodies == [b"old year"], seconds=2)
    await log.stop(timeout_seconds=5)
    assert [len(records) for _, records in store.segments] == [1, 1]


async def test_a_body_larger_than_a_segment_is_one(make_log, put, until):
    log, store = await make_log(segment_bytes=1000)
    await put(log, b"x" * 50_000)
    await until(lambda: store.bodies == [b"x" * 50_000])


async def test_a_project_whose_name_is_too_long_leaves_nothing_behind(make_log, put):
    log, _ = await make_log()
    for _ in range(2):
        with pytest.raises(ProjectRefused, match="120"):
            await asyncio.wait_for(put(log, b"body", project="ü" * 61), 2)
    assert log.state.waiting_bytes == 0
    assert await put(log, b"body", project="ü" * 60) is True


async def test_a_record_that_can_not_be_made_leaves_nothing_behind(make_log, put, monkeypatch):
    log, _ = await make_log()
    with monkeypatch.context() as broken:
        broken.setattr(envelope, "encode", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await put(log, b"body")
    assert log.state.waiting_bytes == 0
    assert await asyncio.wait_for(put(log, b"body"), 2) is True


# -- the same request again ------------------------------------------------------------------------------------


async def test_a_request_that_comes_again_is_stored_once(make_log, put, until):
    log, store = await make_log()
    assert await put(log, b"same") is True
    assert await put(log, b"same") is False
    await until(lambda: store.bodies)
    assert await put(log, b"same") is False
    assert await put(log, b"same", project="another") is True
    await until(lambda: len(store.bodies) == 2)
    assert log.state.repeated_requests == 2


async def test_a_request_that_comes_again_while_it_is_written_waits_for_the_disk(make_log, put, monkeypatch):
    log, _ = await make_log()
    real, synced = os.fdatasync, []

    def slow(file):
        import time

        time.sleep(0.1)
        real(file)
        synced.append(1)

    monkeypatch.setattr(os, "fdatasync", slow)
    first = asyncio.create_task(put(log, b"same"))
    await asyncio.sleep(0)
    assert await put(log, b"same") is False
    assert synced, "an acknowledgement before the sync would be a lie"
    assert await first is True


async def test_a_restart_remembers_what_was_stored(make_log, put):
    log, store = await make_log(remembered=[envelope.digest("p", b"before")])
    assert await put(log, b"before") is False
    assert store.bodies == []


async def test_a_sender_that_hangs_up_takes_nothing_back_from_others(make_log, put, until):
    log, store = await make_log()
    gone = asyncio.create_task(put(log, b"gone"))
    stays = asyncio.create_task(put(log, b"stays"))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays is True
    await until(lambda: b"stays" in store.bodies)


# -- a full or broken disk -------------------------------------------------------------------------------------


async def test_beyond_the_quota_senders_are_told_to_come_again(make_log, put, until):
    log, store = await make_log(wal_quota_bytes=2_000)
    store.open.clear()
    taken = 0
    with pytest.raises(LogFull) as caught:
        for taken, body in enumerate(BODIES):  # noqa: B007
            await put(log, body)
    assert taken >= 5
    assert caught.value.retryable
    store.open.set()
    await until(lambda: log.state.waiting_bytes == 0)
    assert await put(log, BODIES[taken]) is True, "what was refused is not remembered as taken"


async def test_under_the_reserve_of_the_disk_nothing_is_taken(make_log, put, until):
    log, store = await make_log(min_free_disk_bytes=2**62)
    with pytest.raises(LogFull, match="min_free_disk_bytes"):
        await put(log, b"body")
    log._config = log._config.__class__(min_free_disk_bytes=0, segment_seconds=0.02)
    assert await put(log, b"body") is True
    await until(lambda: store.bodies == [b"body"])


@pytest.mark.parametrize("call", ["writev", "fdatasync"])
async def test_a_write_that_fails_is_not_acknowledged_and_cut_back(make_log, put, monkeypatch, call):
    log, store = await make_log(segment_seconds=60)
    await put(log, b"before")
    real_write = os.writev

    def fails(file, *rest):
        if rest:
            real_write(file, [rest[0][0]])  # the head of the record gets to the disk
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as broken:
        broken.setattr(os, call, fails)
        with pytest.raises(LogFull, match="no space left"):
            await put(log, b"broken")
    assert await put(log, b"broken") is True, "the sender's retry is taken"
    await put(log, b"after")
    await log.stop(timeout_seconds=5)
    assert store.bodies == [b"before", b"broken", b"after"]
    assert log.state.last_error == ""


async def test_nothing_is_written_behind_a_torn_record_that_could_not_be_cut_off(make_log, put, monkeypatch):
    log, store = await make_log(segment_seconds=60)
    await put(log, b"before")

    def full(*_):
        raise OSError(errno.EIO, "the disk is broken")

    real_write = os.writev
    with monkeypatch.context() as broken:
        broken.setattr(os, "ftruncate", full)
        broken.setattr(os, "writev", lambda file, parts: (real_write(file, parts[:1]), full()))
        with pytest.raises(LogFull):
            await put(log, b"broken")
        broken.setattr(os, "writev", real_write)
        with pytest.raises(LogFull):
            await put(log, b"still broken")
    assert await put(log, b"after") is True
    await log.stop(timeout_seconds=5)
    assert store.bodies == [b"before", b"after"]


async def test_a_segment_that_can_not_be_renamed_or_removed_is_stored_all_the_same(
    make_log, put, until, monkeypatch
):
    from pathlib import Path

    log, store = await make_log()

    def broken(self, *_, **__):
        raise OSError(errno.EIO, f"{self.name} can't be touched")

    with monkeypatch.context() as context:
        context.setattr(Path, "rename", broken)
        await put(log, b"one")
        await until(lambda: store.bodies == [b"one"])
    with monkeypatch.context() as context:
        context.setattr(Path, "unlink", broken)
        await put(log, b"two")
        await until(lambda: b"two" in store.bodies)
        await until(lambda: log.state.retries)
    await put(log, b"three")
    await until(lambda: b"three" in store.bodies and not log.state.waiting_segments)


@pytest.mark.parametrize("call", ["_open", "_acknowledge", "_close", "_write_group", "_fill"])
async def test_a_fault_of_the_writer_does_not_end_it(make_log, put, until, monkeypatch, caplog, call):
    log, store = await make_log()
    real, faults = getattr(log, call), [RuntimeError("a fault of ours")]

    def fails(*given):
        if faults:
            raise faults.pop()
        return real(*given)

    monkeypatch.setattr(log, call, fails)
    try:
        await asyncio.wait_for(put(log, b"first"), 2)
    except LogFull as error:
        assert "a fault of ours" in str(error)  # noqa: PT017  (some faults come behind the acknowledgement)
    await until(lambda: "Traceback" in caplog.text)
    await asyncio.wait_for(put(log, b"second"), 2)
    await until(lambda: b"second" in store.bodies)
    await until(lambda: log.state.waiting_bytes == 0)
    assert store.bodies.count(b"first") <= 1
    assert await put(log, b"first") is (b"first" not in store.bodies), "what is stored is remembered"


# -- a store that fails ----------------------------------------------------------------------------------------


async def test_a_segment_is_tried_until_it_is_stored_and_says_how_often(make_log, put, until):
    log, store = await make_log()
    store.errors = [
        EngineUnavailable("away"),
        EngineError("no", engine_code=252),
        RuntimeError("a fault of ours"),
    ]
    await put(log, b"body")
    await until(lambda: store.bodies == [b"body"])
    assert store.segments[0][0].attempt == 3
    assert log.state.retries == 3
    await until(lambda: log.state.last_error == "")


async def test_one_segment_that_waits_does_not_hold_up_the_next(make_log, put, until):
    log, store = await make_log()
    store.errors = [EngineUnavailable("away")]
    await put(log, b"one")
    await until(lambda: log.state.retries == 1)
    await put(log, b"two")
    await until(lambda: sorted(store.bodies) == [b"one", b"two"])


# -- restart ---------------------------------------------------------------------------------------------------


async def test_what_an_earlier_process_left_is_stored_without_its_torn_tail(make_log, put, until):
    log, store = await make_log(segment_seconds=60)
    for body in BODIES[:3]:
        await put(log, body)
    [name] = folder(log, ".open")
    content = (log._folder / name).read_bytes()
    await log.stop(timeout_seconds=5)
    ends = [record.end for record in envelope.read(memoryview(content))]
    for cut in (0, 1, ends[0] - 1, ends[0], ends[0] + 1, ends[1], ends[2] - 1, ends[2]):
        (log._folder / name).write_bytes(content[:cut])
        again, store = await make_log()
        whole = [body for body, end in zip(BODIES, ends, strict=False) if end <= cut]
        await until(lambda whole=whole, store=store: store.bodies == whole)
        assert all(segment.replayed for segment, _ in store.segments)
        for body in whole:
            assert await put(again, body) is False, "a retry of what was replayed"
        await again.stop(timeout_seconds=5)
        assert folder(again) == []


async def test_closed_segments_are_stored_first_and_in_order(make_log, put, until):
    log, store = await make_log(segment_seconds=0.01)
    store.open.clear()
    for body in BODIES[:4]:
        await put(log, body)
        await until(lambda: not folder(log, ".open"))
    await log.stop(timeout_seconds=0)
    _, store = await make_log()
    await until(lambda: len(store.bodies) == 4)
    assert sorted(store.bodies) == sorted(BODIES[:4])


async def test_a_damaged_closed_segment_gives_what_is_whole_and_is_kept(make_log, put, until):
    log, store = await make_log(segment_seconds=60)
    for body in BODIES[:3]:
        await put(log, body)
    [name] = folder(log, ".open")
    content = bytearray((log._folder / name).read_bytes())
    await log.stop(timeout_seconds=5)
    second = list(envelope.read(memoryview(bytes(content))))[1]
    content[second.end - 5] ^= 1
    (log._folder / name).with_suffix(".pb").write_bytes(content)
    log, store = await make_log()
    await until(lambda: store.bodies == BODIES[:1])
    await until(lambda: folder(log) == [name.replace(".open", ".damaged")])


@pytest.mark.parametrize("at", [0, 1, 2], ids=["first", "middle", "last"])
async def test_an_open_segment_with_whole_records_behind_the_damage_is_kept(make_log, put, until, caplog, at):
    log, store = await make_log(segment_seconds=60)
    for body in BODIES[:3]:
        await put(log, body)
    [name] = folder(log, ".open")
    content = bytearray((log._folder / name).read_bytes())
    await log.stop(timeout_seconds=5)
    records = list(envelope.read(memoryview(bytes(content))))
    for place in (records[at].start, records[at].end - 5):
        damaged = bytearray(content)
        damaged[place] ^= 1
        (log._folder / name).write_bytes(damaged)
        caplog.clear()
        again, store = await make_log()
        await until(lambda store=store: store.bodies == BODIES[:at])
        await again.stop(timeout_seconds=5)
        kept = log._folder / name.replace(".open", ".damaged")
        assert kept.read_bytes() == damaged
        assert [record.levelname for record in caplog.records if "damaged" in record.message] == ["ERROR"]
        kept.unlink()
        assert folder(log) == []


async def test_stopping_stores_what_is_open_and_refuses_what_comes_late(make_log, put):
    log, store = await make_log(segment_seconds=60)
    await put(log, b"body")
    await log.stop(timeout_seconds=5)
    assert store.bodies == [b"body"]
    with pytest.raises(LogFull, match="stopping"):
        await put(log, b"late")


async def test_stopping_does_not_wait_for_ever_and_the_next_start_goes_on(make_log, put, until):
    log, store = await make_log()
    store.open.clear()
    await put(log, b"body")
    await log.stop(timeout_seconds=0.1)
    assert folder(log)
    _, store = await make_log()
    await until(lambda: store.bodies == [b"body"])


async def test_what_is_remembered_is_bounded(make_log, put, monkeypatch):
    monkeypatch.setattr("watchkeeper.ingest.log.REMEMBERED_REQUESTS", 10)
    log, _ = await make_log()
    for body in BODIES:
        await put(log, body)
    assert len(log._recent) <= 10
