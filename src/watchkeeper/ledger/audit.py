"""The audit trail: who did what to what, append-only, each entry chained to the one before by its hash.

The chain shows a changed, inserted or removed entry. What it can't show by itself is that the newest entries
were cut off: whoever needs that keeps the last hash elsewhere and hands it to `verify`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import RowMapping, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from watchkeeper.kernel.clock import Clock
from watchkeeper.kernel.errors import InvalidInput
from watchkeeper.ledger.engine import Connections
from watchkeeper.ledger.tables import AUDIT

START_OF_CHAIN: Final = "0" * 64
MAX_DETAIL_BYTES: Final = 16_384
_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the trail. `hash` covers every other field, `previous_hash` included."""

    seq: int
    time_ns: int
    project: str
    actor: str
    action: str
    target: str
    detail: Mapping[str, Any]
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """Whether the trail is whole.

    Attributes:
        intact: no entry was changed, inserted or removed.
        entries: how many were read.
        head: the hash of the last good entry.
        broken_seq: number of the first entry that does not fit, or None.
        reason: what is wrong with it, '' when nothing is.
    """

    intact: bool
    entries: int
    head: str
    broken_seq: int | None = None
    reason: str = ""


class Audit:
    """The table of the audit trail."""

    def __init__(self, connections: Connections, clock: Clock) -> None:
        """Work on the ledger's connections."""
        self._connections = connections
        self._clock = clock

    async def record(
        self,
        actor: str,
        action: str,
        target: str,
        detail: Mapping[str, Any] | None = None,
        *,
        project: str = "default",
        within: AsyncConnection | None = None,
    ) -> AuditEntry:
        """Append one entry.

        Args:
            actor: who did it: a token's id, `cli`, or a part of this program.
            action: what was done, as `noun.verb`.
            target: to what.
            detail: more about it; JSON, at most 16 KiB.
            project: whose trail it belongs to.
            within: a write transaction that the entry shall be part of; it then exists exactly when the
                change it tells of exists.

        Raises:
            InvalidInput: the detail is too large or no JSON, or a text is too long.
        """
        text = canonical(detail or {})
        if len(text.encode()) > MAX_DETAIL_BYTES:
            raise InvalidInput(f"the detail of {action!r} is over {MAX_DETAIL_BYTES} bytes", code="too_large")
        for what, value, limit in (("actor", actor, 200), ("action", action, 200), ("target", target, 500)):
            if len(value) > limit:
                raise InvalidInput(
                    f"the {what} of an audit entry is over {limit} characters", code="too_large"
                )
        async with self._writing(within) as connection:
            newest = select(AUDIT.c.seq, AUDIT.c.hash).order_by(AUDIT.c.seq.desc()).limit(1)
            last = (await connection.execute(newest)).one_or_none()
            row: dict[str, Any] = {
                "seq": 1 if last is None else last.seq + 1,
                "time_ns": self._clock.now_ns(),
                "project": project,
                "actor": actor,
                "action": action,
                "target": target,
                "detail": text,
                "previous_hash": START_OF_CHAIN if last is None else last.hash,
            }
            row["hash"] = chain_hash(row)
            await connection.execute(insert(AUDIT).values(row))
        return _entry(row)

    async def read(
        self, *, project: str | None = None, before_seq: int | None = None, limit: int = 100
    ) -> list[AuditEntry]:
        """Entries from the newest to the oldest; `before_seq` pages on, `limit` is at most 1,000."""
        wanted = select(AUDIT).order_by(AUDIT.c.seq.desc()).limit(max(1, min(limit, _PAGE)))
        if project is not None:
            wanted = wanted.where(AUDIT.c.project == project)
        if before_seq is not None:
            wanted = wanted.where(AUDIT.c.seq < before_seq)
        async with self._connections.read() as connection:
            return [_entry(row) for row in (await connection.execute(wanted)).mappings()]

    async def verify(self, *, expected_head: str | None = None) -> AuditVerdict:
        """Read the whole trail and check the chain.

        Args:
            expected_head: a hash kept elsewhere that the trail must contain; shows a cut-off end.
        """
        head, seq, seen_expected = START_OF_CHAIN, 0, expected_head in {None, START_OF_CHAIN}
        while True:
            wanted = select(AUDIT).where(AUDIT.c.seq > seq).order_by(AUDIT.c.seq).limit(_PAGE)
            async with self._connections.read() as connection:
                rows = (await connection.execute(wanted)).mappings().all()
            for row in rows:
                reason = _wrong(row, seq, head)
                if reason:
                    return AuditVerdict(False, seq, head, row["seq"], reason)
                seq, head = row["seq"], row["hash"]
                seen_expected = seen_expected or head == expected_head
            if len(rows) < _PAGE:
                break
        if not seen_expected:
            return AuditVerdict(False, seq, head, seq + 1, "the end of the trail was cut off")
        return AuditVerdict(True, seq, head)

    @asynccontextmanager
    async def _writing(self, within: AsyncConnection | None) -> AsyncIterator[AsyncConnection]:
        if within is not None:
            yield within
        else:
            async with self._connections.write() as connection:
                yield connection


def canonical(value: Mapping[str, Any]) -> str:
    """JSON with sorted keys and no spaces: the same value always gives the same text, so the same hash.

    Raises:
        InvalidInput: the value is no JSON.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as wrong:
        raise InvalidInput(
            f"the detail of an audit entry is no JSON: {wrong}", code="invalid_json"
        ) from wrong


def chain_hash(row: Mapping[str, Any]) -> str:
    """SHA-256 over the fields of an entry and the hash before it."""
    parts = [row[name] for name in _HASHED]
    # A JSON array keeps the fields apart: no two different entries give the same text.
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


_HASHED: Final = ("seq", "time_ns", "project", "actor", "action", "target", "detail", "previous_hash")


def _wrong(row: RowMapping, seq: int, head: str) -> str:
    if row["seq"] != seq + 1:
        return f"entry {seq + 1} is missing"
    if row["previous_hash"] != head:
        return "it does not follow the entry before it"
    if row["hash"] != chain_hash(dict(row)):
        return "it was changed after it was written"
    return ""


def _entry(row: Mapping[str, Any] | RowMapping) -> AuditEntry:
    fields = {name: row[name] for name in (*_HASHED, "hash")}
    return AuditEntry(**{**fields, "detail": json.loads(fields["detail"])})
