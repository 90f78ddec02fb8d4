"""What the reads need of an engine: one function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Params = Mapping[str, str | int | float | Sequence[str] | Sequence[int]]


class Rows(Protocol):
    """An answer: column names, and one list of values for each row."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names, in the order of the values."""
        ...

    @property
    def data(self) -> list[list[Any]]:
        """Rows; 64-bit integers are ints, arrays lists, maps dicts."""
        ...


class Select(Protocol):
    """Run one read-only query.

    Raises:
        EngineError: the query failed, or took longer than `timeout_seconds`.
    """

    async def __call__(self, sql: str, params: Params = ..., *, timeout_seconds: float = ...) -> Rows:
        """SQL with `{name:Type}` placeholders, and their values."""
        ...
