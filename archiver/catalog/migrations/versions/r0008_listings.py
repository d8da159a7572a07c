"""What each site's own sources listed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "listings",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("key", SORTED, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("in_scope", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("site", "key", name=op.f("pk_listings")),
    )
    op.create_index(op.f("ix_listings_site_first_at"), "listings", ["site", "first_at"])
