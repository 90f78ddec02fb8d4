"""What the server says of itself: status for the API, metrics for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

import psutil
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from watchkeeper.ingest.log import Log
from watchkeeper.ingest.receive import Receiver
from watchkeeper.kernel.clock import Clock
from watchkeeper.kernel.version import VERSION
from watchkeeper.model.status import EngineStatus, IngestStatus, ServerStatus
from watchkeeper.store.engine.supervisor import EngineProcess
from watchkeeper.store.quarantine import Quarantine


class Figures(Collector):
    """Reads the parts' own counts; nothing is counted twice."""

    def __init__(
        self, log: Log, receiver: Receiver, quarantine: Quarantine, engine: EngineProcess, clock: Clock
    ) -> None:
        """Look at these parts."""
        self._log = log
        self._receiver = receiver
        self._quarantine = quarantine
        self._engine = engine
        self._process = psutil.Process()
        self._started_ns = clock.now_ns()

    async def status(self) -> ServerStatus:
        """The server's status."""
        engine = self._engine.state
        return ServerStatus(
            version=VERSION,
            started_ns=self._started_ns,
            memory_bytes=self._process.memory_info().rss,
            ingest=await self.ingest_status(),
            engine=EngineStatus(engine.ready, engine.restarts, engine.memory_bytes),
        )

    async def ingest_status(self) -> IngestStatus:
        """What was taken, what is stored, what waits."""
        state = self._log.state
        return IngestStatus(
            accepted_spans=state.accepted_spans,
            stored_spans=state.stored_spans,
            waiting_bytes=state.waiting_bytes,
            oldest_waiting_seconds=state.oldest_waiting_seconds,
            quarantined_requests=self._quarantine.count,
        )

    def collect(self) -> Iterator[Metric]:
        """Metric families for /metrics."""
        state, engine = self._log.state, self._engine.state
        counters = {
            "watchkeeper_ingest_accepted_requests": (state.accepted_requests, "Requests acknowledged."),
            "watchkeeper_ingest_accepted_spans": (state.accepted_spans, "Spans acknowledged."),
            "watchkeeper_ingest_repeated_requests": (
                state.repeated_requests,
                "Requests that were a sender's retry.",
            ),
            "watchkeeper_ingest_rejected_spans": (self._receiver.rejected_spans, "Spans without valid ids."),
            "watchkeeper_ingest_stored_requests": (state.stored_requests, "Requests stored."),
            "watchkeeper_ingest_stored_spans": (state.stored_spans, "Spans stored."),
            "watchkeeper_ingest_retries": (state.retries, "Attempts to store a segment that failed."),
            "watchkeeper_engine_restarts": (
                engine.restarts,
                "Starts of the engine's process after the first.",
            ),
            "process_cpu_seconds": (
                sum(self._process.cpu_times()[:2]),
                "CPU time of the server's process in seconds.",
            ),
        }
        for name, (value, text) in counters.items():
            yield CounterMetricFamily(name, text, value=value)
        gauges = {
            "watchkeeper_ingest_waiting_bytes": (state.waiting_bytes, "Bytes in the log that are not stored yet."),
            "watchkeeper_ingest_waiting_segments": (state.waiting_segments, "Closed segments not stored yet."),
            "watchkeeper_ingest_oldest_waiting_seconds": (
                state.oldest_waiting_seconds, "Age of what waits longest, in seconds.",
            ),
            "watchkeeper_ingest_quarantined_requests": (self._quarantine.count, "Requests in quarantine."),
            "watchkeeper_engine_up": (int(engine.ready), "Whether the engine answers."),
            "watchkeeper_engine_resident_memory_bytes": (engine.memory_bytes, "Resident memory of the engine."),
            "process_resident_memory_bytes": (self._process.memory_info().rss, "Resident memory of the server."),
            "process_open_fds": (self._process.num_fds(), "Open file descriptors of the server."),
            "process_start_time_seconds": (self._process.create_time(), "Start of the process, Unix time."),
        }  # fmt: skip
        for name, (value, text) in gauges.items():
            yield GaugeMetricFamily(name, text, value=value)
        refused = CounterMetricFamily(
            "watchkeeper_ingest_refused_requests", "Requests not taken, by reason.", labels=["code"]
        )
        for code, count in self._receiver.refused.items():
            refused.add_metric([code], count)
        yield refused
