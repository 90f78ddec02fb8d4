"""Alembic's entry point: migrates over the connection it is handed, inside that connection's transaction."""

from alembic import context

from watchkeeper.ledger.metadata import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
context.run_migrations()
