"""Gives closed log segments to the engine, once.

The segment's digest is the insert's deduplication token: a retry fills the gaps of an attempt that failed half
way and changes nothing after one that went through. What an earlier attempt may have stored is counted
afterwards, request by request, because a token that was written just before a crash can outlive its rows.

A segment that the engine refuses for good is split until the request is found; that one goes to quarantine, the
rest is stored. Before anything is put aside an insert without rows is tried: an engine that refuses that too is
at fault itself, and the segment waits.
"""

from __future__ import annotations

import logging
import mmap
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

import xxhash

from watchkeeper.model import envelope
from watchkeeper.model.envelope import Record
from watchkeeper.model.segment import Applied, Segment
from watchkeeper.store.client import Engine, quoted
from watchkeeper.store.errors import EngineError, EngineUnavailable
from watchkeeper.store.quarantine import Quarantine

log = logging.getLogger(__name__)

_INSERT_SECONDS: Final = 300.0
_MEMORY_ATTEMPTS: Final = 3  # others may have taken the memory: wait that often before splitting
_IDS_A_QUERY: Final = 2_000
_BLOCK_BYTES: Final = 4_000_000

# Measured on flattening inserts: the optimiser merges the view's floors and computes them twice, compiled
# expressions are used once, short circuits copy columns, and looking for chains of comparisons takes almost half of
# the analysis. One block, so one part: an insert is there or not.
_SETTINGS: Final = (
    "max_threads = 1, max_insert_threads = 1, compile_expressions = 0, query_plan_enable_optimizations = 0, optimize_and_compare_chain = 0, "
    "short_circuit_function_evaluation = 'disable', deduplicate_blocks_in_dependent_materialized_views = 1, "
    "insert_deduplicate = 1, min_insert_block_size_rows = 1000000, min_insert_block_size_bytes = 268435456, "
    "input_format_parallel_parsing = 0"
)


class Landing(Protocol):
    """How the requests of one signal get into the engine."""

    table: str
    columns: str
    schema: str
    stored: str

    def rows_of(self, request: memoryview) -> int:
        """Rows that a request becomes in the table `stored`."""
        ...


class Applier:
    """Stores the segments of one signal."""

    def __init__(
        self,
        engine: Engine,
        landing: Landing,
        quarantine: Quarantine,
        *,
        mend: Callable[[], Awaitable[None]],
        scratch: Path,
        memory_bytes: int,
    ) -> None:
        """Use `scratch` for pieces of segments; it is emptied now.

        Args:
            engine: where to.
            landing: the signal's landing table.
            quarantine: where refused requests go.
            mend: makes the landing table and its view again when they are gone.
            scratch: a folder on the same disk.
            memory_bytes: limit of one insert.
        """
        self._engine = engine
        self._landing = landing
        self._quarantine = quarantine
        self._mend = mend
        self._scratch = scratch
        self._memory_bytes = memory_bytes
        # Requests some of whose rows were removed: their tokens may outlive those rows.
        self._removed: set[int] = set()
        scratch.mkdir(parents=True, exist_ok=True)
        for left in scratch.iterdir():
            left.unlink()

    async def __call__(self, segment: Segment) -> Applied:
        """Store a segment.

        Raises:
            EngineError: with `retryable`: try the same segment again later.
        """
        size = segment.path.stat().st_size
        if size == 0:
            return Applied((), ())
        with segment.path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
            view = memoryview(mapped)
            try:
                return await self._apply(segment, view)
            finally:
                view.release()

    async def _apply(self, segment: Segment, view: memoryview) -> Applied:
        uncertain = segment.replayed or segment.attempt > 0
        everything = records = tuple(envelope.read(view))
        aside: tuple[int, ...] = ()
        try:
            if uncertain:
                # What an earlier attempt put aside stays there, even if the engine would take it by now.
                aside = tuple(one.request_id for one in everything if self._quarantine.holds(one))
                records = tuple(one for one in everything if one.request_id not in aside)
            # An earlier attempt may have stored some requests in pieces, which the segment's token doesn't know.
            missing = await self._missing(records) if uncertain else records
            try:
                if missing and len(missing) == len(everything):
                    token = _token(view) + self._again(missing)
                    await self._insert(segment.path, token, _rows_a_block(len(records), len(view)))
                elif missing:
                    await self._insert_piece(missing)
            except EngineError as error:
                if error.retryable or (error.out_of_memory and segment.attempt < _MEMORY_ATTEMPTS):
                    raise _later(error) from error
                await self._probe(error)
                # Some blocks of the failed insert may have become parts.
                missing = await self._missing(records)
                refused = await self._divide(missing, error)
                records = tuple(one for one in records if one.request_id not in refused)
                aside += tuple(refused)
                uncertain = True
            if uncertain:
                await self._complete(records)
            return Applied(tuple(record.request_id for record in records), aside)
        finally:
            self._removed.difference_update(record.request_id for record in everything)
            for record in everything:
                record.request.release()

    async def _insert(self, path: Path, token: str, rows_a_block: int = 1) -> None:
        await self._execute(path, token, rows_a_block)
        if not await self._leads_somewhere():
            await self._mend()
            raise EngineUnavailable(
                f"{self._landing.table} led nowhere: its view was missing, and nothing of the insert is stored",
                hint="the view is made again by itself",
            )

    async def _leads_somewhere(self) -> bool:
        """Whether the landing table has its view: without one an insert succeeds and stores nothing."""
        rows = await self._engine.select(
            "SELECT count() FROM system.tables WHERE concat(database, '.', name) = {view:String}",
            {"view": f"{self._landing.table}_view"},
        )
        return bool(rows.data[0][0])

    async def _execute(self, path: Path, token: str, rows_a_block: int) -> None:
        landing = self._landing
        source = f"file({quoted(str(path))}, 'Protobuf', {quoted(landing.columns)})"
        await self._engine.execute(
            f"INSERT INTO {landing.table} SELECT * FROM {source} SETTINGS format_schema_source = 'string', "
            f"format_schema = {quoted(landing.schema)}, format_schema_message_name = 'Env', "
            f"insert_deduplication_token = '{token}', max_memory_usage = {self._memory_bytes}, "
            f"max_block_size = {rows_a_block}, {_SETTINGS}",
            timeout_seconds=_INSERT_SECONDS,
        )

    async def _probe(self, cause: EngineError) -> None:
        """Make sure that the engine takes anything at all."""
        head, body = envelope.encode(b"", request_id=0, project="", received_unix_nano=0)
        path = self._scratch / "probe.pb"
        path.write_bytes(head + bytes(body))
        try:
            await self._insert(path, "probe")
        except EngineError as error:
            await self._mend()
            raise EngineUnavailable(
                f"the engine refuses inserts without rows too: {error.message}",
                hint="segments wait in the log until it takes them",
            ) from cause

    async def _complete(self, records: Sequence[Record]) -> None:
        """Store what is not there although the engine said so."""
        missing = await self._missing(records)
        if missing:
            log.warning("%d requests of a repeated segment were missing; storing them", len(missing))
            await self._insert_piece(missing, again=_fresh())

    async def _missing(self, records: Sequence[Record]) -> list[Record]:
        """Records whose rows are not all there; rows of incomplete ones are removed first."""
        present = await self._count(records)
        missing, partial = [], []
        for record in records:
            expected, found = self._landing.rows_of(record.request), present.get(record.request_id, 0)
            if found < expected:
                missing.append(record)
                if found:
                    partial.append(record.request_id)
            elif found > expected:
                log.error(
                    "request %016x is stored with %d rows instead of %d", record.request_id, found, expected
                )
        if partial:
            self._removed.update(partial)
            ids = ", ".join(map(str, partial))
            await self._engine.execute(
                f"ALTER TABLE {self._landing.stored} DELETE WHERE RequestId IN ({ids}) SETTINGS mutations_sync = 1"
            )
        return missing

    async def _count(self, records: Sequence[Record]) -> dict[int, int]:
        earliest = min((record.received_unix_nano for record in records), default=0) // 10**9 - 1
        found: dict[int, int] = {}
        for at in range(0, len(records), _IDS_A_QUERY):
            ids = ", ".join(str(record.request_id) for record in records[at : at + _IDS_A_QUERY])
            rows = await self._engine.select(
                f"SELECT RequestId, count() FROM {self._landing.stored} "
                f"WHERE ReceivedAt >= fromUnixTimestamp({earliest}) AND RequestId IN ({ids}) GROUP BY RequestId"
            )
            found |= {int(row[0]): int(row[1]) for row in rows.data}
        return found

    async def _divide(self, missing: Sequence[Record], cause: EngineError) -> set[int]:
        """Store the records one half at a time, down to those that can't be stored: their ids.

        Nothing of what waits here is stored: it is looked up after each failure, and rows of halves are removed.
        """
        refused: set[int] = set()
        waiting: list[tuple[Sequence[Record], EngineError]] = [(missing, cause)] if missing else []
        while waiting:
            records, error = waiting.pop()
            if len(records) == 1:
                if error.server_out_of_memory:
                    raise _later(error)  # taken by others, not by this request
                self._quarantine.put(records[0], error.message)
                refused.add(records[0].request_id)
                continue
            middle = len(records) // 2
            for half in (records[:middle], records[middle:]):
                failed = await self._try(half)
                if failed is not None and (left := await self._missing(half)):
                    waiting.append((left, failed))
        return refused

    def _again(self, records: Sequence[Record]) -> str:
        """What makes the token of these records a new one if rows of them were removed."""
        return _fresh() if any(record.request_id in self._removed for record in records) else ""

    async def _try(self, records: Sequence[Record]) -> EngineError | None:
        try:
            await self._insert_piece(records)
        except EngineError as error:
            if error.retryable:
                raise
            return error
        return None

    async def _insert_piece(self, records: Sequence[Record], *, again: str = "") -> None:
        """Store some requests of a segment; with `again` also when they were deduplicated before."""
        path = self._piece(records)
        try:
            content = path.read_bytes()
            token = _token(memoryview(content)) + (again or self._again(records))
            await self._insert(path, token, _rows_a_block(len(records), len(content)))
        finally:
            path.unlink(missing_ok=True)

    def _piece(self, records: Sequence[Record]) -> Path:
        path = self._scratch / f"{os.urandom(8).hex()}.pb"
        with path.open("wb") as file:
            for record in records:
                for part in envelope.encode(
                    record.request,
                    request_id=record.request_id,
                    project=record.project,
                    received_unix_nano=record.received_unix_nano,
                ):
                    file.write(part)
        return path


def _rows_a_block(requests: int, size: int) -> int:
    """Requests that the engine decodes and flattens at a time: half the memory of doing all at once."""
    return max(1, requests * _BLOCK_BYTES // max(size, 1))


def _token(view: memoryview) -> str:
    return xxhash.xxh3_128_hexdigest(view)


def _fresh() -> str:
    return f"-again-{os.urandom(4).hex()}"


def _later(error: EngineError) -> EngineError:
    error.retryable = True
    return error
