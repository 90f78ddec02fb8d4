"""What the server costs while little or nothing comes in: CPU in per cent of a core, and memory.

    python bench/trickle.py [--seconds 30] [--spans-per-second 10]

One request a second carries the trickle. Memory is resident, of the server's and the engine's process.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import pathlib
import shutil
import tempfile
import time

from ingest import Server
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def request(spans: int) -> bytes:
    message = ExportTraceServiceRequest()
    scope = message.resource_spans.add().scope_spans.add()
    now = time.time_ns()
    for number in range(spans):
        span = scope.spans.add(trace_id=os.urandom(16), span_id=os.urandom(8), name="chat gpt-4.1", kind=3)
        span.start_time_unix_nano, span.end_time_unix_nano = now - 10**8, now
        for key, value in {
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4.1",
            "gen_ai.agent.name": f"agent-{number}", "gen_ai.input.messages": "[]",
        }.items():  # fmt: skip
            attribute = span.attributes.add(key=key)
            attribute.value.string_value = value
        attribute = span.attributes.add(key="gen_ai.usage.input_tokens")
        attribute.value.int_value = 100 + number
    return message.SerializeToString()


def measure(server: Server, seconds: float, spans: int) -> dict:
    connection = http.client.HTTPConnection(server.otlp.hostname, server.otlp.port, timeout=30)
    before, started = server.cpu(), time.perf_counter()
    for second in range(1, int(seconds) + 1):
        if spans:
            connection.request(
                "POST", "/v1/traces", request(spans), {"content-type": "application/x-protobuf"}
            )
            connection.getresponse().read()
        time.sleep(max(0.0, started + second - time.perf_counter()))
    used = [after - earlier for after, earlier in zip(server.cpu(), before, strict=True)]
    lasted = time.perf_counter() - started
    return {
        "spans_per_second": spans,
        "server_percent": round(used[0] / lasted * 100, 2),
        "engine_percent": round(used[1] / lasted * 100, 2),
        "server_mb": round(server.main.memory_info().rss / 1e6),
        "engine_mb": round(server.engine.memory_info().rss / 1e6),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--spans-per-second", type=int, default=10)
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="watchkeeper-bench-"))
    try:
        for start in ("first", "second"):
            server = Server(folder)
            print(json.dumps({"start": start, "ready_seconds": round(server.start_seconds, 2)}), flush=True)
            time.sleep(8)
            print("silence", json.dumps(measure(server, arguments.seconds, 0)), flush=True)
            if start == "second":
                print(
                    "trickle",
                    json.dumps(measure(server, arguments.seconds, arguments.spans_per_second)),
                    flush=True,
                )
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
