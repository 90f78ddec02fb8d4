"""How long the API takes to answer with many spans stored.

    python bench/reads.py [--spans 10000000] [--dense | --spread] [--rounds 20]

The spans are made by the engine itself, in an empty data folder: traces of 50 spans by 48 agents with models,
tools, handoffs, messages and 4 % errors. `--dense` puts all of them into the last 50 minutes, as after a load test;
`--spread` over the last week. A server is started on them and asked over HTTP. Prints one JSON line a question,
in milliseconds; the first answer after the start is told apart. The engine forgets before each question what conditions
matched (its query condition cache), so that a repeated question is not cheaper than a new one.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

import psutil

from watchkeeper.kernel.clock import SystemClock
from watchkeeper.store.client import Engine
from watchkeeper.store.config import StoreConfig
from watchkeeper.store.engine.supervisor import EngineProcess
from watchkeeper.store.migrate import migrate

BLOCK = 500_000
# One row a span: `n` counts spans, `t` traces, `k` the place in the trace.
INSERT = """
INSERT INTO watchkeeper.spans (Project, ReceivedAt, RequestId, Timestamp, TraceId, SpanId, ParentSpanId, SpanName,
    SpanKind, ServiceName, ResourceAttributes, ScopeName, SpanAttributes, Duration, StatusCode, StatusMessage,
    InstanceId, Operation, Agent, TargetAgent, Workflow, TaskType, Provider, Model, ToolName, InputTokens,
    OutputTokens, CostNanoUSD, CostSource, ErrorType, ConversationId, SampleWeight, InputMessages, OutputMessages,
    SystemInstructions, ToolArguments, ToolResult)
WITH intDiv(number, 50) AS t, number % 50 AS k, cityHash64(number) AS h, cityHash64(t) AS ht,
    multiIf(k = 0, 'invoke_workflow', k = 1, 'task', k % 10 = 2, 'invoke_agent', k % 10 IN (3, 5, 7), 'chat',
        k % 10 IN (4, 6, 8), 'execute_tool', k % 10 = 9, 'handoff', 'decision') AS op,
    ['planner', 'writer', 'critic', 'coder', 'tester', 'finder'][1 + (ht + intDiv(k, 10)) % 6] AS role,
    concat(role, '-', toString((ht + intDiv(k, 10)) % 48 DIV 6)) AS agent, h % 25 = 0 AS failed, op = 'chat' AS llm,
    1 + h % 4 AS m, fromUnixTimestamp64Nano(toInt64({start} + t * {step} + k * 40000000), 'UTC') AS at
SELECT 'default', at + INTERVAL 1 SECOND, intDiv(number, 500), at, lower(hex(MD5(toString(t)))),
    lower(hex(sipHash64(number))), k = 0 ? '' : lower(hex(sipHash64(number - k))), concat(op, ' ', agent),
    llm ? 'Client' : 'Internal', concat('service-', toString(ht % 8)),
    map('service.name', concat('service-', toString(ht % 8)), 'host.name', concat('host-', toString(ht % 16)),
        'telemetry.sdk.name', 'opentelemetry'), 'watchkeeper',
    map('gen_ai.operation.name', op, 'gen_ai.agent.name', agent, 'customer', concat('c-', toString(ht % 5000)),
        'tier', ['free', 'pro', 'team'][1 + ht % 3], 'region', ['eu', 'us', 'ap'][1 + ht % 3],
        'queue', concat('q', toString(ht % 12)), 'attempt', toString(h % 3), 'order.id', toString(ht),
        'prompt.version', concat('v', toString(h % 40)), 'cache', h % 2 ? 'hit' : 'miss',
        'gen_ai.request.max_tokens', '1024', 'thread.id', toString(h % 64)),
    toUInt64(1e6 * exp(4 + 3 * (h % 100000) / 100000)), failed ? 'Error' : 'Unset',
    failed ? 'the upstream did not answer in time' : '', concat('i-', toString(ht % 16)), op, agent,
    op = 'handoff' ? concat(role, '-', toString(h % 8)) : '', concat('flow-', toString(ht % 5)), k > 1 ? 'plan' : '',
    llm ? ['openai', 'anthropic', 'google', 'mistral'][m] : '',
    llm ? ['gpt-5', 'claude-sonnet-4-5', 'gemini-2.5-pro', 'mistral-large'][m] : '',
    op = 'execute_tool' ? concat('tool_', toString(h % 10)) : '', llm ? 200 + h % 2000 : 0, llm ? 50 + h % 500 : 0,
    llm ? 1000000 + h % 10000000 : 0, llm ? 'priced' : '', failed ? 'Timeout' : '', toString(intDiv(t, 4)), 1,
    llm ? concat('[{{"role":"user","parts":[{{"type":"text","content":"', {prose}, '"}}]}}]') : '',
    llm ? concat('[{{"role":"assistant","parts":[{{"type":"text","content":"', {prose}, '"}}]}}]') : '', '',
    op = 'execute_tool' ? concat('{{"q":"', hex(h), '"}}') : '', op = 'execute_tool' ? {prose} : ''
FROM numbers({first}, {count}) SETTINGS max_insert_threads = 1, max_threads = 2, max_insert_block_size = 250000
"""
WORDS = "splitByChar(' ', 'the order was late because a queue grew while nobody looked and then it went through at last')"
PROSE = (
    f"arrayStringConcat(arrayMap(i -> {WORDS}[1 + cityHash64(number, i) % 18], range(60 + number % 60)), ' ')"
)


async def fill(folder: pathlib.Path, spans: int, seconds: int) -> None:
    """Make the data folder of a server, with spans of the last `seconds`."""
    clock = SystemClock()
    process = EngineProcess(folder / "engine", StoreConfig(), clock)
    await process.start()
    engine = Engine(process.socket)
    await migrate(engine, clock)
    traces = -(-spans // 50)
    start = clock.now_ns() - seconds * 10**9
    for first in range(0, spans, BLOCK):
        count = min(BLOCK, spans - first)
        sql = INSERT.format(
            start=start, step=seconds * 10**9 // traces, first=first, count=count, prose=PROSE
        )
        await engine.execute(sql, timeout_seconds=600)
    await engine.close()
    await process.stop()


class Server:
    """`watchkeeper serve` on a filled folder."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "watchkeeper", "serve", "--data-dir", folder, "--port", "0",
             "--otlp-http-port", "0", "--otlp-grpc-port", "0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        started = time.perf_counter()
        assert self.process.stdout is not None
        url = next(line.split()[1] for line in self.process.stdout if line.startswith("ready "))
        self.start_seconds = time.perf_counter() - started
        self.socket = str(folder / "engine" / "http.sock")
        place = urllib.parse.urlsplit(url)
        self.http = http.client.HTTPConnection(place.hostname or "", place.port, timeout=120)

    def get(self, path: str) -> tuple[float, dict]:
        """Milliseconds, and the answer."""
        started = time.perf_counter()
        self.http.request("GET", f"/api/v1{path}")
        answer = self.http.getresponse()
        body = answer.read()
        took = (time.perf_counter() - started) * 1000
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {body[:300]!r}")
        return took, json.loads(body)

    def forget(self) -> None:
        """Make the engine forget which granules conditions matched."""
        connection = http.client.HTTPConnection("engine")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.socket)
        connection.request("POST", "/", b"SYSTEM DROP QUERY CONDITION CACHE")
        answer = connection.getresponse()
        if answer.status != 200:
            raise SystemExit(answer.read().decode())
        connection.close()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def ask(server: Server, name: str, paths: list[str], rounds: int, pause: float) -> None:
    """Ask in turn; `pause` lets kept answers grow old."""
    times = []
    for at in range(rounds):
        time.sleep(pause)
        server.forget()
        times.append(server.get(paths[at % len(paths)])[0])
    rest = sorted(times[1:] or times)
    say(
        question=name,
        first_ms=round(times[0], 1),
        median_ms=round(statistics.median(rest), 1),
        p95_ms=round(rest[min(len(rest) - 1, int(len(rest) * 0.95))], 1),
        rounds=rounds,
    )


def questions(server: Server, rounds: int) -> None:
    _, page = server.get("/traces?limit=50")
    traces = [item["trace_id"] for item in page["items"]]
    agents = [item["agent"] for item in server.get("/agents")[1]["items"]][:rounds]
    order = server.get(f"/traces/{traces[0]}/spans/{span_of(server, traces[0])}")[1]["attributes"]["order.id"]
    paths = {
        "agents": ["/agents"],
        "agent": [f"/agents/{agent}" for agent in agents],
        "trace by id": [f"/traces/{trace}" for trace in traces],
        "trace list": ["/traces?limit=50"],
        "search: common attribute": ["/traces?limit=50&attribute=tier%3Dpro"],
        "search: rare attribute": [f"/traces?limit=50&attribute=order.id%3D{order}"],
        "search: absent attribute": ["/traces?limit=50&attribute=order.id%3Dnone"],
        "search: text": ["/traces?limit=50&q=upstream"],
        "costs": ["/costs?group_by=agent,model"],
    }
    for name, listed in paths.items():
        ask(server, name, listed, rounds, 2.0 if name == "agents" else 0.0)


def span_of(server: Server, trace: str) -> str:
    return str(server.get(f"/traces/{trace}")[1]["spans"]["items"][0]["span_id"])


def memory(server: Server) -> None:
    main = psutil.Process(server.process.pid)
    say(
        server_mb=main.memory_info().rss >> 20,
        engine_mb=max(one.memory_info().rss for one in main.children(recursive=True)) >> 20,
    )


def say(**figures: object) -> None:
    print(json.dumps(figures), flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--spans", type=int, default=10_000_000)
    arguments.add_argument("--rounds", type=int, default=20)
    arguments.add_argument("--folder", type=pathlib.Path, help="keep the data here, or use what is there")
    how = arguments.add_mutually_exclusive_group()
    how.add_argument("--dense", action="store_true", help="all spans in the last 50 minutes (the default)")
    how.add_argument("--spread", action="store_true", help="over the last week")
    given = arguments.parse_args()
    folder = given.folder or pathlib.Path(tempfile.mkdtemp(prefix="watchkeeper-reads-"))
    try:
        if not (folder / "engine").exists():
            folder.mkdir(parents=True, exist_ok=True)
            started = time.perf_counter()
            asyncio.run(fill(folder, given.spans, 7 * 86_400 if given.spread else 3_000))
            say(spans=given.spans, made_in_seconds=round(time.perf_counter() - started, 1))
        for again in ("first start", "restart"):
            server = Server(folder)
            try:
                say(start=again, ready_seconds=round(server.start_seconds, 2))
                # Two seconds apart: what one has asked is not kept for the next.
                ask(server, "overview, just started", ["/overview"], 3, 0.0 if again == "restart" else 0.01)
                if again == "restart":
                    ask(server, "overview", ["/overview"], given.rounds, 2.0)
                    questions(server, given.rounds)
                else:
                    time.sleep(20)
                memory(server)
            finally:
                server.stop()
    finally:
        if given.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
