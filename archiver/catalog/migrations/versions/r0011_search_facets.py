"""The search index with what results are narrowed by, and indices for the web pages.

The index is derived: its old rows go, and are made again of the articles when the service starts, by ``verify`` or by
``rebuild``.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0008"

SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
IS_SOURCE = sa.text("kind = 'source'")
IS_LATEST = sa.text("latest")


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.execute("DROP TRIGGER search_documents_gone")
        op.execute("DROP TABLE search_text")
    op.drop_table("search_documents")
    op.create_table(
        "search_documents",
        sa.Column("capture_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("language", sa.Text()),
        sa.Column("section", sa.Text()),
        sa.Column("authors", sa.Text()),
        sa.Column("surt", SORTED, nullable=False),
        sa.Column("captured_at", sa.BigInteger(), nullable=False),
        sa.Column("dated_at", sa.BigInteger(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("newest", sa.Boolean(), nullable=False),
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
    op.create_index(op.f("ix_search_documents_newest_dated_at"), "search_documents", ["newest", "dated_at"])
    if sqlite:
        # Our normaliser has made the words already; the ascii tokeniser only parts them at spaces.
        op.execute(
            "CREATE VIRTUAL TABLE search_text USING fts5"
            "(title, body, exact, author, section, address, facts, tokenize = 'ascii')"
        )
        op.execute(
            "CREATE TRIGGER search_documents_gone AFTER DELETE ON search_documents "
            "BEGIN DELETE FROM search_text WHERE rowid = old.capture_id; END"
        )
        op.execute(
            "CREATE TRIGGER search_documents_heir AFTER DELETE ON search_documents WHEN old.newest "
            "BEGIN UPDATE search_documents SET newest = 1 WHERE capture_id = "
            "(SELECT capture_id FROM search_documents WHERE surt = old.surt AND content_sha256 = old.content_sha256 "
            "ORDER BY captured_at DESC, capture_id DESC LIMIT 1); END"
        )
    # Whether a document is what its capture's latest reading says is asked of every hit.
    op.create_index(
        "ix_articles_latest",
        "articles",
        ["capture_id", "verdict", "surt", "captured_at"],
        sqlite_where=IS_LATEST,
        postgresql_where=IS_LATEST,
    )
    # So that counting readings does not read them; the access rules ask for SURT and time.
    op.create_index(
        "ix_articles_counted",
        "articles",
        ["site", "verdict", "language", "surt", "captured_at"],
        sqlite_where=IS_LATEST,
        postgresql_where=IS_LATEST,
    )
    op.create_index("ix_frontier_sources", "frontier", ["site"], sqlite_where=IS_SOURCE, postgresql_where=IS_SOURCE)
