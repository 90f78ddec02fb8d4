"""Requests that the engine refuses for good: kept as they came, with the reason beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from watchkeeper.kernel.clock import Clock
from watchkeeper.model import envelope
from watchkeeper.model.envelope import Record
from watchkeeper.store.errors import EngineUnavailable


class Quarantine:
    """A folder of requests, bounded in size: a full one makes the log wait instead of losing anything."""

    def __init__(
        self, folder: Path, clock: Clock, *, quota_bytes: int, tell: Callable[[str, str, str], None]
    ) -> None:
        """Keep requests in `folder`.

        Args:
            folder: made if it is not there.
            clock: dates the entries.
            quota_bytes: most bytes kept.
            tell: called with project, name and reason of each new entry: raises the alert.
        """
        self._folder = folder
        self._clock = clock
        self._quota = quota_bytes
        self._tell = tell
        folder.mkdir(parents=True, exist_ok=True)
        self._bytes = sum(file.stat().st_size for file in folder.iterdir())
        self._count = sum(1 for file in folder.glob("*.pb"))

    @property
    def count(self) -> int:
        """Requests that lie here."""
        return self._count

    def put(self, record: Record, reason: str) -> None:
        """Keep one request; putting the same one again changes nothing.

        Raises:
            EngineUnavailable: the quota is reached; the segment has to wait.
        """
        name = f"{record.received_unix_nano}-{record.request_id:016x}"
        path = self._folder / f"{name}.pb"
        if path.exists():
            return
        size = record.end - record.start
        if self._bytes + size > self._quota:
            raise EngineUnavailable(
                f"quarantine holds {self._bytes} bytes and may hold {self._quota}",
                hint=f"look at {self._folder}, mend the cause, remove what is not wanted",
            )
        note = {
            "request_id": f"{record.request_id:016x}",
            "project": record.project,
            "received_unix_nano": record.received_unix_nano,
            "quarantined_unix_nano": self._clock.now_ns(),
            "reason": reason,
        }
        (self._folder / f"{name}.json").write_text(json.dumps(note, indent=1), encoding="utf-8")
        parts = envelope.encode(
            record.request,
            request_id=record.request_id,
            project=record.project,
            received_unix_nano=record.received_unix_nano,
        )
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            for content in parts:
                file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        self._bytes += size
        self._count += 1
        self._tell(record.project, name, reason)
