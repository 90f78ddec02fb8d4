"""Control state: small, mutable, transactional. Access tokens, the audit trail, the event outbox."""

from watchkeeper.ledger.ledger import Ledger

__all__ = ["Ledger"]
