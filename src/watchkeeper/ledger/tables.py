"""The ledger's own tables. Times are nanoseconds since the epoch, UTC; ids are UUIDv7 text."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from watchkeeper.ledger.metadata import METADATA

# SQLite numbers rows by itself only in a column of type INTEGER.
_ROW_NUMBER: Final = BigInteger().with_variant(Integer(), "sqlite")

TOKENS: Final = Table(
    "tokens",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("project", String(200), nullable=False),
    Column("name", String(200), nullable=False),
    Column("scopes", String(100), nullable=False),  # sorted, separated by one space
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("created_ns", BigInteger, nullable=False),
    Column("last_used_ns", BigInteger, nullable=True),
    Column("revoked_ns", BigInteger, nullable=True),
)

AUDIT: Final = Table(
    "audit",
    METADATA,
    # Assigned by the writer, without gaps: a missing number is a removed entry.
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("time_ns", BigInteger, nullable=False),
    Column("project", String(200), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("action", String(200), nullable=False),
    Column("target", String(500), nullable=False),
    Column("detail", Text, nullable=False),  # canonical JSON, as it was hashed
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_time_ns", "time_ns"),
)

OUTBOX: Final = Table(
    "outbox",
    METADATA,
    Column("seq", _ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("time_ns", BigInteger, nullable=False),
    Column("project", String(200), nullable=False),
    Column("event_type", String(200), nullable=False),
    Column("entity_type", String(200), nullable=False),
    Column("entity_id", String(200), nullable=False),
    Column("payload", Text, nullable=False),  # JSON object
    Index("ix_outbox_time_ns", "time_ns"),
    # A number is never given twice, also after the newest rows were dropped: consumers keep it as a cursor.
    sqlite_autoincrement=True,
)
