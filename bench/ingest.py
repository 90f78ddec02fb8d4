"""How many spans a second the server acknowledges and stores, what they cost, and how long senders wait.

    python bench/ingest.py [PAYLOADS] [--connections 1 4 16] [--seconds 60] [--runs 3]

PAYLOADS is a folder of OTLP trace requests (`*.pb`); without it they are made by `payloads.py`. Each is sent again
and again with new trace ids, so that nothing is taken for a retry. The server is started fresh for each figure, with
an empty data folder; client and server share the machine. CPU is that of both server processes (and, separately, of
the client) by the kernel's accounting; "stored" is a count in the engine after the last acknowledgement; "visible" is
how long a trace of one span that is sent every two seconds takes, from sending it until the API shows it, to within
a fifth of a second; asking takes about one per cent of the machine.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

import numpy as np
import payloads
import psutil
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Payload:
    """A request whose trace ids can be changed in place."""

    def __init__(self, body: bytes) -> None:
        self.body = bytearray(body)
        request = ExportTraceServiceRequest.FromString(body)
        places, at = [], 0
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    at = body.index(b"\x0a\x10" + span.trace_id, at) + 2
                    places.append(at)
        self.spans = len(places)
        self._view = np.frombuffer(self.body, dtype=np.uint8)
        self._places = np.array(places)[:, None] + np.arange(4)

    def renew(self, number: int) -> bytearray:
        self._view[self._places] = np.frombuffer(number.to_bytes(4, "little"), dtype=np.uint8)
        return self.body


class Server:
    """A fresh `watchkeeper serve`."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "watchkeeper", "serve", "--data-dir", folder, "--port", "0",
             "--otlp-http-port", "0", "--otlp-grpc-port", "0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        lines = {}
        started = time.perf_counter()
        assert self.process.stdout is not None
        for line in self.process.stdout:
            name, _, value = line.strip().partition(" ")
            lines[name] = value
            if name == "ready":
                break
        self.start_seconds = time.perf_counter() - started
        self.otlp = urllib.parse.urlsplit(lines["otlp-http"])
        self.url = lines["ready"]
        self.main = psutil.Process(self.process.pid)
        self.engine = self.main.children(recursive=True)[0]

    def cpu(self) -> tuple[float, float]:
        return tuple(sum(process.cpu_times()[:2]) for process in (self.main, self.engine))

    def status(self) -> dict:
        with urllib.request.urlopen(f"{self.url}/api/v1/status", timeout=30) as answer:
            return json.load(answer)

    def sql(self, query: str) -> str:
        connection = http.client.HTTPConnection("engine")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(self.folder / "engine" / "http.sock"))
        connection.request("POST", "/?readonly=1", query.encode())
        answer = connection.getresponse().read().decode().strip()
        connection.close()
        return answer

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


class Sender(threading.Thread):
    """One keep-alive connection that sends as fast as it is answered; 503 is retried."""

    def __init__(self, server: Server, bodies: list[Payload], first: int, step: int, until: float) -> None:
        super().__init__()
        self.server, self.bodies, self.number, self.step, self.until = server, bodies, first, step, until
        self.latencies: list[float] = []
        self.spans = self.retries = 0
        self.errors: list[str] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection(self.server.otlp.hostname, self.server.otlp.port, timeout=60)
        while time.perf_counter() < self.until and not self.errors:
            payload = self.bodies[(self.number // self.step) % len(self.bodies)]
            body = payload.renew(self.number)
            self.number += self.step
            while True:
                started = time.perf_counter()
                connection.request("POST", "/v1/traces", body, {"content-type": "application/x-protobuf"})
                answer = connection.getresponse()
                content = answer.read()
                if answer.status == 200 and not content:
                    self.latencies.append(time.perf_counter() - started)
                    self.spans += payload.spans
                    break
                if answer.status == 503:
                    self.retries += 1
                    time.sleep(0.05)
                    continue
                self.errors.append(f"{answer.status} {content[:200]!r}")
                break


class Marks(threading.Thread):
    """Sends a trace every two seconds, and asks for it until it is there."""

    # Nothing is there within the first half second, and a question costs what storing 400 spans does.
    EVERY_SECONDS, FIRST_SECONDS, ASK_SECONDS, LONGEST_SECONDS = 2.0, 0.5, 0.2, 60.0

    def __init__(self, server: Server, done: threading.Event) -> None:
        super().__init__()
        self.server, self.done = server, done
        self.sent = 0
        self.seconds: list[float] = []

    def run(self) -> None:
        otlp = http.client.HTTPConnection(self.server.otlp.hostname, self.server.otlp.port, timeout=60)
        asked = urllib.parse.urlsplit(self.server.url)
        api = http.client.HTTPConnection(asked.hostname, asked.port, timeout=60)
        while not self.done.is_set():
            started = time.perf_counter()
            trace_id = self._send(otlp)
            time.sleep(self.FIRST_SECONDS - self.ASK_SECONDS)
            while time.perf_counter() - started < self.LONGEST_SECONDS:
                time.sleep(self.ASK_SECONDS)
                api.request("GET", f"/api/v1/traces/{trace_id}")
                answer = api.getresponse()
                answer.read()
                if answer.status == 200:
                    break
            self.seconds.append(time.perf_counter() - started)
            self.done.wait(max(0.0, started + self.EVERY_SECONDS - time.perf_counter()))

    def _send(self, connection: http.client.HTTPConnection) -> str:
        message = ExportTraceServiceRequest()
        span = message.resource_spans.add().scope_spans.add().spans.add(trace_id=os.urandom(16), name="mark")
        span.span_id = os.urandom(8)
        span.end_time_unix_nano = span.start_time_unix_nano = time.time_ns()
        status = 503
        while status == 503:
            connection.request(
                "POST", "/v1/traces", message.SerializeToString(), {"content-type": "application/x-protobuf"}
            )
            answer = connection.getresponse()
            answer.read()
            status = answer.status
        self.sent += 1
        return span.trace_id.hex()


def watch(server: Server, peak: dict[str, int], done: threading.Event) -> None:
    while not done.wait(0.2):
        for name, process in (("server", server.main), ("engine", server.engine)):
            peak[name] = max(peak.get(name, 0), process.memory_info().rss)


def run(files: list[bytes], connections: int, seconds: float) -> dict:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="watchkeeper-bench-"))
    server = Server(folder)
    try:
        warm = Sender(server, [Payload(files[0])], 0x7FFFFF00, 1, time.perf_counter() + 1.5)
        warm.start()
        warm.join()
        time.sleep(3)
        before = int(server.sql("SELECT count() FROM watchkeeper.spans"))
        peak: dict[str, int] = {}
        done = threading.Event()
        threading.Thread(target=watch, args=(server, peak, done), daemon=True).start()
        cpu, client = server.cpu(), time.process_time()
        started = time.perf_counter()
        own = [
            [Payload(body) for body in files[n::connections]] or [Payload(files[0])]
            for n in range(connections)
        ]
        prepared = time.process_time() - client
        started = time.perf_counter()
        senders = [Sender(server, own[n], n, connections, started + seconds) for n in range(connections)]
        sent = threading.Event()
        marks = Marks(server, sent)
        for thread in (*senders, marks):
            thread.start()
        for sender in senders:
            sender.join()
        acknowledged_in = time.perf_counter() - started
        sent.set()
        spans = sum(sender.spans for sender in senders)
        count = "SELECT count() FROM watchkeeper.spans"
        while int(server.sql(count)) - before - marks.sent < spans:
            if time.perf_counter() - started > seconds + 120:
                break
            time.sleep(0.1)
        stored_in = time.perf_counter() - started
        used = [after - earlier for after, earlier in zip(server.cpu(), cpu, strict=True)]
        client = time.process_time() - client - prepared
        done.set()
        marks.join()
        before += marks.sent
        stored = int(server.sql(count)) - before
        latencies = sorted(latency for sender in senders for latency in sender.latencies)
        parts, size = server.sql(
            "SELECT count(), sum(bytes_on_disk) / sum(rows) FROM system.parts WHERE active AND table = 'spans'"
        ).split("\t")
        distinct = int(server.sql("SELECT uniqExact(TraceId, SpanId) FROM watchkeeper.spans"))
        return {
            "connections": connections,
            "seconds": round(acknowledged_in, 1),
            "spans": spans,
            "stored": stored,
            "distinct": distinct - before,
            "acknowledged_per_second": round(spans / acknowledged_in),
            "stored_per_second": round(spans / stored_in),
            "p50_ms": round(latencies[len(latencies) // 2] * 1e3, 1),
            "p99_ms": round(latencies[int(len(latencies) * 0.99)] * 1e3, 1),
            "retries": sum(sender.retries for sender in senders),
            "errors": [error for sender in senders for error in sender.errors],
            "server_us_per_span": round(used[0] / spans * 1e6, 2),
            "engine_us_per_span": round(used[1] / spans * 1e6, 2),
            "client_us_per_span": round(client / spans * 1e6, 2),
            "server_peak_mb": round(peak["server"] / 1e6),
            "engine_peak_mb": round(peak["engine"] / 1e6),
            "bytes_per_span": round(float(size), 1),
            "parts": int(parts),
            "behind_seconds": round(stored_in - acknowledged_in, 2),
            "visible_median_seconds": round(statistics.median(marks.seconds), 2),
            "visible_max_seconds": round(max(marks.seconds), 2),
        }
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("payloads", type=pathlib.Path, nargs="?")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    files = payloads.load(arguments.payloads, 120)
    for connections in arguments.connections:
        rows = []
        for _ in range(arguments.runs):
            rows.append(run(files, connections, arguments.seconds))
            print(json.dumps(rows[-1]), flush=True)
        medians = {
            name: statistics.median(row[name] for row in rows)
            for name, value in rows[0].items()
            if isinstance(value, (int, float))
        }
        print("median", json.dumps(medians), flush=True)


if __name__ == "__main__":
    main()
