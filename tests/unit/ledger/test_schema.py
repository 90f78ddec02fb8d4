import asyncio
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

import watchkeeper.ledger
from watchkeeper.ledger import Ledger, schema
from watchkeeper.ledger.config import LedgerConfig
from watchkeeper.ledger.errors import LedgerBusy, LedgerTooNew, LedgerUnusable
from watchkeeper.ledger.metadata import METADATA


def history():
    config = Config()
    config.set_main_option("script_location", str(Path(watchkeeper.ledger.__file__).parent / "migrations"))
    return ScriptDirectory.from_config(config)


async def test_the_migrations_make_what_the_tables_declare(ledger, tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_the_history_is_one_line_that_ends_where_the_program_says():
    revisions = list(history().walk_revisions())
    assert history().get_heads() == [schema.HEAD]
    assert [r.revision for r in revisions] == sorted((r.revision for r in revisions), reverse=True)
    assert all(r.revision.isdigit() and len(r.revision) == 4 for r in revisions)


async def test_opening_again_changes_nothing(tmp_path, clock):
    for _ in range(2):
        async with await Ledger.open(tmp_path / "ledger.db", clock) as ledger:
            assert await ledger.schema_version() == schema.HEAD


async def test_a_newer_schema_is_refused_and_left_alone(tmp_path, clock):
    path = tmp_path / "ledger.db"
    async with await Ledger.open(path, clock):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(LedgerTooNew) as caught:
        await Ledger.open(path, clock)
    assert "schema 0999" in caught.value.message
    assert "newer version of watchkeeper" in caught.value.hint
    assert path.read_bytes() == before


async def test_a_file_that_is_no_database_is_named(tmp_path, clock):
    path = tmp_path / "ledger.db"
    path.write_bytes(b"this is no database, though it is long enough to be read as one" * 100)
    with pytest.raises(LedgerUnusable) as caught:
        await Ledger.open(path, clock)
    assert str(path) in caught.value.message
    assert "not a database" in caught.value.message


async def test_a_folder_that_is_missing_is_named(tmp_path, clock):
    with pytest.raises(LedgerUnusable, match="unable to open"):
        await Ledger.open(tmp_path / "missing" / "ledger.db", clock)


async def test_another_kind_of_database_is_refused_for_now(clock):
    with pytest.raises(LedgerUnusable, match="'mysql'"):
        await Ledger.open("mysql://localhost/x", clock)


async def test_it_opens_by_url(tmp_path, clock):
    async with await Ledger.open(f"sqlite:///{tmp_path / 'by-url.db'}", clock) as ledger:
        assert await ledger.schema_version() == schema.HEAD
    assert (tmp_path / "by-url.db").exists()


async def test_another_process_that_writes_for_too_long_is_a_retryable_error(tmp_path, clock):
    path = tmp_path / "ledger.db"
    async with await Ledger.open(path, clock, LedgerConfig(busy_timeout_seconds=0.1)) as ledger:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerBusy) as caught:
            await ledger.audit.record("test", "thing.done", "x")
        assert caught.value.retryable
        other.execute("ROLLBACK")
        other.close()
        await ledger.audit.record("test", "thing.done", "x")


async def test_readers_do_not_wait_for_a_writer(ledger):
    async with ledger.transaction() as connection:
        await ledger.audit.record("test", "thing.done", "x", within=connection)
        assert await asyncio.wait_for(ledger.audit.read(), 2) == []
    assert len(await ledger.audit.read()) == 1
