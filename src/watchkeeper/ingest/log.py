"""The write-ahead log of one signal: what is in it is acknowledged, and its segments are what the engine reads.

    append ──▶ pending ──▶ one write + fdatasync for all ──▶ acknowledged
                               │ after a second, or 24 MB
                               ▼
                          closed segments ──▶ apply (two at a time, retried) ──▶ deleted

A segment that is written has the ending ``.open``; closing renames it to ``.pb``. At start both kinds are given
to the engine again, the open one cut behind its last whole record: what was never acknowledged may be lost, what
was acknowledged is not.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import mmap
import os
from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from watchkeeper.ingest.config import IngestConfig
from watchkeeper.ingest.errors import LogFull, ProjectRefused
from watchkeeper.ingest.pace import Pace
from watchkeeper.kernel.backoff import Backoff
from watchkeeper.kernel.clock import Clock
from watchkeeper.kernel.errors import WatchkeeperError
from watchkeeper.model import envelope
from watchkeeper.model.segment import Apply, Segment

log = logging.getLogger(__name__)

APPLIERS: Final = 2  # one core each on a small machine; more would only share the engine's memory limit
REMEMBERED_REQUESTS: Final = 200_000
_BACKOFF: Final = Backoff(first_seconds=0.2, longest_seconds=5.0, jitter=0.5)
_DAY_NS: Final = 86_400 * 10**9
_WRITER_RESTS_SECONDS: Final = 0.2  # after a fault, so that one that stays does not fill the program's log
_VECTORS: Final = 512  # IOV_MAX is 1024
# A segment costs the engine the same whatever its size: while little comes in, each may be a little older.
_TRICKLE_BYTES: Final = 256 * 1024
_TRICKLE_STRETCH: Final = 1.6
_FREE_SEGMENTS: Final = 2  # closed and unstored segments before senders are held back


@dataclass(slots=True)
class _Pending:
    """One request on its way to the disk."""

    parts: tuple[bytes, bytes]
    request_id: int
    spans: int
    size: int
    received_ns: int
    done: asyncio.Future[None]
    written: bool = False


@dataclass(slots=True)
class _Waiting:
    """A closed segment; `spans` counts those of each of its requests."""

    path: Path
    size: int
    spans: dict[int, int]
    since: float
    replayed: bool
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class LogState:
    """Figures for status, health and metrics; counts are since the start of the process."""

    accepted_requests: int
    accepted_spans: int
    repeated_requests: int
    stored_requests: int
    stored_spans: int
    waiting_bytes: int
    waiting_segments: int
    oldest_waiting_seconds: float
    retries: int
    last_error: str


class Log:
    """One folder of segments, with a writer and the tasks that empty it."""

    def __init__(self, folder: Path, config: IngestConfig, clock: Clock, apply: Apply) -> None:
        """Nothing is opened yet; see `start`.

        Args:
            folder: of the segments; made if it is not there.
            config: sizes and times.
            clock: arrival and ages.
            apply: gives a segment to the engine.
        """
        self._folder = folder
        self._config = config
        self._clock = clock
        self._apply = apply
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="log")
        self._pending: deque[_Pending] = deque()
        self._wake = asyncio.Event()
        self._closed: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._waiting: dict[Path, _Waiting] = {}
        self._recent: OrderedDict[int, asyncio.Future[None] | None] = OrderedDict()
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self._file: int | None = None
        self._path = folder
        self._size = 0
        self._torn = False
        self._spans: dict[int, int] = {}
        self._opened = 0.0
        self._age_limit = config.segment_seconds
        self._pace = Pace(free_bytes=_FREE_SEGMENTS * config.segment_bytes)
        self._day = 0
        self._day_is_over = False
        self._sequence = 0
        self._pending_bytes = 0
        self._counts = dict.fromkeys(
            (
                "accepted_requests",
                "accepted_spans",
                "repeated_requests",
                "stored_requests",
                "stored_spans",
                "retries",
            ),
            0,
        )
        self._last_error = ""

    @property
    def state(self) -> LogState:
        """A snapshot."""
        waiting = self._waiting.values()
        oldest = min((segment.since for segment in waiting), default=self._opened if self._size else None)
        return LogState(
            **self._counts,
            waiting_bytes=self._waiting_bytes,
            waiting_segments=len(self._waiting),
            oldest_waiting_seconds=0.0 if oldest is None else max(0.0, self._clock.monotonic() - oldest),
            last_error=self._last_error,
        )

    @property
    def _waiting_bytes(self) -> int:
        return sum(segment.size for segment in self._waiting.values()) + self._size + self._pending_bytes

    async def start(self, stored_requests: Iterable[int] = ()) -> None:
        """Recover what an earlier process left and begin to write and to empty.

        Args:
            stored_requests: ids of requests stored lately; a sender's retry of one is not stored again.
        """
        for request_id in stored_requests:
            self._recent[request_id] = None
        self._folder.mkdir(parents=True, exist_ok=True)
        for segment in await asyncio.get_running_loop().run_in_executor(self._disk, self._recover):
            self._waiting[segment.path] = segment
            self._closed.put_nowait(segment)
        self._tasks = [asyncio.create_task(self._write(), name="log-writer")]
        self._tasks += [asyncio.create_task(self._empty(), name=f"log-applier-{n}") for n in range(APPLIERS)]

    async def append(self, project: str, body: bytes, *, spans: int, request_id: int) -> bool:
        """Put one request into the log and return once it is on the disk.

        Args:
            project: whose it is.
            body: a checked export request.
            spans: how many it holds.
            request_id: `envelope.digest` of what the sender sent.

        Returns:
            False when the same request was taken before and is not stored again.

        Raises:
            LogFull: the quota or the disk is full, or the server is stopping.
            ProjectRefused: the project's name is too long for a record.
        """
        if request_id in self._recent:
            earlier = self._recent[request_id]
            if earlier is not None:
                await asyncio.shield(earlier)
            self._counts["repeated_requests"] += 1
            return False
        size = len(body) + 64
        if self._stopping:
            raise LogFull("the server is stopping", hint="retry in a moment")
        if len(project.encode()) > envelope.MAX_PROJECT_BYTES:
            raise ProjectRefused(
                f"the project's name has over {envelope.MAX_PROJECT_BYTES} bytes",
                hint="make a token for a project with a shorter name",
            )
        if self._waiting_bytes + size > self._config.wal_quota_bytes:
            raise LogFull(
                f"{self._waiting_bytes} bytes wait for the store, and {self._config.wal_quota_bytes} may",
                hint="retry; the log empties as the store takes it",
            )
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._remember(request_id, done)
        self._pending_bytes += size
        try:
            await self._hold_back(size)
            received = self._clock.now_ns()
            parts = envelope.encode(body, request_id=request_id, project=project, received_unix_nano=received)
            item = _Pending((parts[0], bytes(parts[1])), request_id, spans, size, received, done)
        except BaseException as error:
            # A sender that hangs up while it waits leaves nothing behind.
            self._pending_bytes -= size
            self._refuse(
                request_id,
                done,
                error
                if isinstance(error, LogFull)
                else LogFull("the first sender's try failed", hint="retry"),
            )
            raise
        self._pending.append(item)
        self._wake.set()
        # A sender that hangs up must not take the write back from those that share it.
        await asyncio.shield(done)
        return True

    async def _hold_back(self, size: int) -> None:
        """Wait while the store is behind."""
        if wait := self._pace.wait_seconds(size, self._waiting_bytes, self._clock.monotonic()):
            await asyncio.sleep(wait)
            if self._stopping:
                raise LogFull("the server is stopping", hint="retry in a moment")

    def _refuse(self, request_id: int, done: asyncio.Future[None], error: LogFull) -> None:
        """Forget a request and tell everybody who waits for it."""
        self._recent.pop(request_id, None)
        if not done.done():
            done.set_exception(error)
            done.exception()  # nobody may be waiting for it

    async def stop(self, *, timeout_seconds: float) -> None:
        """Write what is pending, close the open segment, and give the engine what waits, as long as given."""
        self._stopping = True
        self._wake.set()
        if self._tasks:
            await self._tasks[0]
            try:
                await asyncio.wait_for(self._closed.join(), timeout_seconds)
            except TimeoutError:
                log.warning(
                    "stopping with %d segments not stored yet; the next start stores them", len(self._waiting)
                )
            for task in self._tasks[1:]:
                task.cancel()
            await asyncio.gather(*self._tasks[1:], return_exceptions=True)
        self._disk.shutdown()

    def _remember(self, request_id: int, done: asyncio.Future[None]) -> None:
        self._recent[request_id] = done
        while len(self._recent) > REMEMBERED_REQUESTS:
            oldest, future = next(iter(self._recent.items()))
            if future is not None and not future.done():
                break
            del self._recent[oldest]

    # -- writing ---------------------------------------------------------------------------------------------

    async def _write(self) -> None:
        """The only task that touches the open segment; it ends when all is written and the log stops."""
        while not (self._stopping and not self._pending and not self._size):
            await self._until_something_to_do()
            self._wake.clear()
            group: list[_Pending] = []
            try:
                await self._write_and_close(group)
            except Exception as error:
                # A fault of ours must not end this task: appends would wait for ever.
                log.exception("log: writing failed; the log goes on")
                self._last_error = f"{type(error).__name__}: {error}"
                self._acknowledge([item for item in group if not item.done.done()])
                if self._stopping:
                    return
                await asyncio.sleep(_WRITER_RESTS_SECONDS)

    async def _write_and_close(self, group: list[_Pending]) -> None:
        """Write what is pending, which `group` then holds, and hand the segment over when it is due."""
        loop = asyncio.get_running_loop()
        self._fill(group)
        if group:
            await loop.run_in_executor(self._disk, self._write_group, group)
            self._acknowledge(group)
        due = self._size and (
            self._stopping
            or self._day_is_over
            or self._size >= self._config.segment_bytes
            or self._clock.monotonic() - self._opened >= self._age_limit
        )
        if due and not (self._stopping and self._pending):
            self._hand_over(await loop.run_in_executor(self._disk, self._close))

    async def _until_something_to_do(self) -> None:
        if self._pending or self._stopping:
            return
        if not self._size:
            await self._wake.wait()
            return
        left = self._opened + self._age_limit - self._clock.monotonic()
        if left > 0:
            try:
                await asyncio.wait_for(self._wake.wait(), left)
            except TimeoutError:
                return

    def _fill(self, group: list[_Pending]) -> None:
        """Take pending requests up to a segment's size, of one day: a segment is one part in one partition."""
        size = self._size
        while self._pending and (not group or size < self._config.segment_bytes):
            day = self._pending[0].received_ns // _DAY_NS
            if self._size == 0 and not group:
                self._day = day
            elif day != self._day:
                self._day_is_over = True  # close its segment now
                break
            group.append(self._pending.popleft())
            size += group[-1].size

    def _write_group(self, group: Sequence[_Pending]) -> None:
        """Write, sync, and mark what failed; runs on the disk's thread."""
        try:
            if (
                os.statvfs(self._folder).f_bavail * os.statvfs(self._folder).f_frsize
                < self._config.min_free_disk_bytes
            ):
                raise OSError(28, "no space left but the reserve (ingest.min_free_disk_bytes)")
            if self._torn:
                self._cut_back()
            if self._file is None:
                self._open()
            file = self._file
            assert file is not None
            parts = [part for item in group for part in item.parts]
            for at in range(0, len(parts), _VECTORS):
                _write_all(file, parts[at : at + _VECTORS])
            os.fdatasync(file)
        except Exception as error:
            # What was not synced was not acknowledged: take it back, so that a later replay can't store it
            # after the sender stored it by a retry.
            self._last_error = f"writing {self._path.name}: {error}"
            log.error("log: %s", self._last_error, exc_info=not isinstance(error, OSError))
            with contextlib.suppress(OSError):
                self._cut_back()
        else:
            self._size += sum(len(head) + len(body) for head, body in (item.parts for item in group))
            for item in group:
                item.written = True

    def _cut_back(self) -> None:
        """Remove what was written but not acknowledged; nothing may be written behind it before.

        Raises:
            OSError: it is still there; the next write tries again.
        """
        if self._file is None:
            return
        self._torn = True
        try:
            os.ftruncate(self._file, self._size)
            os.lseek(self._file, self._size, os.SEEK_SET)
        except OSError as error:
            self._last_error = f"cutting {self._path.name} back: {error}"
            log.error("log: %s", self._last_error)
            raise
        self._torn = False

    def _acknowledge(self, group: Sequence[_Pending]) -> None:
        for item in group:
            self._pending_bytes -= item.size
            if item.written:
                self._spans[item.request_id] = item.spans
                self._counts["accepted_requests"] += 1
                self._counts["accepted_spans"] += item.spans
                self._recent[item.request_id] = None
                if not item.done.done():
                    item.done.set_result(None)
            else:
                error = LogFull(f"the log can't be written: {self._last_error}", hint="retry later")
                self._refuse(item.request_id, item.done, error)

    def _open(self) -> None:
        self._sequence += 1
        # The time keeps names unique over restarts, and in order.
        self._path = self._folder / f"{self._clock.now_ns():020d}-{self._sequence:06d}.open"
        self._file = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        self._size = 0
        self._spans = {}
        self._opened = self._clock.monotonic()
        _sync_folder(self._folder)

    def _close(self) -> _Waiting:
        file, self._file = self._file, None  # closed once, whatever fails
        if file is not None:
            self._end(file)
        path = self._path.with_suffix(".pb")
        try:
            self._path.rename(path)
        except OSError as error:
            # The name only says what is finished; its content is on the disk and can be stored.
            log.error("log: naming %s: %s", path.name, error)
            path = self._path
        return _Waiting(path, self._size, self._spans, self._opened, replayed=False)

    def _end(self, file: int) -> None:
        """Close the segment's file; the engine reads whole records only."""
        try:
            if self._torn:
                os.ftruncate(file, self._size)
        except OSError as error:
            log.error("log: cutting %s back: %s", self._path.name, error)
        self._torn = False
        with contextlib.suppress(OSError):  # its content was synced
            os.close(file)

    def _hand_over(self, segment: _Waiting) -> None:
        stretch = _TRICKLE_STRETCH if self._size < _TRICKLE_BYTES else 1.0
        self._age_limit = self._config.segment_seconds * stretch
        self._size = 0
        self._day_is_over = False
        self._spans = {}
        self._waiting[segment.path] = segment
        self._closed.put_nowait(segment)

    # -- emptying --------------------------------------------------------------------------------------------

    async def _empty(self) -> None:
        """Give closed segments to the engine, one after the other, each until it is done with."""
        while True:
            segment = await self._closed.get()
            try:
                while not await self._applied(segment):  # noqa: ASYNC110  (a wait between attempts, not for an event)
                    await asyncio.sleep(_BACKOFF.seconds(segment.attempt - 1))
            finally:
                self._closed.task_done()

    async def _applied(self, segment: _Waiting) -> bool:
        try:
            applied = await self._apply(Segment(segment.path, segment.attempt, segment.replayed))
            segment.path.unlink(missing_ok=True)
            self._pace.stored(segment.size, self._clock.monotonic())
        except WatchkeeperError as error:
            self._failed(segment, str(error))
            return False
        except Exception as error:
            # A fault of ours must not end this task: the segment waits, and health shows why.
            log.exception("applying %s", segment.path.name)
            self._failed(segment, f"{type(error).__name__}: {error}")
            return False
        del self._waiting[segment.path]
        self._counts["stored_requests"] += len(applied.stored_requests)
        self._counts["stored_spans"] += sum(
            segment.spans.get(request, 0) for request in applied.stored_requests
        )
        self._last_error = "" if not self._waiting else self._last_error
        return True

    def _failed(self, segment: _Waiting, reason: str) -> None:
        segment.attempt += 1
        self._counts["retries"] += 1
        if segment.attempt in {1, 10, 100} or segment.attempt % 1000 == 0:
            log.warning("segment %s waits (attempt %d): %s", segment.path.name, segment.attempt, reason)
        self._last_error = reason

    # -- recovery --------------------------------------------------------------------------------------------

    def _recover(self) -> list[_Waiting]:
        """Segments that an earlier process left, oldest first; runs on the disk's thread."""
        found = []
        for path in sorted(self._folder.iterdir()):
            if path.suffix not in {".open", ".pb"}:
                continue
            whole, requests, size = _whole_prefix(path)
            closed = path.with_suffix(".pb")
            if path.suffix == ".open" and (whole == size or _torn(path, whole)):
                if whole < size:
                    log.info("log: %s ended in a torn record of %d bytes", path.name, size - whole)
                    os.truncate(path, whole)
                path.rename(closed)
            elif whole < size:
                # What follows the damage may have been acknowledged: keep it.
                kept = path.with_suffix(".damaged")
                log.error("log: %s is damaged at byte %d; a copy stays as %s", path.name, whole, kept.name)
                kept.unlink(missing_ok=True)
                kept.hardlink_to(path)
                path.rename(closed)
            if not whole:
                closed.unlink()
                continue
            for request_id in requests:
                self._recent[request_id] = None
            found.append(_Waiting(closed, whole, {}, self._clock.monotonic(), replayed=True))
        return found


def _write_all(file: int, parts: Sequence[bytes]) -> None:
    """writev, again for what a short write left."""
    total = sum(map(len, parts))
    written = os.writev(file, parts)
    if written < total:
        rest = memoryview(b"".join(parts))[written:]
        while rest:
            rest = rest[os.write(file, rest) :]


def _whole_prefix(path: Path) -> tuple[int, list[int], int]:
    """Bytes of whole records at the start, the requests' ids, and the file's size."""
    size = path.stat().st_size
    if size == 0:
        return 0, [], 0
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        view = memoryview(mapped)
        end, ids = 0, []
        for record in envelope.read(view):
            end = record.end
            ids.append(record.request_id)
            record.request.release()
        view.release()
    return end, ids, size


def _torn(path: Path, at: int) -> bool:
    """Whether what is at an offset is only the start of a record, which was never acknowledged."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        view = memoryview(mapped)
        try:
            return envelope.is_torn(view, at)
        finally:
            view.release()


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
