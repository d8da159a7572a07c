"""What was seen of each page's text before, and how each source was when it was last asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0010"

SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTS = ("changes", "absences")


def upgrade() -> None:
    for name in COUNTS:
        op.add_column("frontier", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("frontier", sa.Column("text_sha256", sa.LargeBinary()))
    op.add_column("frontier", sa.Column("text_at", sa.BigInteger()))
    op.add_column("frontier", sa.Column("changed_at", sa.BigInteger()))
    op.create_table(
        "sources",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("key", SORTED, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("format", sa.Text()),
        sa.Column("interval", sa.BigInteger(), nullable=False),
        sa.Column("window", sa.BigInteger()),
        sa.Column("polled_at", sa.BigInteger(), nullable=False),
        sa.Column("good_at", sa.BigInteger()),
        sa.Column("fresh_at", sa.BigInteger()),
        sa.Column("gap_at", sa.BigInteger()),
        sa.Column("entries", sa.Integer()),
        sa.Column("fresh", sa.Integer()),
        sa.Column("gained", sa.Integer(), nullable=False),
        sa.Column("quiet", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.Column("status", sa.Integer()),
        sa.Column("moved_to", sa.Text()),
        sa.PrimaryKeyConstraint("site", "key", name=op.f("pk_sources")),
    )
