"""Hosts that asked for a rest, and what each origin's robots.txt last said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"

SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "hosts",
        sa.Column("host", SORTED, nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_hosts")),
    )
    op.create_table(
        "robots",
        sa.Column("origin", SORTED, nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("record_id", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("retry_at", sa.BigInteger()),
        sa.Column("unreachable_since", sa.BigInteger()),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_robots")),
    )
