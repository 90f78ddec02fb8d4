"""The root of the error tree.

    WatchkeeperError
    ├── InvalidInput        what someone sent or wrote is wrong: fix it and send it again
    │   └── (each room)     ConfigError, UnknownCursor …
    └── (each room)         EngineError, LedgerError, DataFolderError …

Every error says what failed, on what, and what to do next; and knows whether the same call may work later.
"""

from __future__ import annotations


class WatchkeeperError(Exception):
    """Something failed in a way this program foresaw.

    Attributes:
        message: one line: what failed and on what.
        code: stable, lower_snake_case, for programs to compare with.
        retryable: whether the same call may succeed later without a change.
        hint: what to do next, or '' when the message says it all.
    """

    code = "error"
    retryable = False

    def __init__(
        self, message: str, *, code: str | None = None, retryable: bool | None = None, hint: str = ""
    ) -> None:
        """Keep the parts; a subclass sets `code` and `retryable` once as class attributes."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code
        if retryable is not None:
            self.retryable = retryable

    def __str__(self) -> str:
        """Message and hint in one line."""
        return f"{self.message} ({self.hint})" if self.hint else self.message


class InvalidInput(WatchkeeperError):
    """What was sent or written is wrong and stays wrong until it is changed."""

    code = "invalid_input"
