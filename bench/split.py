"""Where the time of a span goes: CPU in µs a span, stage by stage.

    python bench/split.py [--seconds 10] [--rounds 3]

    http        what the server takes over `validation` and `log` while four connections send (a run of `ingest.py`)
    validation  looking at a request before it is acknowledged
    log         writing it in its envelope, one write and fdatasync for eight requests
    analysis    the engine's reading of the insert statement, shared by the spans of a segment
    decode      protobuf into the landing table's columns, its view taken away
    flatten     the view: one row a span, attributes to columns; the rest of the insert
    write       a part of the span table from rows that lie in memory
    merge       eight parts to one

The engine's stages run in its own process on a data folder of their own, with merges stopped but for the last, and
are the medians of several rounds by the kernel's accounting. A segment is 21,000 spans, as under full load. Stages
were measured one by one, so their sum is near what a span costs under load, not the same.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import pathlib
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable

import ingest
import payloads
import psutil
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from watchkeeper.ingest import traces
from watchkeeper.kernel.clock import SystemClock
from watchkeeper.model import envelope
from watchkeeper.store.apply import _SETTINGS, Applier, _rows_a_block
from watchkeeper.store.client import Engine
from watchkeeper.store.config import StoreConfig
from watchkeeper.store.engine.supervisor import EngineProcess
from watchkeeper.store.migrate import DATABASE, make_landing, migrate
from watchkeeper.store.otlp_traces import TracesLanding
from watchkeeper.store.quarantine import Quarantine

REQUESTS = 42
SPANS = REQUESTS * payloads.SPANS_A_REQUEST
SMALL_INSERTS = 20
PARTS = 8
GROUP = 8
STAGES = ("http", "validation", "log", "analysis", "decode", "flatten", "write", "merge")


def validation(bodies: list[bytes]) -> float:
    started = time.process_time()
    for body in bodies:
        traces.check(body)
    return time.process_time() - started


def log(bodies: list[bytes], folder: pathlib.Path) -> float:
    path = folder / "log.pb"
    started = time.process_time()
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for at in range(0, len(bodies), GROUP):
        os.writev(file, [part for body in bodies[at : at + GROUP] for part in enclosed(body)])
        os.fdatasync(file)
    os.close(file)
    used = time.process_time() - started
    path.unlink()
    return used


def enclosed(body: bytes) -> tuple[bytes, bytes | memoryview]:
    request_id = int.from_bytes(os.urandom(8), "little")
    return envelope.encode(body, request_id=request_id, project="default", received_unix_nano=time.time_ns())


def segment(folder: pathlib.Path, name: str, bodies: list[bytes]) -> tuple[pathlib.Path, int]:
    """A segment of the log, and how many requests the engine decodes at a time."""
    path = folder / name
    path.write_bytes(b"".join(bytes(part) for body in bodies for part in enclosed(body)))
    return path, _rows_a_block(len(bodies), path.stat().st_size)


def one_span(body: bytes) -> bytes:
    request = ExportTraceServiceRequest.FromString(body)
    del request.resource_spans[0].scope_spans[0].spans[1:]
    return request.SerializeToString()


class Bench:
    """An engine of its own, and what it takes for a statement."""

    def __init__(self, engine: Engine, applier: Applier, process: psutil.Process, rounds: int) -> None:
        self.engine, self.applier, self.process, self.rounds = engine, applier, process, rounds

    async def cpu(self, work: Callable[[], Awaitable[object]]) -> float:
        """Median CPU seconds of a few rounds."""
        found = []
        for _ in range(self.rounds):
            before = sum(self.process.cpu_times()[:2])
            await work()
            found.append(sum(self.process.cpu_times()[:2]) - before)
        return statistics.median(found)

    async def insert(self, made: tuple[pathlib.Path, int], times: int = 1) -> None:
        """The statement by which a segment is stored."""
        path, rows_a_block = made
        for _ in range(times):
            await self.applier._execute(path, os.urandom(8).hex(), rows_a_block)  # noqa: SLF001  the statement alone

    async def stages(self, folder: pathlib.Path, bodies: list[bytes]) -> dict[str, float]:
        """CPU seconds a span of what the engine does."""
        spans, copy, memory = (f"{DATABASE}.{name}" for name in ("spans", "bench_parts", "bench_memory"))
        execute = self.engine.execute
        small = segment(folder, "small.pb", [one_span(bodies[0])])
        large = segment(folder, "large.pb", bodies)
        await execute(f"SYSTEM STOP MERGES {spans}")
        await self.insert(large)  # the first one pays for what is loaded and cached
        analysed = await self.cpu(lambda: self.insert(small, SMALL_INSERTS)) / SMALL_INSERTS
        whole = await self.cpu(lambda: self.insert(large))
        await execute(f"DROP VIEW {DATABASE}.otlp_traces_view SYNC")
        analysed_alone = await self.cpu(lambda: self.insert(small, SMALL_INSERTS)) / SMALL_INSERTS
        decoded = await self.cpu(lambda: self.insert(large)) - analysed_alone
        await make_landing(self.engine)

        await execute(f"CREATE TABLE {copy} AS {spans}")
        # Parts are too large to be merged unasked, so that all eight are merged at once.
        await execute(f"ALTER TABLE {copy} MODIFY SETTING max_bytes_to_merge_at_max_space_in_pool = 1")
        await execute(f"CREATE TABLE {memory} AS {spans} ENGINE = Memory")
        await execute(f"INSERT INTO {memory} SELECT * FROM {spans} LIMIT {SPANS}")
        insert = (
            f"INSERT INTO {copy} SELECT * FROM {memory} SETTINGS {_SETTINGS}, insert_deduplication_token = "
        )

        async def write() -> None:
            await execute(f"{insert}'{os.urandom(8).hex()}'")

        async def eight_parts() -> None:
            await execute(f"TRUNCATE TABLE {copy} SYNC")
            for _ in range(PARTS):
                await write()

        await write()
        written = await self.cpu(write)
        merged = []
        for _ in range(self.rounds):
            await eight_parts()
            before = sum(self.process.cpu_times()[:2])
            await execute(f"OPTIMIZE TABLE {copy} FINAL", timeout_seconds=300)
            merged.append(sum(self.process.cpu_times()[:2]) - before)
        levels = await self.engine.select(
            "SELECT DISTINCT level FROM system.parts WHERE active AND table = 'bench_parts'"
        )
        assert levels.data == [[1]], f"parts were merged more than once: {levels.data}"
        return {
            "analysis": analysed / SPANS,
            "decode": decoded / SPANS,
            "flatten": (whole - analysed - decoded - written) / SPANS,
            "write": written / SPANS,
            "merge": statistics.median(merged) / SPANS / PARTS,
        }


async def engine_stages(folder: pathlib.Path, bodies: list[bytes], rounds: int) -> dict[str, float]:
    clock = SystemClock()
    process = EngineProcess(folder / "engine", StoreConfig(), clock)
    await process.start()
    engine = Engine(process.socket)
    try:
        await migrate(engine, clock)
        config = StoreConfig()
        quarantine = Quarantine(folder / "quarantine", clock, quota_bytes=0, tell=lambda *_: None)
        applier = Applier(
            engine, TracesLanding(DATABASE), quarantine, mend=lambda: make_landing(engine),
            scratch=folder / "scratch", memory_bytes=config.insert_memory_bytes,
        )  # fmt: skip
        bench = Bench(engine, applier, psutil.Process(process.state.pid), rounds)
        return await bench.stages(folder, bodies)
    finally:
        await engine.close()
        await process.stop()


def measure(seconds: float, rounds: int) -> dict[str, float]:
    """µs a span of each stage."""
    bodies = payloads.make(REQUESTS)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="watchkeeper-bench-"))
    try:
        found = {
            "validation": statistics.median(validation(bodies) for _ in range(rounds)) / SPANS,
            "log": statistics.median(log(bodies, folder) for _ in range(rounds)) / SPANS,
            **asyncio.run(engine_stages(folder, bodies, rounds)),
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found = {name: value * 1e6 for name, value in found.items()}
    server = ingest.run(bodies, 4, seconds)["server_us_per_span"]
    found["http"] = server - found["validation"] - found["log"]
    return {name: round(found[name], 2) for name in STAGES}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    found = measure(arguments.seconds, arguments.rounds)
    total = sum(found.values())
    print(json.dumps({**found, "total": round(total, 2)}), flush=True)
    print(f"{'stage':<12}{'µs a span':>10}{'share':>8}")
    for name, value in found.items():
        print(f"{name:<12}{value:>10.2f}{value / total:>8.0%}")
    print(f"{'total':<12}{total:>10.2f}")


if __name__ == "__main__":
    main()
