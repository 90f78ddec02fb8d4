"""The ledger opened: its tables behind one object."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy.ext.asyncio import AsyncConnection

from watchkeeper.kernel.clock import Clock
from watchkeeper.ledger import schema
from watchkeeper.ledger.audit import Audit
from watchkeeper.ledger.config import LedgerConfig
from watchkeeper.ledger.engine import Connections, sqlite_url
from watchkeeper.ledger.outbox import Outbox
from watchkeeper.ledger.tokens import Tokens


class Ledger:
    """Control state of one server. Open it with `Ledger.open`; close it, or use it in `async with`."""

    def __init__(self, connections: Connections, clock: Clock, config: LedgerConfig) -> None:
        """Put the tables on opened connections; `open` also brings the schema up to date."""
        self._connections = connections
        self.audit = Audit(connections, clock)
        self.tokens = Tokens(connections, self.audit, clock)
        self.outbox = Outbox(
            connections,
            clock,
            max_events=config.outbox_max_events,
            retention_seconds=config.outbox_retention_seconds,
        )

    @classmethod
    async def open(cls, path_or_url: Path | str, clock: Clock, config: LedgerConfig | None = None) -> Ledger:
        """Open a database, make it when it is missing, and bring its schema up to date.

        Args:
            path_or_url: a file, or an SQLAlchemy URL of SQLite.
            clock: stamps what is written.
            config: bounds; defaults when None.

        Raises:
            LedgerTooNew: a newer version of this program wrote the database.
            LedgerUnusable: the file is no database, or can't be written.
            LedgerBusy: another process is writing it.
        """
        config = config or LedgerConfig()
        connections = Connections(sqlite_url(path_or_url), busy_timeout_seconds=config.busy_timeout_seconds)
        await connections.probe()
        try:
            async with connections.write() as connection:
                await schema.upgrade(connection)
        except BaseException:
            await connections.close()
            raise
        return cls(connections, clock, config)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A write transaction to hand on as `within=`, so that several changes happen together or not at all."""
        async with self._connections.write() as connection:
            yield connection

    async def schema_version(self) -> str | None:
        """The revision of the database."""
        async with self._connections.read() as connection:
            return await schema.version(connection)

    async def close(self) -> None:
        """Close the database."""
        await self._connections.close()

    async def __aenter__(self) -> Self:
        """The opened ledger itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the database."""
        await self.close()
