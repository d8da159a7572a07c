"""All tables. Numbers before this one are of catalogues that ``archiver rebuild`` makes anew.

The revision after this one that changes a table writes here, instead of ``create_tables``, the tables as they are now.
"""

from __future__ import annotations

from alembic import op

from archiver.catalog.migrations import create_tables

revision = "0012"
down_revision = None


def upgrade() -> None:
    create_tables(op.get_bind())
