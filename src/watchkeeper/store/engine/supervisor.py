"""Starts the engine's process and keeps it running.

It is restarted when it ends and when it no longer answers, after a wait that grows with each quick failure and
is forgotten after a quiet minute. A folder that can't be opened is not tried for ever in silence: the reason is
kept in `last_error` for health and log.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
import psutil

from watchkeeper.kernel.backoff import Backoff
from watchkeeper.kernel.clock import Clock
from watchkeeper.store.config import StoreConfig
from watchkeeper.store.errors import EngineUnavailable

log = logging.getLogger(__name__)

_POLL_SECONDS: Final = 0.02
_PING_EVERY_SECONDS: Final = 5.0
_PING_TIMEOUT_SECONDS: Final = 10.0
_PINGS_MISSED: Final = 3
_QUIET_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 20.0
_WRITERS: Final = 3  # two segments at a time, and one for schema and upkeep
_BACKOFF: Final = Backoff(first_seconds=0.2, longest_seconds=10.0, jitter=0.2)


@dataclass(frozen=True, slots=True)
class EngineState:
    """What health and status show of the engine's process.

    Attributes:
        ready: it answered the last time it was asked.
        restarts: starts after the first one.
        pid: its process id, 0 when there is none.
        memory_bytes: resident memory, 0 when there is no process.
        last_error: why it ended last, or ''.
    """

    ready: bool
    restarts: int
    pid: int
    memory_bytes: int
    last_error: str


class EngineProcess:
    """One child process on one folder."""

    def __init__(self, folder: Path, config: StoreConfig, clock: Clock) -> None:
        """Nothing is started yet; see `start`."""
        self._folder = folder
        self._config = config
        self._clock = clock
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._stopping = False
        self._restarts = 0
        self._last_error = ""

    @property
    def socket(self) -> Path:
        """Path of the Unix socket it listens on."""
        return self._folder / "http.sock"

    @property
    def state(self) -> EngineState:
        """A snapshot."""
        pid = self._process.pid if self._process is not None and self._process.returncode is None else 0
        memory = 0
        if pid:
            with contextlib.suppress(psutil.Error):
                memory = psutil.Process(pid).memory_info().rss
        return EngineState(self._ready.is_set(), self._restarts, pid, memory, self._last_error)

    async def start(self, *, timeout_seconds: float = 30.0) -> None:
        """Start the process and return once it answers.

        Raises:
            EngineUnavailable: it ended at once, or did not answer in time.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)  # whoever reaches the socket reaches the data
        if len(str(self.socket).encode()) > 100:
            raise EngineUnavailable(
                f"the path of the data folder is too long for a Unix socket: {self.socket}",
                hint="choose a shorter --data-dir, under 90 characters",
            )
        await self._spawn()
        try:
            await self._until_answering(timeout_seconds)
        except EngineUnavailable:
            await self._kill()
            raise
        self._watch = asyncio.create_task(self._keep_running(), name="engine-supervisor")

    async def stop(self) -> None:
        """End the process: ask first, then kill."""
        self._stopping = True
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        process = self._process
        if process is not None and process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), _STOP_SECONDS)
            except TimeoutError:
                await self._kill()
        self._ready.clear()

    async def wait_ready(self, timeout_seconds: float) -> bool:
        """Whether the engine answers, waiting for it as long as given."""
        try:
            await asyncio.wait_for(self._ready.wait(), timeout_seconds)
        except TimeoutError:
            return False
        return True

    async def _spawn(self) -> None:
        config = self._config
        self.socket.unlink(missing_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "watchkeeper.store.engine.child",
            "--data", str(self._folder.resolve()), "--socket", str(self.socket.resolve()), "--parent", str(os.getpid()),
            "--readers", str(config.connections), "--writers", str(_WRITERS),
            "--max-memory", str(config.max_memory_bytes), "--query-memory", str(config.query_memory_bytes),
            "--query-threads", str(config.query_threads),
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is the server's; it stops the engine after the last segment
        )  # fmt: skip

    async def _until_answering(self, timeout_seconds: float) -> None:
        deadline = self._clock.monotonic() + timeout_seconds
        async with self._session() as session:
            while self._clock.monotonic() < deadline:
                if self._process is None or self._process.returncode is not None:
                    code = self._process.returncode if self._process is not None else None
                    raise EngineUnavailable(
                        f"the engine ended while starting, exit status {code}",
                        hint="its message stands above; is the data folder damaged or in use?",
                    )
                if await self._answers(session):
                    self._ready.set()
                    return
                await asyncio.sleep(_POLL_SECONDS)
        raise EngineUnavailable(f"the engine did not answer within {timeout_seconds:g} seconds of its start")

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(path=str(self.socket.resolve()), limit=1),
            timeout=aiohttp.ClientTimeout(total=_PING_TIMEOUT_SECONDS),
        )

    async def _answers(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get("http://engine/ping") as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    async def _keep_running(self) -> None:
        failures = 0
        while not self._stopping:
            started = self._clock.monotonic()
            reason = await self._watch_until_failure()
            self._ready.clear()
            self._last_error = reason
            await self._kill()
            if self._clock.monotonic() - started > _QUIET_SECONDS:
                failures = 0
            while not self._stopping:
                log.error("engine %s; starting it again", reason)
                await asyncio.sleep(_BACKOFF.seconds(failures))
                failures += 1
                self._restarts += 1
                try:
                    await self._spawn()
                    await self._until_answering(30.0)
                except (EngineUnavailable, OSError) as error:
                    reason = self._last_error = str(error)
                    await self._kill()
                else:
                    break

    async def _watch_until_failure(self) -> str:
        """Return why the process must be started again."""
        process = self._process
        if process is None:
            return "has no process"
        missed = 0
        async with self._session() as session:
            while True:
                try:
                    code = await asyncio.wait_for(process.wait(), _PING_EVERY_SECONDS)
                except TimeoutError:
                    missed = 0 if await self._answers(session) else missed + 1
                    if missed >= _PINGS_MISSED:
                        return f"did not answer {missed} times"
                else:
                    return f"ended with status {code}"

    async def _kill(self) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
