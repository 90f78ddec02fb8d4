"""What can go wrong between the server and its column store.

EngineError             the engine answered with an error (number in `engine_code`)
├── EngineUnavailable   no answer: starting, gone, or overwhelmed; the same call works later
├── QueryTimeout        a query took longer than its caller would wait
└── SchemaTooNew        the data folder was written by a newer program
"""

from __future__ import annotations

from typing import Final

from watchkeeper.kernel.errors import WatchkeeperError

# ClickHouse's ErrorCodes.cpp. These say something of the moment, not of the data: the same insert works later.
_PASSING: Final = frozenset({
    159,  # TIMEOUT_EXCEEDED
    202,  # TOO_MANY_SIMULTANEOUS_QUERIES
    209, 210, 279, 999,  # SOCKET_TIMEOUT, NETWORK_ERROR, ALL_CONNECTION_TRIES_FAILED, KEEPER_EXCEPTION
    225, 242, 319, 285,  # NO_ZOOKEEPER, TABLE_IS_READ_ONLY, UNKNOWN_STATUS_OF_INSERT, TOO_FEW_LIVE_REPLICAS
    236, 394,  # ABORTED, QUERY_WAS_CANCELLED
    243,  # NOT_ENOUGH_SPACE
    252,  # TOO_MANY_PARTS
    74, 75, 76, 87,  # CANNOT_READ_FROM_, _WRITE_TO_, OPEN_FILE_, SEEK_THROUGH_FILE: the disk, not the data
})  # fmt: skip
_MEMORY: Final = (
    241  # MEMORY_LIMIT_EXCEEDED: passing when others took it, lasting when this insert is too big
)


class EngineError(WatchkeeperError):
    """The engine refused or failed a statement.

    Attributes:
        engine_code: ClickHouse's error number, 0 when there was none.
    """

    code = "engine_error"

    def __init__(self, message: str, *, engine_code: int = 0, hint: str = "") -> None:
        """Keep the engine's own number and decide whether the same statement may work later."""
        super().__init__(message, retryable=engine_code in _PASSING, hint=hint)
        self.engine_code = engine_code

    @property
    def out_of_memory(self) -> bool:
        """Whether a memory limit ended the statement."""
        return self.engine_code == _MEMORY

    @property
    def server_out_of_memory(self) -> bool:
        """Whether it was the limit of the whole engine, which other statements share."""
        return self.out_of_memory and "(total)" in str(self)


class EngineUnavailable(EngineError):
    """The engine gave no answer."""

    code = "engine_unavailable"

    def __init__(self, message: str, *, hint: str = "it is restarted by itself; try again") -> None:
        """Always worth another try."""
        super().__init__(message, hint=hint)
        self.retryable = True


class QueryTimeout(EngineError):
    """A query took longer than it may."""

    code = "query_timeout"


class SchemaTooNew(EngineError):
    """The data folder belongs to a newer program."""

    code = "schema_too_new"
