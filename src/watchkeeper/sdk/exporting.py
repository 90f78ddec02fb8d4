"""Sending: one exporter that says once when the server is away, and counts what was lost."""

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from watchkeeper.sdk import guard

# The OTLP exporter writes a line per attempt and per batch; ours says it once.
_NOISY = ("opentelemetry.exporter.otlp.proto.http.trace_exporter", "opentelemetry.exporter.otlp.common.http")
_exporting = threading.local()


class _Quiet(logging.Filter):
    """Drops the lines written while *our* exporter runs, and nobody else's."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002  the interface's argument
        return not getattr(_exporting, "active", False)


_quiet = _Quiet()


class WatchedExporter(SpanExporter):
    """Wraps an exporter: one log line when it starts to fail, one when it recovers.

    ``make`` makes the exporter, once in each process: a forked child must not
    write into its parent's connection.
    """

    def __init__(self, make: Callable[[], SpanExporter], target: str) -> None:
        self._make = make
        self._inner = make()
        self._pid = os.getpid()
        self._target = target
        self._failing = False
        self._deadline = float("inf")
        self._under_way = 0
        self.sent = 0
        self.lost = 0
        for name in _NOISY:
            logging.getLogger(name).addFilter(_quiet)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Sends a batch; what could not be sent is counted in ``lost``."""
        if time.monotonic() > self._deadline:
            self.lost += len(spans)
            return SpanExportResult.FAILURE
        self._under_way = len(spans)
        _exporting.active = True
        try:
            result = self._own().export(spans)
        except Exception as error:
            guard.failed("export", error)
            result = SpanExportResult.FAILURE
        finally:
            _exporting.active = False
        self._under_way = 0
        if result is SpanExportResult.SUCCESS:
            self._succeeded(len(spans))
        else:
            self._failed(len(spans))
        return result

    def close_within(self, seconds: float) -> None:
        """From now on gives up on batches after ``seconds``."""
        self._deadline = time.monotonic() + seconds

    def _own(self) -> SpanExporter:
        """This process' exporter."""
        if self._pid != os.getpid():
            self._pid = os.getpid()
            self.sent = self.lost = 0
            self._inner = self._make()
        return self._inner

    def closed(self) -> None:
        """Nobody waits any longer; a batch that is still under way counts as lost."""
        if self._under_way:
            self._failed(self._under_way)

    def _succeeded(self, count: int) -> None:
        self.sent += count
        if self._failing:
            self._failing = False
            guard.log.info("watchkeeper: %s answers again; %d spans were lost", self._target, self.lost)

    def _failed(self, count: int) -> None:
        self.lost += count
        if not self._failing:
            self._failing = True
            guard.log.warning(
                "watchkeeper: can't send to %s; the program goes on, newer spans wait, older ones are dropped. "
                "Is the server up? (watchkeeper serve)",
                self._target,
            )

    def shutdown(self) -> None:
        """Closes the connection."""
        _exporting.active = True
        try:
            self._own().shutdown()
        finally:
            _exporting.active = False

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Nothing waits here."""
        return self._own().force_flush(timeout_millis)
