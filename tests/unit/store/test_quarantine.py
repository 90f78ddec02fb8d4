"""What is put aside is kept, counted and announced, whatever happens to the process or to the folder."""

import json

import pytest

from watchkeeper.model import envelope
from watchkeeper.store.errors import EngineUnavailable
from watchkeeper.store.quarantine import Quarantine, newest


def record(number, size=100):
    head, body = envelope.encode(
        b"x" * size, request_id=number, project="p", received_unix_nano=10**18 + number
    )
    (made,) = envelope.read(memoryview(head + body))
    return made


@pytest.fixture
def told():
    return []


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "quarantine"


@pytest.fixture
def quarantine(folder, clock, told):
    return Quarantine(folder, clock, quota_bytes=1_000, tell=lambda *what: told.append(what))


def test_files_that_were_removed_make_room_without_a_restart(quarantine, folder, clock):
    with pytest.raises(EngineUnavailable):
        for number in range(100):
            quarantine.put(record(number), "no")
    for file in folder.iterdir():
        file.unlink()
    quarantine.put(record(1_000), "no")
    clock.advance(1)
    assert quarantine.count == 1
    assert quarantine.holds(record(1_000))
    assert not quarantine.holds(record(1))


def test_an_entry_is_announced_until_its_alarm_is_written(quarantine, folder, clock, told):
    quarantine.put(record(1), "first")
    quarantine.put(record(2), "second")
    quarantine.told(told[0][1])
    again = []
    Quarantine(folder, clock, quota_bytes=1_000, tell=lambda *what: again.append(what)).announce()
    assert again == [told[1]]
    assert json.loads(next(folder.glob("*1.json")).read_text())["reason"] == "first"


def test_an_entry_whose_note_is_damaged_is_announced_too(quarantine, folder, told):
    quarantine.put(record(1), "first")
    next(folder.glob("*.json")).write_text("{")
    quarantine.announce()
    assert told[1] == ("", told[0][1], "unknown")


def test_the_newest_reason_is_found(quarantine, folder, clock):
    assert newest(folder) == (0, "")
    quarantine.put(record(9), "first")
    clock.advance(1)
    quarantine.put(record(1), "second")
    assert newest(folder) == (2, "second")
