"""What tests of every room share: a clock that stands still, a real server in a process of its own."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from watchkeeper.kernel.clock import FakeClock

START_SECONDS = 60


def missing(what: str) -> None:
    """A test's tool is not here: a failure in CI, where it must be; a skip with its reason elsewhere."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and CI must have it")
    pytest.skip(f"{what} is missing")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Debian's Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        missing("Chromium")
    assert found is not None
    return found


@dataclass
class Server:
    """A `watchkeeper serve` in a process of its own."""

    process: subprocess.Popen[str]
    url: str
    data_dir: Path
    log: Path
    #: Every line the server printed, also those before `ready`.
    lines: list[str] = field(default_factory=list)

    def stop(self, how: int = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout=30)


StartServer = Callable[..., Server]


def _start(folder: Path, *options: str, env: dict[str, str] | None = None) -> Server:
    folder.mkdir(parents=True, exist_ok=True)
    log = folder.with_name(folder.name + ".log")
    command = [sys.executable, "-m", "watchkeeper", "serve", "--data-dir", str(folder)]
    for option in ("--port", "--otlp-http-port", "--otlp-grpc-port"):
        if option not in options:
            command += [option, "0"]
    with log.open("a") as errors:
        process = subprocess.Popen(
            [*command, *options],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
    printed: queue.Queue[str | None] = queue.Queue()
    server = Server(process, "", folder, log)

    def pump() -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                server.lines.append(line.rstrip())
                printed.put(line.rstrip())
        printed.put(None)

    threading.Thread(target=pump, daemon=True).start()
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            line = printed.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            line = None
        if line is None:
            server.stop(signal.SIGKILL)
            pytest.fail(f"the server did not get ready; its log ends:\n{log.read_text()[-4000:]}")
        if line.startswith("ready "):
            server.url = line.removeprefix("ready ").strip()
            return server


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Starts servers on free ports: `start_server("--host", …, folder=…, env=…)`; stops them at the end."""
    running: list[Server] = []

    def start(*options: str, folder: Path | None = None, env: dict[str, str] | None = None) -> Server:
        running.append(_start(folder or tmp_path / "data", *options, env=env))
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture(scope="session")
def spawn_server() -> StartServer:
    """Starts a server that its caller stops: `spawn_server(folder, "--option", …, env=…)`."""
    return _start


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that only add their own traces and read them back."""
    server = _start(tmp_path_factory.mktemp("shared") / "data")
    yield server
    server.stop()
