"""The search index: one row an article, and on SQLite its words in FTS5."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "search_documents",
        sa.Column("capture_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("language", sa.Text()),
        sa.Column("surt", SORTED, nullable=False),
        sa.Column("captured_at", sa.BigInteger(), nullable=False),
        sa.Column("dated_at", sa.BigInteger(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["capture_id"], ["captures.id"], name=op.f("fk_search_documents_capture_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("capture_id", name=op.f("pk_search_documents")),
    )
    op.create_index(
        op.f("ix_search_documents_surt_content_sha256_captured_at"),
        "search_documents",
        ["surt", "content_sha256", "captured_at"],
    )
    if op.get_bind().dialect.name == "sqlite":
        # Our normaliser has made the words already; the ascii tokeniser only parts them at spaces.
        op.execute("CREATE VIRTUAL TABLE search_text USING fts5(title, body, exact, tokenize = 'ascii')")
        op.execute(
            "CREATE TRIGGER search_documents_gone AFTER DELETE ON search_documents "
            "BEGIN DELETE FROM search_text WHERE rowid = old.capture_id; END"
        )
