"""What the tests with faults share: traffic whose every span is known, and the engine behind the server's back."""

import http.client
import json
import os
import random
import signal
import socket
import threading
import time
import urllib.parse

import psutil
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PROTOBUF = {"content-type": "application/x-protobuf"}


def request(rng, spans=20, *, name="step", now=None, service="faults", **attributes):
    """An export request of known spans: (its bytes, {span id: row as `stored` reads it})."""
    made = ExportTraceServiceRequest()
    resource = made.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = service
    scope = resource.scope_spans.add()
    trace_id, rows = rng.randbytes(16), {}
    start = now or time.time_ns()
    for number in range(spans):
        span = scope.spans.add(
            trace_id=trace_id, span_id=rng.randbytes(8), name=name, kind=1,
            start_time_unix_nano=start + number, end_time_unix_nano=start + number + rng.randrange(10**9),
        )  # fmt: skip
        texts = {"n": str(number), "salt": rng.randbytes(8).hex(), **attributes}
        for key, value in texts.items():
            span.attributes.add(key=key).value.string_value = value
        rows[span.span_id.hex()] = (
            trace_id.hex(), name, start + number, span.end_time_unix_nano - start - number, service, texts,
        )  # fmt: skip
    return made.SerializeToString(), rows


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=30):
        super().__init__("engine", timeout=timeout)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Rig:
    """A running server, what was acknowledged by it, and its engine."""

    def __init__(self, server):
        self.server = server
        address = dict(line.split(" ", 1) for line in server.lines if " " in line)
        self.otlp = urllib.parse.urlsplit(address["otlp-http"])
        self.grpc = address["otlp-grpc"]
        self.socket = server.data_dir / "engine" / "http.sock"

    # -- the server ----------------------------------------------------------------------------------------------

    def post(self, body, headers=None, *, path="/v1/traces", method="POST", timeout=30):
        """One request on a connection of its own: status, headers, body."""
        connection = http.client.HTTPConnection(self.otlp.hostname, self.otlp.port, timeout=timeout)
        try:
            connection.request(method, path, body, PROTOBUF if headers is None else headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def get(self, path):
        address = urllib.parse.urlsplit(self.server.url)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
        try:
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def status(self):
        return self.get("/api/v1/status")["ingest"]

    def until(self, condition, seconds=30, why=""):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"{why or 'not in time'}: {self.status()}\n{self.log()}"
            time.sleep(0.1)

    def drained(self, seconds=40):
        """Everything acknowledged is stored or in quarantine."""
        self.until(lambda: self.status()["waiting_bytes"] == 0, seconds, "the log did not empty")

    def log(self):
        return self.server.log.read_text()[-3000:]

    @property
    def process(self):
        return psutil.Process(self.server.process.pid)

    @property
    def engine_pid(self):
        """Process id of the engine; waits for one that is starting."""
        for _ in range(200):
            for child in self.process.children():
                if child.status() != psutil.STATUS_ZOMBIE and "watchkeeper.store.engine.child" in " ".join(
                    child.cmdline()
                ):
                    return child.pid
            time.sleep(0.05)
        raise AssertionError(f"no engine runs\n{self.log()}")

    def kill_engine(self):
        """`kill -9`, and wait until another one answers."""
        pid = self.engine_pid
        os.kill(pid, signal.SIGKILL)
        self.until(lambda: not psutil.pid_exists(pid) and self.engine_ready(), 30, "no new engine")

    def engine_ready(self):
        try:
            return self.sql("SELECT 1") == [[1]]
        except OSError:
            return False

    # -- the engine ----------------------------------------------------------------------------------------------

    def sql(self, statement, *, readonly=False):
        connection = UnixConnection(self.socket)
        try:
            query = "?default_format=JSONCompact" + ("&readonly=1" if readonly else "")
            connection.request("POST", "/" + query, statement.encode())
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, body.decode()
            return json.loads(body)["data"] if body.startswith(b"{") else []
        finally:
            connection.close()

    def stored(self, service="faults"):
        """Every stored row by span id; fails when a span is there twice."""
        rows = self.sql(
            "SELECT SpanId, TraceId, SpanName, toString(toUnixTimestamp64Nano(Timestamp)), toString(Duration), "
            f"ServiceName, SpanAttributes FROM watchkeeper.spans WHERE ServiceName = '{service}'"
        )
        found = {
            span: (trace, name, int(start), int(duration), service, attributes)
            for span, trace, name, start, duration, service, attributes in rows
        }
        assert len(found) == len(rows), f"{len(rows) - len(found)} spans are stored twice"
        return found


class Traffic:
    """Threads that send requests and keep what was acknowledged; what was not is sent again, as an exporter does."""

    def __init__(self, rig, seed, *, threads=3, spans=20, pause=0.005):
        self.acknowledged = {}
        self.sent = {}
        self.refusals = []
        self._rig = rig
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(
                target=self._send, args=(random.Random(f"{seed}-{n}"), spans, pause), daemon=True
            )
            for n in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def _send(self, rng, spans, pause):
        while not self._stop.is_set():
            body, rows = request(rng, spans)
            with self._lock:
                self.sent |= rows
            while not self._stop.is_set():
                try:
                    status, headers, _ = self._rig.post(body, timeout=5)
                except (OSError, http.client.HTTPException):
                    self._stop.wait(0.05)
                    continue
                if status == 200:
                    with self._lock:
                        self.acknowledged |= rows
                    break
                self.refusals.append((status, headers.get("retry-after")))
                self._stop.wait(0.2)
            self._stop.wait(pause)

    nap = staticmethod(time.sleep)

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=15)
        return self.acknowledged


def rss(pid):
    return psutil.Process(pid).memory_info().rss
