"""Settings of the ledger: where control state lives, and how many events it keeps."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LedgerConfig:
    """The `ledger` section of the configuration file."""

    url: str = field(
        default="",
        metadata={
            "help": "Database of the control state as an SQLAlchemy URL of SQLite "
            "(`sqlite:////var/lib/watchkeeper/ledger.db`); empty: `ledger.db` in the data folder."
        },
    )
    busy_timeout_seconds: float = field(
        default=5.0,
        metadata={
            "help": "How long a write waits for another process's write to end.",
            "min": 0.1,
            "max": 60,
        },
    )
    outbox_max_events: int = field(
        default=100_000,
        metadata={"help": "Events kept for subscribers; beyond it the oldest are dropped.", "min": 1_000},
    )
    outbox_retention_seconds: float = field(
        default=7 * 86_400.0,
        metadata={"help": "Age at which an event is dropped.", "min": 60},
    )
