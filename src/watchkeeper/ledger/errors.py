"""What can go wrong with the control-state database.

LedgerError
├── LedgerTooNew        written by a newer version of this program
├── LedgerUnusable      can't be opened: not a database, no permission, no space
└── LedgerBusy          another process holds the write lock, or all connections are taken (retryable)
"""

from __future__ import annotations

from watchkeeper.kernel.errors import WatchkeeperError


class LedgerError(WatchkeeperError):
    """The control-state database failed."""

    code = "ledger_error"


class LedgerTooNew(LedgerError):
    """The database was written by a newer version of this program."""

    code = "ledger_too_new"


class LedgerUnusable(LedgerError):
    """The database can't be opened."""

    code = "ledger_unusable"


class LedgerBusy(LedgerError):
    """Another process holds the write lock for longer than we wait."""

    code = "ledger_busy"
    retryable = True
