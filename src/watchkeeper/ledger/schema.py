"""Brings a database to the schema this program knows, and refuses one that is ahead of it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncConnection

from watchkeeper.ledger.errors import LedgerTooNew

# The newest migration. Knowing it without importing Alembic saves a third of a second at every start;
# a test holds it equal to the head of the history.
HEAD: Final = "0001"


async def version(connection: AsyncConnection) -> str | None:
    """The revision a database is at; None when it is empty."""
    return await connection.run_sync(_version)


async def upgrade(connection: AsyncConnection) -> bool:
    """Apply what is missing, within the caller's transaction.

    Returns:
        Whether anything was applied.

    Raises:
        LedgerTooNew: the database is at a revision this program does not know.
    """
    found = await version(connection)
    if found == HEAD:
        return False
    if found is not None and found > HEAD:
        raise LedgerTooNew(
            f"the ledger has schema {found}, this program knows up to {HEAD}",
            hint="run the newer version of watchkeeper that wrote it, or restore a backup of the data folder",
        )
    await connection.run_sync(_upgrade)
    return True


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()


def _upgrade(connection: Connection) -> None:
    # Deferred: only a new or an old database needs Alembic.
    from alembic import command
    from alembic.config import Config

    # Alembic tells every step at INFO, also in processes that only make a token. Its warnings stay.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
