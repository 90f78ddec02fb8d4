"""The demo's two processes: started in order, shown while they start, stopped together."""

from __future__ import annotations

import json
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import IO, Final, NoReturn

from rich.console import Console

from watchkeeper.app.data_folder import DataFolder
from watchkeeper.app.listening import PortInUse, bind
from watchkeeper.cli.options import DEMO_DIR
from watchkeeper.demo import control
from watchkeeper.kernel.errors import WatchkeeperError

READY: Final = "ready "
_AGENTS: Final = 12
_START_SECONDS: Final = 60.0
_AGENTS_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 20.0
_LOG_LINES: Final = 12
# The server is on this machine, whatever proxy the environment names for the rest of the world.
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class DemoFailed(WatchkeeperError):
    """A part of the demo did not start, or ended by itself."""

    code = "demo_failed"


class DemoRun:
    """One run of the demo."""

    def __init__(self, data_dir: Path, *, port: int, rate: float, seed: int, inject: str | None) -> None:
        """Keep what was asked for; nothing is started."""
        self._given_dir = data_dir
        self._folder = DataFolder(data_dir)
        self._port = port
        self._rate = rate
        self._seed = seed
        self._inject = inject
        self._console = Console()

    def run(self, duration_seconds: float | None) -> int:
        """Start everything, say where to look, and wait.

        Raises:
            DemoFailed: a process did not start, or ended before it was asked to; with the end of its log.
            WatchkeeperError: the data folder or the port can't be used.
        """
        # Before anything starts: the plainest messages come from here.
        self._folder.claim().release()
        with ExitStack() as running:
            stop = running.enter_context(_Signals())
            server, url = self._start_server(running)
            agents = self._start_agents(running, url)
            self._wait_for_agents(url, agents, stop)
            if self._inject is not None:
                self._inject_first(self._inject, stop)
            self._welcome(url)
            self._watch({"server": server, "agents": agents}, stop, duration_seconds)
            self._console.print("Stopping; everything that was accepted is being stored …")
        return 0

    def _start_server(self, running: ExitStack) -> tuple[subprocess.Popen[str], str]:
        log = running.enter_context((self._folder.path / "server.log").open("w", encoding="utf-8"))
        command = [sys.executable, "-m", "watchkeeper", "serve", "--data-dir", str(self._folder.path)]
        command += ["--port", str(self._port)]
        for option, port in (("--otlp-http-port", 4318), ("--otlp-grpc-port", 4317)):
            # The agents send to the main port; these two are for the visitor's own, so they may move.
            command += [option, str(port if _is_free(port, option) else 0)]
        with self._console.status("Starting the server and its column store …"):
            server = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
            )
            running.callback(_stop, server)
            url = _ready_url(server)
            if url is None:
                _stop(server)
                if server.returncode not in {0, None, -signal.SIGTERM}:
                    self._fail("the server did not start", "server.log")
                self._fail(f"the server was not ready within {_START_SECONDS:g} seconds", "server.log")
        self._console.print(f"[green]✓[/] server ready on {url}")
        return server, url

    def _start_agents(self, running: ExitStack, url: str) -> subprocess.Popen[bytes]:
        log = running.enter_context((self._folder.path / "agents.log").open("wb"))
        command = [sys.executable, "-m", "watchkeeper.demo", "--endpoint", url]
        command += ["--seed", str(self._seed), "--rate", str(self._rate)]
        command += ["--control-dir", str(_control_dir(self._folder.path))]
        agents = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        running.callback(_stop, agents)
        return agents

    def _wait_for_agents(self, url: str, agents: subprocess.Popen[bytes], stop: threading.Event) -> None:
        active = 0
        with self._console.status(f"Starting {_AGENTS} agents …") as status:
            deadline = time.monotonic() + _AGENTS_SECONDS
            while time.monotonic() < deadline and not stop.is_set() and agents.poll() is None:
                active = _active_agents(url)
                if active >= _AGENTS:
                    break
                status.update(f"Starting {_AGENTS} agents … {active} at work")
                stop.wait(0.5)
        sign = "[green]✓[/]" if active >= _AGENTS else "[yellow]![/]"
        self._console.print(f"{sign} {active} agents at work")

    def _inject_first(self, kind: str, stop: threading.Event) -> None:
        # The agents may be at work a moment before they listen for orders.
        deadline = time.monotonic() + _STOP_SECONDS
        while not control.running(_control_dir(self._folder.path)) and time.monotonic() < deadline:
            if stop.wait(0.2):
                return
        send(self._folder.path, kind)

    def _welcome(self, url: str) -> None:
        elsewhere = "" if self._folder.path == DEMO_DIR.absolute() else f" --data-dir {self._given_dir}"
        self._console.print(f"\n  Open [bold]{url}[/] and watch.\n")
        self._console.print("  Make something go wrong, from another terminal:")
        self._console.print(f"    {_program()} demo inject error-spike{elsewhere}\n", soft_wrap=True)
        self._console.print(f"  Data and logs are in {self._given_dir}. Ctrl-C stops.\n", soft_wrap=True)

    def _watch(
        self,
        processes: dict[str, subprocess.Popen[str] | subprocess.Popen[bytes]],
        stop: threading.Event,
        duration_seconds: float | None,
    ) -> None:
        deadline = None if duration_seconds is None else time.monotonic() + duration_seconds
        while not stop.is_set():
            for name, process in processes.items():
                if process.poll() is not None:
                    self._fail(f"the {name} ended with exit code {process.returncode}", f"{name}.log")
            left = 0.5 if deadline is None else min(0.5, deadline - time.monotonic())
            if left <= 0:
                return
            stop.wait(left)

    def _fail(self, what: str, log: str) -> NoReturn:
        path = self._folder.path / log
        last = path.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]
        raise DemoFailed(what, hint="\n  ".join([f"the end of {path}:", *last]))


def send(data_dir: Path, kind: str, seconds: float = 30.0, agent: str = "") -> None:
    """Ask the agents of a running demo to let something go wrong.

    Raises:
        DemoFailed: no demo runs on this data folder.
    """
    try:
        control.send(_control_dir(data_dir), kind, seconds, agent)
    except control.InjectionRefused as refused:
        raise DemoFailed(str(refused)) from refused


def _control_dir(folder: Path) -> Path:
    return folder / "control"


def _program() -> str:
    """How this program is called from where the user is."""
    called = Path(sys.argv[0])
    if called.name != "watchkeeper":
        return "python -m watchkeeper"
    found = shutil.which("watchkeeper")
    if found is not None and Path(found).resolve() == called.resolve():
        return "watchkeeper"
    absolute = called.absolute()
    return str(absolute.relative_to(Path.cwd()) if absolute.is_relative_to(Path.cwd()) else absolute)


def _is_free(port: int, option: str) -> bool:
    try:
        bind("127.0.0.1", port, option).close()
    except PortInUse:
        return False
    return True


def _ready_url(server: subprocess.Popen[str]) -> str | None:
    """The address that the server prints once it answers; None when it ends or takes too long."""
    lines: queue.Queue[str | None] = queue.Queue(maxsize=1_000)
    assert server.stdout is not None
    # Goes on reading after the first lines, so that a server that says more never blocks on a full pipe.
    threading.Thread(target=_pump, args=(server.stdout, lines), daemon=True).start()
    deadline = time.monotonic() + _START_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        try:
            line = lines.get(timeout=left)
        except queue.Empty:
            break
        if line is None:
            server.wait(timeout=_STOP_SECONDS)
            break
        if line.startswith(READY):
            return line.removeprefix(READY).strip()
    return None


def _pump(output: IO[str], lines: queue.Queue[str | None]) -> None:
    for line in output:
        if not lines.full():
            lines.put_nowait(line)
    if not lines.full():
        lines.put_nowait(None)


def _active_agents(url: str) -> int:
    try:
        with _DIRECT.open(f"{url}/api/v1/overview", timeout=5) as answer:
            return int(json.load(answer).get("active_agents", 0))
    except (OSError, ValueError):
        return 0


def _stop(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class _Signals:
    """Ctrl-C and SIGTERM set an event while this is open, so that both processes are stopped in order."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._before: dict[int, object] = {}

    def __enter__(self) -> threading.Event:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._set)
        return self._event

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]

    def _set(self, _number: int, _frame: FrameType | None) -> None:
        self._event.set()
