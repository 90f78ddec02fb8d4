"""Connections to the control-state database.

SQLite has one writer at a time. Two pools make that explicit: one connection that writes, inside
`BEGIN IMMEDIATE`, so that a transaction takes the lock before it reads and never fails half-way for having
read too early; and a few that only read, and in WAL mode never wait for the writer.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from watchkeeper.ledger.errors import LedgerBusy, LedgerError, LedgerUnusable

READERS: Final = 3


def sqlite_url(path_or_url: Path | str) -> URL:
    """The URL of a SQLite database from a file's path or from a URL as people write it.

    Raises:
        LedgerUnusable: the URL is of another kind of database.
    """
    if isinstance(path_or_url, Path) or "://" not in path_or_url:
        return URL.create("sqlite+aiosqlite", database=str(path_or_url))
    url = make_url(path_or_url)
    if url.get_backend_name() != "sqlite":
        raise LedgerUnusable(
            f"the ledger can't live in {url.get_backend_name()!r}",
            hint="ledger.url takes a sqlite URL, or nothing for a file in the data folder",
        )
    return url.set(drivername="sqlite+aiosqlite")


class Connections:
    """The pools of one database file."""

    def __init__(self, url: URL, *, busy_timeout_seconds: float) -> None:
        """Prepare the pools; nothing is opened yet."""
        self.url = url
        self._busy_timeout_seconds = busy_timeout_seconds
        self._writer = _engine(url, busy_timeout_seconds, size=1, begin="BEGIN IMMEDIATE")
        self._readers = _engine(url, busy_timeout_seconds, size=READERS, begin="BEGIN")

    async def probe(self) -> None:
        """Find out whether the file can be used, before the pools open it.

        A connection of the pools that fails while it is being opened ends on a thread of its own, which then
        complains about an event loop that is gone. This one fails quietly, and says why.

        Raises:
            LedgerUnusable: it is no database, or can't be opened or written.
            LedgerBusy: another process is writing it for too long.
        """
        await asyncio.to_thread(self._probe)

    def _probe(self) -> None:
        where = self.url.database or ":memory:"
        try:
            with closing(sqlite3.connect(where, timeout=self._busy_timeout_seconds)) as connection:
                connection.execute("PRAGMA journal_mode = WAL").fetchone()
                connection.execute("PRAGMA schema_version").fetchone()
        except sqlite3.Error as error:
            raise _understood(where, error) or error from error

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that may write: committed at the end, rolled back on an exception.

        Raises:
            LedgerBusy: another process has been writing for too long.
            LedgerUnusable: the file can't be read or written.
        """
        with _translated(self.url):
            async with self._writer.begin() as connection:
                yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees one state of the database and never waits for a writer."""
        with _translated(self.url):
            async with self._readers.begin() as connection:
                yield connection

    async def close(self) -> None:
        """Close every connection; SQLite then folds the write-ahead log into the file."""
        await self._readers.dispose()
        await self._writer.dispose()


def _engine(url: URL, busy_timeout_seconds: float, *, size: int, begin: str) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=size, max_overflow=0, pool_timeout=30)
    pragmas = (
        "PRAGMA journal_mode = WAL",
        # FULL: a commit survives a power cut. The audit trail is worth the millisecond.
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        f"PRAGMA busy_timeout = {round(busy_timeout_seconds * 1000)}",
        # A ledger is small; a bounded log keeps its folder small as well.
        "PRAGMA journal_size_limit = 16777216",
    )

    def prepare(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: `begin` below does.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", prepare)
    event.listen(engine.sync_engine, "begin", start)
    return engine


@contextmanager
def _translated(url: URL) -> Iterator[None]:
    """Turns the driver's errors into the ledger's own."""
    try:
        yield
    except DBAPIError as error:
        raise _understood(url.database or "the ledger", error.orig) or error from error
    except NoConnection as error:
        raise LedgerBusy("every connection to the ledger is taken", hint="try again in a moment") from error


def _understood(where: str, error: BaseException | None) -> LedgerError | None:
    text = str(error)
    if "locked" in text or "busy" in text:
        return LedgerBusy(f"{where} is being written by another process", hint="try again in a moment")
    if any(sign in text for sign in _UNUSABLE):
        return LedgerUnusable(f"{where} can't be used: {text}")
    return None


_UNUSABLE: Final = (
    "unable to open",
    "not a database",
    "malformed",
    "readonly database",
    "disk is full",
    "disk I/O",
)
