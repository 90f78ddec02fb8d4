"""Brings the column store to this program's schema.

Tables come from numbered SQL files, each applied once and in order. The landing table and its view are code:
they are made again whenever the program would write them differently, and hold no data.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from typing import Final

from watchkeeper.kernel.clock import Clock
from watchkeeper.store import otlp_traces
from watchkeeper.store.client import Engine
from watchkeeper.store.errors import SchemaTooNew

DATABASE: Final = "watchkeeper"

_NAME: Final = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")
_LANDING: Final = "otlp_traces"


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file.

    Attributes:
        number: its place, from 1.
        name: what it is about.
        statements: its SQL, one statement each.
    """

    number: int
    name: str
    statements: tuple[str, ...]


def migrations() -> tuple[Migration, ...]:
    """All migrations of this program, in order."""
    found = []
    for file in (resources.files("watchkeeper.store") / "schema").iterdir():
        if match := _NAME.match(file.name):
            text = re.sub(r"^\s*--.*$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
            statements = tuple(part.strip() for part in text.split(";\n") if part.strip().rstrip(";"))
            found.append(Migration(int(match[1]), match[2], statements))
    return tuple(sorted(found, key=lambda migration: migration.number))


async def migrate(engine: Engine, clock: Clock) -> None:
    """Apply what is missing.

    A migration that was cut off in the middle is repeated: each statement that creates something first removes
    what an unfinished run of the same migration left, which can hold no data yet.

    Raises:
        SchemaTooNew: the store was written by a newer program.
        EngineError: a statement failed; nothing of it is recorded as applied.
    """
    await engine.execute(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
    await engine.execute(
        f"CREATE TABLE IF NOT EXISTS {DATABASE}.schema_migrations (number UInt32, name String, applied_unix UInt64) "
        "ENGINE = MergeTree ORDER BY number"
    )
    rows = await engine.select(f"SELECT number FROM {DATABASE}.schema_migrations")
    applied = {int(row[0]) for row in rows.data}
    known = migrations()
    if unknown := applied - {migration.number for migration in known}:
        raise SchemaTooNew(
            f"the column store has schema {max(unknown)}, this program knows {max(m.number for m in known)}",
            hint="it was written by a newer watchkeeper: start that version, or restore a backup",
        )
    for migration in known:
        if migration.number in applied:
            continue
        for statement in migration.statements:
            sql = statement.rstrip(";").replace("{database}", DATABASE)
            if created := re.match(r"CREATE (TABLE|DICTIONARY) (\S+)", sql):
                await engine.execute(f"DROP {created[1]} IF EXISTS {created[2]} SYNC")
            await engine.execute(sql)
        row = {"number": migration.number, "name": migration.name, "applied_unix": clock.now_ns() // 10**9}
        await engine.insert(f"{DATABASE}.schema_migrations", tuple(row), [row])
    await make_landing(engine)


async def make_landing(engine: Engine) -> None:
    """Make the landing table and its view, unless they are there in just this form."""
    table = f"CREATE TABLE {DATABASE}.{_LANDING} ({otlp_traces.COLUMNS}) ENGINE = Null"
    view = f"CREATE MATERIALIZED VIEW {DATABASE}.{_LANDING}_view TO {DATABASE}.spans AS {otlp_traces.view_sql(DATABASE)}"
    digest = hashlib.sha256(f"{table}\n{view}".encode()).hexdigest()[:16]
    rows = await engine.select(
        "SELECT count() FROM system.tables WHERE database = {database:String} "
        "AND (name = {table:String} OR name = {view:String} AND comment = {digest:String})",
        {"database": DATABASE, "table": _LANDING, "view": f"{_LANDING}_view", "digest": digest},
    )
    if rows.data[0][0] == 2:
        return
    await engine.execute(f"DROP VIEW IF EXISTS {DATABASE}.{_LANDING}_view SYNC")
    await engine.execute(f"DROP TABLE IF EXISTS {DATABASE}.{_LANDING} SYNC")
    await engine.execute(table)
    # The comment comes last: a view that was cut off before it is made again.
    await engine.execute(view)
    await engine.execute(f"ALTER TABLE {DATABASE}.{_LANDING}_view MODIFY COMMENT '{digest}'")
