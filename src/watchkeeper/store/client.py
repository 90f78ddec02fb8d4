"""The one way to the column store: statements over ClickHouse's HTTP interface."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
import orjson

from watchkeeper.store.errors import EngineError, EngineUnavailable, QueryTimeout

Parameter = str | int | float | Sequence[str] | Sequence[int]

_CODE: Final = re.compile(r"Code: (\d+)")
_TOO_SLOW: Final = 159
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})
_QUOTED: Final = str.maketrans({"\\": "\\\\", "'": "\\'", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})


@dataclass(frozen=True, slots=True)
class Rows:
    """The answer to a query.

    Attributes:
        columns: names, in order.
        data: one list a row; 64-bit integers are ints, DateTime values are text.
    """

    columns: tuple[str, ...]
    data: list[list[Any]]

    def dicts(self) -> list[dict[str, Any]]:
        """One dict a row."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.data]


class Engine:
    """A client of one engine."""

    def __init__(self, socket: Path) -> None:
        """Nothing is opened until the first statement."""
        self._socket = socket
        self._session: aiohttp.ClientSession | None = None

    async def select(
        self, sql: str, params: Mapping[str, Parameter] | None = None, *, timeout_seconds: float = 30.0
    ) -> Rows:
        """Run a query that can only read.

        Args:
            sql: without FORMAT; values come in as ``{name:Type}``.
            params: values of the placeholders: text, numbers, or sequences for Array types.
            timeout_seconds: how long to wait.

        Raises:
            QueryTimeout: it took longer.
            EngineUnavailable: the engine is away; it comes back by itself.
            EngineError: the engine refused the query.
        """
        query = {"default_format": "JSONCompact", "readonly": "1"}
        query |= {f"param_{name}": as_text(value) for name, value in (params or {}).items()}
        answer = orjson.loads(await self._post(sql.encode(), query, timeout_seconds))
        return Rows(tuple(column["name"] for column in answer["meta"]), answer["data"])

    async def execute(
        self, sql: str, *, settings: Mapping[str, str | int] | None = None, timeout_seconds: float = 120.0
    ) -> bytes:
        """Run a statement that may write and return its raw answer.

        Raises:
            EngineError: and its kinds, as for `select`.
        """
        query = {name: str(value) for name, value in (settings or {}).items()}
        return await self._post(sql.encode(), query, timeout_seconds)

    async def insert(
        self,
        table: str,
        columns: Sequence[str],
        rows: Sequence[Mapping[str, Any]],
        *,
        timeout_seconds: float = 60.0,
    ) -> None:
        """Insert a few rows given as dicts; large data goes by segment.

        Raises:
            EngineError: and its kinds, as for `select`.
        """
        body = b"\n".join(orjson.dumps({name: row[name] for name in columns}) for row in rows)
        query = {"query": f"INSERT INTO {table} FORMAT JSONEachRow"}
        await self._post(body, query, timeout_seconds)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(self, body: bytes, query: Mapping[str, str], timeout_seconds: float) -> bytes:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.UnixConnector(path=str(self._socket.resolve()), limit=16),
                auto_decompress=False,
                skip_auto_headers=("Accept-Encoding", "User-Agent"),
            )
        timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        try:
            async with self._session.post(
                "http://engine/", params=query, data=body, timeout=timeout
            ) as answer:
                content = await answer.read()
        except TimeoutError as error:
            raise QueryTimeout(
                f"the engine did not answer within {timeout_seconds:g} seconds", engine_code=_TOO_SLOW
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise EngineUnavailable(
                f"the engine is not there: {str(error) or type(error).__name__}"
            ) from error
        if answer.status != 200:
            raise _error(
                content.decode(errors="replace"), answer.headers.get("X-ClickHouse-Exception-Code", "")
            )
        return content


def quoted(text: str) -> str:
    """A text as a literal in a statement."""
    return f"'{text.translate(_QUOTED)}'"


def as_text(value: Parameter) -> str:
    """A value as ClickHouse reads it for a ``{name:Type}`` placeholder."""
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, (int, float)):
        return str(value)
    return "[" + ",".join(quoted(item) if isinstance(item, str) else str(item) for item in value) + "]"


def _error(message: str, header: str) -> EngineError:
    found = _CODE.search(message)
    code = int(header) if header.isdigit() else int(found[1]) if found else 0
    text = message.strip().split("\n", 1)[0][:1000]
    if code == _TOO_SLOW:
        return QueryTimeout(f"the query took too long: {text}", engine_code=code)
    return EngineError(f"the engine refused: {text}", engine_code=code)
