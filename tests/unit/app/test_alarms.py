"""Alarms are written one after the other, and one that can't be written takes no other with it."""

import asyncio
from types import SimpleNamespace

import pytest

from watchkeeper.app import alarms
from watchkeeper.app.alarms import Alarms


class Ledger:
    """Outbox and audit in one."""

    def __init__(self):
        self.events = []
        self.failing = None

    async def append(self, *what, project):
        if self.failing is not None:
            failing, self.failing = self.failing, None
            raise failing
        self.events.append(what[2])
        return SimpleNamespace()

    async def record(self, *_what, project):
        pass


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def writer(ledger):
    return Alarms(ledger, ledger, lambda _event: None)


async def test_an_error_that_nobody_expected_does_not_end_the_alarms(writer, ledger):
    written = []
    writer.written = written.append
    ledger.failing = ValueError("of a kind that nobody thought of")
    writer.start()
    writer.quarantined("p", "one", "r")
    writer.quarantined("p", "two", "r")
    await writer.stop()
    assert ledger.events == ["ingest_quarantine:two"]
    assert written == ["two"]


async def test_stopping_does_not_wait_for_a_task_that_ended(writer, monkeypatch):
    monkeypatch.setattr(alarms, "_STOP_SECONDS", 0.1)
    writer.start()
    await asyncio.sleep(0)
    writer._task.cancel()
    await asyncio.sleep(0)
    writer.quarantined("p", "one", "r")
    async with asyncio.timeout(5):
        await writer.stop()
