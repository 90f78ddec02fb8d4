"""Whatever an insert leaves behind when it fails, each request ends up whole in one place: stored, or aside."""

import re
from pathlib import Path

import pytest

from watchkeeper.model import envelope
from watchkeeper.model.segment import Segment
from watchkeeper.store.apply import Applier
from watchkeeper.store.client import Rows
from watchkeeper.store.errors import EngineError, EngineUnavailable
from watchkeeper.store.quarantine import Quarantine


class Landing:
    """A request becomes as many rows as it has bytes."""

    table, columns, schema, stored = "w.landing", "`c` String", "syntax", "w.spans"

    def rows_of(self, request):
        return len(request)


class Engine:
    """Stores one request a block, keeps tokens for ever, and leaves what it stored before it fails."""

    def __init__(self):
        self.rows = {}
        self.tokens = set()
        self.poison = set()
        self.inserts = 0
        self.fail_at = {}

    async def select(self, sql, params=None, **_):
        if "system.tables" in sql:
            return Rows(("n",), [[1]])
        ids = map(int, re.search(r"IN \(([^)]*)\)", sql)[1].split(","))
        return Rows(("id", "n"), [[one, self.rows[one]] for one in ids if self.rows.get(one)])

    async def execute(self, sql, **_):
        if sql.startswith("ALTER"):
            for one in re.search(r"IN \(([^)]*)\)", sql)[1].split(","):
                self.rows.pop(int(one), None)
            return b""
        path = re.search(r"file\('([^']*)'", sql)[1]
        token = re.search(r"insert_deduplication_token = '([^']*)'", sql)[1]
        self.inserts += 1
        content = Path(path).read_bytes()
        for block, record in enumerate(envelope.read(memoryview(content))):
            if block >= 1 and self.inserts in self.fail_at:
                raise self.fail_at[self.inserts]
            if (token, block) in self.tokens:
                continue
            self.tokens.add((token, block))
            if record.request_id in self.poison:
                # One of its parts is written, the other is refused.
                self.rows[record.request_id] = self.rows.get(record.request_id, 0) + 1
                raise EngineError("refused", engine_code=469)
            if len(record.request):
                self.rows[record.request_id] = self.rows.get(record.request_id, 0) + len(record.request)
        return b""


@pytest.fixture
def engine():
    return Engine()


@pytest.fixture
def quarantine(tmp_path, clock):
    return Quarantine(tmp_path / "quarantine", clock, quota_bytes=10**6, tell=lambda *_: None)


@pytest.fixture
def apply(engine, quarantine, tmp_path):
    async def mend():
        pass

    return Applier(engine, Landing(), quarantine, mend=mend, scratch=tmp_path / "scratch", memory_bytes=10**9)


@pytest.fixture
def segment(tmp_path):
    path = tmp_path / "segment"
    with path.open("wb") as file:
        for one in range(1, 10):
            for part in envelope.encode(b"x" * 3, request_id=one, project="p", received_unix_nano=10**18):
                file.write(part)
    return Segment(path, 0, replayed=False)


def aside(quarantine, tmp_path):
    return {int(file.stem.split("-")[1], 16) for file in (tmp_path / "quarantine").glob("*.pb")}


@pytest.mark.parametrize("poison", [{1}, {9}, {5, 6}, set(range(1, 10))])
async def test_a_divided_segment_is_stored_or_aside_and_nothing_is_both(
    engine, quarantine, apply, segment, tmp_path, poison
):
    engine.poison = poison
    applied = await apply(segment)
    assert set(applied.quarantined_requests) == aside(quarantine, tmp_path) == poison
    assert engine.rows == dict.fromkeys(set(range(1, 10)) - poison, 3)
    assert set(applied.stored_requests) == set(engine.rows)


async def test_a_second_attempt_is_not_misled_by_tokens_of_rows_that_were_removed(
    engine, apply, segment, tmp_path
):
    engine.poison = {1}
    engine.fail_at = {4: EngineUnavailable("gone")}
    with pytest.raises(EngineUnavailable):
        await apply(segment)
    # The engine lost what it had not written out, and kept the tokens.
    engine.rows = dict.fromkeys(engine.rows, 1)
    applied = await apply(Segment(segment.path, 1, replayed=False))
    assert engine.rows == dict.fromkeys(range(2, 10), 3)
    assert applied.quarantined_requests == (1,)


async def test_what_lies_aside_stays_there_when_the_segment_comes_again(
    engine, quarantine, apply, segment, tmp_path
):
    engine.poison = {4}
    await apply(segment)
    engine.poison = set()
    applied = await apply(Segment(segment.path, 0, replayed=True))
    assert applied.quarantined_requests == (4,)
    assert 4 not in engine.rows
    assert aside(quarantine, tmp_path) == {4}
