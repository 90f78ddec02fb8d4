"""Control state: small, mutable, transactional. Access tokens, the audit trail, the event outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from watchkeeper.ledger.ledger import Ledger

__all__ = ["Ledger"]


def __getattr__(name: str) -> Any:
    """The ledger, imported when it is used: its database library takes half a second, and settings need none."""
    if name == "Ledger":
        from watchkeeper.ledger.ledger import Ledger

        return Ledger
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
