"""The one SQLAlchemy metadata that every table of the control state joins.

A room that keeps control state declares its tables in its own `tables.py` on this metadata; the migrations
are one linear history in `ledger/migrations`. A test compares the two.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import MetaData

# Constraints with predictable names can be altered by a later migration on any database.
METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
