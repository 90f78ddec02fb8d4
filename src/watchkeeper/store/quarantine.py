"""Requests that the engine refuses for good: kept as they came, with the reason beside them."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from watchkeeper.kernel.clock import Clock
from watchkeeper.model import envelope
from watchkeeper.model.envelope import Record
from watchkeeper.store.errors import EngineUnavailable

_LOOK_EVERY_SECONDS: Final = 1.0


class Quarantine:
    """A folder of requests, bounded in size: a full one makes the log wait instead of losing anything.

    Files may be removed by hand at any time.
    """

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
        self._look()

    @property
    def count(self) -> int:
        """Requests that lie here."""
        if self._clock.monotonic() >= self._looked + _LOOK_EVERY_SECONDS:
            self._look()
        return self._count

    def holds(self, record: Record) -> bool:
        """Whether this request lies here."""
        return self._path(record).exists()

    def announce(self) -> None:
        """Tell of entries that no alarm was written for: the process ended in between."""
        for path in sorted(self._folder.glob("*.pb")):
            note = _note(path)
            if not note.get("told"):
                self._tell(str(note.get("project", "")), path.stem, str(note.get("reason", "unknown")))

    def told(self, name: str) -> None:
        """Remember that the alarm of an entry is written; without it, it is raised again at the next start."""
        path = self._folder / f"{name}.pb"
        if path.exists():
            _write(path.with_suffix(".json"), [_json(_note(path) | {"told": True})])

    def put(self, record: Record, reason: str) -> None:
        """Keep one request; putting the same one again changes nothing.

        Raises:
            EngineUnavailable: the quota is reached; the segment has to wait.
        """
        path = self._path(record)
        if path.exists():
            return
        size = record.end - record.start
        if self._bytes + size > self._quota:
            self._look()
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
        _write(path.with_suffix(".json"), [_json(note)])
        parts = envelope.encode(
            record.request,
            request_id=record.request_id,
            project=record.project,
            received_unix_nano=record.received_unix_nano,
        )
        _write(path, parts)
        self._bytes += size
        self._count += 1
        self._tell(record.project, path.stem, reason)

    def _path(self, record: Record) -> Path:
        return self._folder / f"{record.received_unix_nano}-{record.request_id:016x}.pb"

    def _look(self) -> None:
        self._bytes = self._count = 0
        for file in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # removed meanwhile
                self._bytes += file.stat().st_size
                self._count += file.suffix == ".pb"
        self._looked = self._clock.monotonic()


def newest(folder: Path) -> tuple[int, str]:
    """How many requests lie in a quarantine, and why the last of them does."""
    entries = sorted(
        (str(_note(path).get("quarantined_unix_nano", "")).zfill(20), path) for path in folder.glob("*.pb")
    )
    return len(entries), str(_note(entries[-1][1]).get("reason", "unknown")) if entries else ""


def _note(path: Path) -> dict[str, Any]:
    """What stands beside an entry; nothing if it was removed or damaged."""
    try:
        note = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def _json(note: dict[str, Any]) -> bytes:
    return json.dumps(note, indent=1).encode()


def _write(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Write a file that is there whole or not at all, whatever happens."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        for content in parts:
            file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
