import asyncio

import pytest

from watchkeeper.ingest.config import IngestConfig
from watchkeeper.ingest.log import Log
from watchkeeper.kernel.clock import SystemClock
from watchkeeper.model import envelope
from watchkeeper.model.segment import Applied


class Store:
    """Stands for the column store: keeps what it is given, by request, and fails when told to."""

    def __init__(self):
        self.requests = []
        self.segments = []
        self.errors = []
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, segment):
        await self.open.wait()
        if self.errors:
            raise self.errors.pop(0)
        content = segment.path.read_bytes()
        records = [
            (record.project, record.request_id, bytes(record.request))
            for record in envelope.read(memoryview(content))
        ]
        assert records, "an empty segment is never handed over"
        self.segments.append((segment, records))
        self.requests += records
        return Applied(tuple(request_id for _, request_id, _ in records), ())

    @property
    def bodies(self):
        return [body for _, _, body in self.requests]


@pytest.fixture
async def make_log(tmp_path):
    """Makes logs on one folder that are stopped at the end: `log, store = await make_log(segment_seconds=…)`."""
    made = []

    async def make(store=None, *, clock=None, remembered=(), **settings):
        store = store or Store()
        config = IngestConfig(**{"min_free_disk_bytes": 0, "segment_seconds": 0.02, **settings})
        log = Log(tmp_path / "wal", config, clock or SystemClock(), store)
        await log.start(remembered)
        made.append((log, store))
        return log, store

    yield make
    for log, store in made:
        store.open.set()
        store.errors.clear()
        await log.stop(timeout_seconds=5)


@pytest.fixture
def put():
    """Appends a body under its own digest: `await put(log, b"body")`."""

    def append(log, body, *, spans=1, project="p"):
        return log.append(project, body, spans=spans, request_id=envelope.digest(project, body))

    return append


@pytest.fixture
def until():
    """Waits for a condition: `await until(lambda: …)`."""

    async def wait(condition, seconds=5.0):
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110  (any condition, not an event)
                await asyncio.sleep(0.002)

    return wait
