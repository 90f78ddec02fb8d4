"""Spans a second until they can be asked for, beside other trace stores, in one run on one machine.

    python bench/peers.py [PAYLOADS] [--peers lighttrace mlflow phoenix] [--runs 3] [--venvs DIR]

PAYLOADS is a folder of OTLP trace requests (`*.pb`); without it they are made by `payloads.py`. Every server gets the same bodies from the same client over
four keep-alive connections, starts with an empty folder, and is warmed by one request. What counts is the time
from the first byte sent to the moment all spans are counted in the server's own database: some answer long
before they store. Peers are installed into virtual environments of their own under DIR, the first time only.
Slow peers get fewer spans, so that a run ends; rates of short runs flatter nobody here (see `spans`).
"""

from __future__ import annotations

import argparse
import dataclasses
import http.client
import itertools
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import venv

import payloads
import psutil
from ingest import Payload, Server

CONNECTIONS = 4


@dataclasses.dataclass(frozen=True)
class Peer:
    """How a store is installed, started, sent to and counted."""

    packages: tuple[str, ...]
    command: tuple[str, ...]
    port: int
    database: str
    table: str
    requests: int
    ready: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


PEERS = {
    "lighttrace": Peer(
        packages=("lighttrace[server]",),
        command=("lighttrace", "--host", "127.0.0.1", "--port", "1984", "--db", "{data}/l.db"),
        port=1984, database="l.db", table="runs", requests=40,
        headers=(("x-api-key", "bench-key"),),
        environment=(("LIGHTTRACE_API_KEYS", "bench-key"), ("LIGHTTRACE_PASSWORD", "bench-password-123")),
    ),
    "mlflow": Peer(
        packages=("mlflow",),
        command=("mlflow", "server", "--backend-store-uri", "sqlite:///{data}/m.db", "--artifacts-destination",
                 "{data}/art", "--host", "127.0.0.1", "--port", "5050", "--workers", "1"),
        port=5050, database="m.db", table="spans", requests=20, ready="/health",
        headers=(("x-mlflow-experiment-id", "0"),), environment=(("MLFLOW_DISABLE_TELEMETRY", "true"),),
    ),
    "phoenix": Peer(
        packages=("arize-phoenix",), command=("phoenix", "serve"),
        port=6006, database="phoenix.db", table="spans", requests=8, ready="/healthz",
        environment=(("PHOENIX_WORKING_DIR", "{data}"), ("PHOENIX_HOST", "127.0.0.1"),
                     ("PHOENIX_TELEMETRY_ENABLED", "false")),
    ),
}  # fmt: skip


def install(name: str, peer: Peer, venvs: pathlib.Path) -> pathlib.Path:
    folder = venvs / name
    if not (folder / "done").exists():
        print(f"installing {name} …", file=sys.stderr)
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin" / "pip", "install", "-q", *peer.packages], check=True)
        subprocess.run([folder / "bin" / "python", "-m", "compileall", "-q", folder / "lib"], check=False)
        (folder / "done").touch()
    return folder / "bin"


def send(host: str, port: int, headers: dict[str, str], bodies: list[Payload], count: int) -> int:
    """Send `count` requests over all connections; returns the spans that were accepted."""
    numbers = itertools.count(1)
    accepted: list[int] = []
    errors: list[str] = []

    def work(own: list[Payload]) -> None:
        connection = http.client.HTTPConnection(host, port, timeout=300)
        while (number := next(numbers)) <= count and not errors:
            payload = own[number % len(own)]
            body = bytes(payload.renew(number))
            for _ in range(2_000):
                connection.request("POST", "/v1/traces", body, headers)
                answer = connection.getresponse()
                content = answer.read()
                if answer.status not in {429, 503}:
                    break
                time.sleep(0.05)
            if answer.status != 200:
                errors.append(f"{answer.status} {content[:200]!r}")
                return
            accepted.append(payload.spans)

    threads = [threading.Thread(target=work, args=(bodies[n::CONNECTIONS],)) for n in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise SystemExit(f"port {port}: {errors[0]}")
    return sum(accepted)


def tree_cpu(process: psutil.Process) -> float:
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            total += sum(one.cpu_times()[:2])
        except psutil.Error:
            continue
    return total


def measure(port: int, headers: dict[str, str], bodies: list[Payload], requests: int, count, process) -> dict:
    send("127.0.0.1", port, headers, bodies, 1)
    deadline = time.time() + 60
    while count() == 0 and time.time() < deadline:
        time.sleep(0.2)
    time.sleep(3)
    before, cpu, started = count(), tree_cpu(process), time.perf_counter()
    spans = send("127.0.0.1", port, headers, bodies, requests)
    accepted = time.perf_counter() - started
    while count() - before < spans:
        if time.perf_counter() - started > 300:
            raise SystemExit(f"port {port}: only {count() - before} of {spans} spans are there after 300 s")
        time.sleep(0.05)
    queryable = time.perf_counter() - started
    return {
        "spans": spans,
        "accepted_per_second": round(spans / accepted),
        "queryable_per_second": round(spans / queryable),
        "cpu_us_per_span": round((tree_cpu(process) - cpu) / spans * 1e6, 1),
    }


def run_peer(peer: Peer, binaries: pathlib.Path, bodies: list[Payload]) -> dict:
    data = pathlib.Path(tempfile.mkdtemp(prefix="bench-peer-"))
    environment = {**os.environ, "DO_NOT_TRACK": "true", "PATH": f"{binaries}:{os.environ['PATH']}"}
    environment |= {name: value.format(data=data) for name, value in peer.environment}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [part.format(data=data) for part in peer.command]
    process = subprocess.Popen(
        [str(binaries / command[0]), *command[1:]], env=environment, cwd=data, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip

    def count() -> int:
        try:
            with sqlite3.connect(f"file:{data / peer.database}?mode=ro", uri=True, timeout=20) as connection:
                return int(connection.execute(f"SELECT count(*) FROM {peer.table}").fetchone()[0])
        except sqlite3.OperationalError:
            return 0

    try:
        deadline = time.time() + 120
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{peer.port}{peer.ready}", timeout=5):
                    break
            except OSError:
                if time.time() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.2)
        headers = {"content-type": "application/x-protobuf", **dict(peer.headers)}
        return measure(peer.port, headers, bodies, peer.requests, count, psutil.Process(process.pid))
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        shutil.rmtree(data, ignore_errors=True)


def run_watchkeeper(bodies: list[Payload], requests: int) -> dict:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="watchkeeper-bench-"))
    server = Server(folder)
    try:
        assert server.otlp.port is not None
        return measure(
            server.otlp.port, {"content-type": "application/x-protobuf"}, bodies, requests,
            lambda: int(server.sql("SELECT count() FROM watchkeeper.spans")), server.main,
        )  # fmt: skip
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("payloads", type=pathlib.Path, nargs="?")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--requests", type=int, default=2_000, help="requests sent to watchkeeper")
    parser.add_argument(
        "--venvs", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "bench-venvs"
    )
    arguments = parser.parse_args()
    bodies = [Payload(body) for body in payloads.load(arguments.payloads, 80)]
    binaries = {name: install(name, PEERS[name], arguments.venvs) for name in arguments.peers}
    rows: dict[str, list[dict]] = {}
    for _ in range(arguments.runs):
        rows.setdefault("watchkeeper", []).append(run_watchkeeper(bodies, arguments.requests))
        for name in arguments.peers:
            rows.setdefault(name, []).append(run_peer(PEERS[name], binaries[name], bodies))
        print(json.dumps({name: results[-1] for name, results in rows.items()}), flush=True)
    medians = {
        name: {key: statistics.median(row[key] for row in results) for key in results[0]}
        for name, results in rows.items()
    }
    ours = medians["watchkeeper"]["queryable_per_second"]
    for name, median in medians.items():
        times = ours / median["queryable_per_second"]
        print(f"{name:12s} {median['queryable_per_second']:>9,.0f} spans/s  {median['cpu_us_per_span']:>8,.1f} us/span  "
              f"{median['spans']:>9,.0f} spans  watchkeeper is {times:,.1f} times as fast")  # fmt: skip


if __name__ == "__main__":
    main()
