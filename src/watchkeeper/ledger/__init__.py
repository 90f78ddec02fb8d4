"""Control state: small, mutable, transactional. Access tokens, the audit trail, the event outbox."""
