"""The store room: the column store, its schema, and everything written to or read from it."""
