"""Connections to the embedded engine: a few writers, a few readers that can only read.

A connection runs one statement at a time and releases the interpreter's lock while it does; several
connections of one process run side by side. Readers are closed with ``readonly = 1``: SQL could otherwise open
files, reach the network and raise its own limits.
"""

from __future__ import annotations

import os
import queue
import re
import sys
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from watchkeeper.store.engine.reading import refusal
from watchkeeper.store.engine.settings import COMMON

if TYPE_CHECKING:
    from collections.abc import Iterator

_CODE: Final = re.compile(r"Code: (\d+)")
_INSERT_WITH_BODY: Final = re.compile(
    r"^\s*INSERT\s+INTO\s+(?P<target>.+?)\s*(?P<settings>SETTINGS\s.+?)?\s+FORMAT\s+(?P<format>\w+)\s*;?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_SETTING: Final = re.compile(r"^[a-z][a-z0-9_]*$")


class StatementFailed(Exception):
    """The engine's own message, with its error number."""

    def __init__(self, message: str) -> None:
        """Find the number in the message."""
        super().__init__(message)
        found = _CODE.search(message)
        self.code = int(found[1]) if found else 1001  # STD_EXCEPTION


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as it came over HTTP.

    Attributes:
        sql: the statement, with its FORMAT clause if it has one.
        body: rows to insert, or empty.
        output_format: format of the answer when the statement names none.
        parameters: values of ``{name:Type}`` placeholders, as text.
        settings: settings of this statement; readers take none.
        read_only: run it on a connection that can only read.
    """

    sql: str
    body: bytes
    output_format: str
    parameters: Mapping[str, str]
    settings: Mapping[str, str]
    read_only: bool


class Connections:
    """Two pools on one data folder."""

    def __init__(
        self, folder: Path, config: Path, *, limits: Mapping[str, int], readers: int, writers: int
    ) -> None:
        """Open the folder (which locks it) and all connections.

        Raises:
            StatementFailed: the folder can't be opened.
        """
        # The engine's library is loaded by the child alone. It would load these for result formats that are not
        # used here, and with them 45 MB; that they can't be imported it takes in its stride.
        for unused in ("pyarrow", "pandas"):
            sys.modules.setdefault(unused, None)  # type: ignore[arg-type]
        import chdb

        self._chdb = chdb
        self._address = f"{folder}?config-file={config}"
        self._readers: queue.LifoQueue[Any] = queue.LifoQueue()
        self._writers: queue.LifoQueue[Any] = queue.LifoQueue()
        common = ", ".join(f"{name} = {value!r}" for name, value in COMMON.items())
        reading = ", ".join(f"{name} = {value}" for name, value in limits.items())
        self._setup = {
            False: (f"SET {common}",),
            True: (f"SET {common}, {reading}", "SET readonly = 1"),
        }
        # One connection that runs nothing keeps the engine open while others are replaced.
        self._anchor = self._open(read_only=False)
        for read_only, count, pool in ((False, writers, self._writers), (True, readers, self._readers)):
            for _ in range(count):
                pool.put(self._open(read_only=read_only))

    def _open(self, *, read_only: bool) -> Any:
        try:
            connection = self._chdb.connect(self._address)
            for statement in self._setup[read_only]:
                connection.query(statement)
        except RuntimeError as error:
            raise StatementFailed(str(error)) from error
        return connection

    def run(self, statement: Statement) -> bytes:
        """Run one statement on a free connection, waiting for one if need be.

        Raises:
            StatementFailed: what the engine says.
        """
        if statement.read_only and (reason := refusal(statement.sql)):
            raise StatementFailed(f"Code: 164. DB::Exception: {reason} (READONLY)")
        with self._borrow(read_only=statement.read_only) as connection:
            if statement.body and (match := _INSERT_WITH_BODY.match(statement.sql)):
                return self._insert(connection, statement, match)
            return self._query(connection, _with_settings(statement), statement)

    def _insert(self, connection: Any, statement: Statement, match: re.Match[str]) -> bytes:
        # Not `send_insert`: it reports success for rows that a constraint or a limit threw away. Selecting from
        # a file raises every error, and a body that is no file yet becomes one in memory.
        file = os.memfd_create("body")
        try:
            view = memoryview(statement.body)
            while view:
                view = view[os.write(file, view) :]
            settings = match["settings"] or ""
            sql = f"INSERT INTO {match['target']} SELECT * FROM file('/proc/self/fd/{file}', '{match['format']}') {settings}"
            return self._query(connection, sql, statement)
        finally:
            os.close(file)

    def _query(self, connection: Any, sql: str, statement: Statement) -> bytes:
        try:
            result = connection.query(sql, statement.output_format, params=dict(statement.parameters) or None)
        except (RuntimeError, ValueError) as error:
            raise StatementFailed(str(error)) from error
        answer: bytes = result.bytes() if result is not None else b""
        return answer

    @contextmanager
    def _borrow(self, *, read_only: bool) -> Iterator[Any]:
        pool = self._readers if read_only else self._writers
        connection = pool.get()
        try:
            yield connection
        except StatementFailed:
            # The rows that a failed statement had already written stay in its connection's buffer and would
            # stand before the next statement's answer.
            connection.close()
            connection = self._open(read_only=read_only)
            raise
        finally:
            pool.put(connection)

    def close(self) -> None:
        """Close all connections; the last one closes the engine."""
        for pool in (self._readers, self._writers):
            while not pool.empty():
                pool.get_nowait().close()
        self._anchor.close()


def _with_settings(statement: Statement) -> str:
    """The statement with its settings appended, if it is one that can carry them."""
    if statement.read_only or not statement.settings:
        return statement.sql
    if not re.match(r"\s*(SELECT|WITH|INSERT)\b", statement.sql, re.IGNORECASE):
        return statement.sql
    pairs = ", ".join(
        f"{name} = '{value}'"
        for name, value in statement.settings.items()
        if _SETTING.match(name) and "'" not in value
    )
    return f"{statement.sql.rstrip().rstrip(';')} SETTINGS {pairs}" if pairs else statement.sql
