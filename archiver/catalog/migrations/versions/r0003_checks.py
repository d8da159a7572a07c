"""When each object of the store was last read and found sound."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "checks",
        sa.Column("key", SORTED, nullable=False),
        sa.Column("size", sa.BigInteger()),
        sa.Column("sha256", sa.Text()),
        sa.Column("checked_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_checks")),
    )
    op.create_index(op.f("ix_checks_checked_at"), "checks", ["checked_at"])
    op.create_index(op.f("ix_checks_sha256"), "checks", ["sha256"])
