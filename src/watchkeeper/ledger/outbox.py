"""Events for subscribers, inside the program and outside, in the order in which they happened.

An event is written in the same transaction as the change it tells of, and read later by cursor, at least once:
a subscriber keeps its cursor and drops what it has seen, by `id`. The box is bounded in number and in age.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import RowMapping, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from watchkeeper.kernel.clock import Clock
from watchkeeper.kernel.errors import InvalidInput
from watchkeeper.kernel.ids import uuid7
from watchkeeper.ledger.engine import Connections
from watchkeeper.ledger.tables import OUTBOX
from watchkeeper.model.events import Event

MAX_PAYLOAD_BYTES: Final = 65_536
MAX_PAGE: Final = 1_000
# The box is trimmed once in so many events: its bound is exceeded by at most this.
_TRIM_EVERY: Final = 256


@dataclass(frozen=True, slots=True)
class Page:
    """What `read_after` found.

    Attributes:
        events: in the order in which they happened.
        cursor: where to read on.
        missed: events after the caller's cursor had been dropped before they were read.
    """

    events: tuple[Event, ...]
    cursor: int
    missed: bool


class Outbox:
    """The table of events."""

    def __init__(
        self, connections: Connections, clock: Clock, *, max_events: int, retention_seconds: float
    ) -> None:
        """Work on the ledger's connections; keep at most `max_events`, none older than the retention."""
        self._connections = connections
        self._clock = clock
        self._max_events = max_events
        self._retention_ns = round(retention_seconds * 1e9)

    async def append(
        self,
        event_type: str,
        entity_type: str,
        entity_id: str,
        payload: Mapping[str, Any],
        *,
        project: str = "default",
        within: AsyncConnection | None = None,
    ) -> Event:
        """Add one event.

        Args:
            event_type: what happened, as `monitor.alert.triggered`.
            entity_type: to what kind of thing.
            entity_id: to which one.
            payload: JSON, at most 64 KiB.
            project: where.
            within: the write transaction of the change that the event tells of.

        Raises:
            InvalidInput: the payload is too large or no JSON.
        """
        try:
            text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        except (TypeError, ValueError) as wrong:
            raise InvalidInput(
                f"the payload of {event_type!r} is no JSON: {wrong}", code="invalid_json"
            ) from wrong
        if len(text.encode()) > MAX_PAYLOAD_BYTES:
            raise InvalidInput(
                f"the payload of {event_type!r} is over {MAX_PAYLOAD_BYTES} bytes", code="too_large"
            )
        row: dict[str, Any] = {
            "id": uuid7(self._clock),
            "time_ns": self._clock.now_ns(),
            "project": project,
            "event_type": event_type,
            "entity_type": entity_type,
            "entity_id": entity_id,
            "payload": text,
        }
        async with self._writing(within) as connection:
            result = await connection.execute(insert(OUTBOX).values(row).returning(OUTBOX.c.seq))
            seq = result.scalar_one()
            if seq % _TRIM_EVERY == 0:
                await self._trim(connection)
        return _event(row)

    async def read_after(self, cursor: int, limit: int = 100, *, project: str | None = None) -> Page:
        """Events behind a cursor, oldest first; cursor 0 reads from the start, `limit` is at most 1,000."""
        bounded = max(1, min(limit, MAX_PAGE))
        wanted = select(OUTBOX).where(OUTBOX.c.seq > cursor).order_by(OUTBOX.c.seq).limit(bounded)
        if project is not None:
            wanted = wanted.where(OUTBOX.c.project == project)
        async with self._connections.read() as connection:
            oldest = (await connection.execute(select(func.min(OUTBOX.c.seq)))).scalar_one()
            rows = (await connection.execute(wanted)).mappings().all()
        missed = cursor > 0 and oldest is not None and oldest > cursor + 1
        return Page(tuple(_event(row) for row in rows), rows[-1]["seq"] if rows else cursor, missed)

    async def newest(self) -> int:
        """The cursor behind everything that has happened so far."""
        async with self._connections.read() as connection:
            return (await connection.execute(select(func.max(OUTBOX.c.seq)))).scalar_one() or 0

    async def cursor_of(self, event_id: str) -> int | None:
        """The cursor behind an event with this id; None when it is not (or no longer) in the box."""
        async with self._connections.read() as connection:
            found = await connection.execute(select(OUTBOX.c.seq).where(OUTBOX.c.id == event_id))
            return found.scalar_one_or_none()

    async def trim(self) -> int:
        """Drop what is too old or too much.

        Returns:
            How many events were dropped.
        """
        async with self._connections.write() as connection:
            return await self._trim(connection)

    async def _trim(self, connection: AsyncConnection) -> int:
        newest = (await connection.execute(select(func.max(OUTBOX.c.seq)))).scalar_one() or 0
        oldest_ns = self._clock.now_ns() - self._retention_ns
        gone = delete(OUTBOX).where(
            (OUTBOX.c.seq <= newest - self._max_events) | (OUTBOX.c.time_ns < oldest_ns)
        )
        return (await connection.execute(gone)).rowcount

    @asynccontextmanager
    async def _writing(self, within: AsyncConnection | None) -> AsyncIterator[AsyncConnection]:
        if within is not None:
            yield within
        else:
            async with self._connections.write() as connection:
                yield connection


def _event(row: Mapping[str, Any] | RowMapping) -> Event:
    return Event(
        id=row["id"],
        time_ns=row["time_ns"],
        project=row["project"],
        event_type=row["event_type"],
        entity_type=row["entity_type"],
        entity_id=row["entity_id"],
        payload=json.loads(row["payload"]),
    )
