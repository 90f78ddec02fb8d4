"""Turns what must not stay unseen into an event, an audit entry and a line in the log."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final

from watchkeeper.ledger.audit import Audit
from watchkeeper.ledger.outbox import Outbox
from watchkeeper.model.events import Event

log = logging.getLogger(__name__)

QUARANTINE_RULE: Final = "ingest_quarantine"
_MOST_PENDING: Final = 1_000
_STOP_SECONDS: Final = 10.0


class Alarms:
    """Writes alarms in the background, in order; what raises them must not wait for the ledger."""

    def __init__(self, outbox: Outbox, audit: Audit, publish: Callable[[Event], None]) -> None:
        """Write to the ledger and to the live feed."""
        self._outbox = outbox
        self._audit = audit
        self._publish = publish
        self.written: Callable[[str], None] = lambda _name: None  # called with what an alarm is written for
        self._queue: asyncio.Queue[tuple[str, str, str]] = asyncio.Queue(_MOST_PENDING)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._write(), name="alarms")

    def quarantined(self, project: str, name: str, reason: str) -> None:
        """A request was put into quarantine; called from the store."""
        log.error("request %s of project %s is in quarantine: %s", name, project, reason)
        try:
            self._queue.put_nowait((project, name, reason))
        except asyncio.QueueFull:
            log.error("over %d alarms wait to be written; %s stands in this log only", _MOST_PENDING, name)

    async def stop(self) -> None:
        """Write what is pending and end."""
        if self._task is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._queue.join(), _STOP_SECONDS)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _write(self) -> None:
        while True:
            project, name, reason = await self._queue.get()
            try:
                await self._record(project, name, reason)
                self.written(name)
            except Exception:  # the next alarm must not stay unseen because of this one
                log.exception("the alarm of %s could not be written", name)
                await asyncio.sleep(1)
            finally:
                self._queue.task_done()

    async def _record(self, project: str, name: str, reason: str) -> None:
        payload = {
            "rule_id": QUARANTINE_RULE,
            "severity": "critical",
            "metric_name": "watchkeeper_ingest_quarantined_requests",
            "current_value": 1,
            "threshold": 0,
            "labels": {"signal": "traces", "request": name},
            "summary": "a request that was acknowledged can't be stored and lies in quarantine",
            "reason": reason[:2_000],
        }
        event = await self._outbox.append(
            "monitor.alert.triggered", "alert", f"{QUARANTINE_RULE}:{name}", payload, project=project
        )
        await self._audit.record(
            "ingest", "request.quarantined", name, {"reason": reason[:2_000]}, project=project
        )
        self._publish(event)
