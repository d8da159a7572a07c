"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INTERNAL_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
UNTRIED = sa.text("verdict IS NULL AND kind = 'page' AND record_type IN ('response', 'revisit')")
IS_DUE = sa.text("due_at IS NOT NULL")
IS_LEASED = sa.text("lease_run IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("id", INTERNAL_ID, nullable=False),
        sa.Column("key", SORTED, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed_at", sa.BigInteger()),
        sa.Column("stored_at", sa.BigInteger()),
        sa.Column("size", sa.BigInteger()),
        sa.Column("sha256", sa.Text()),
        sa.Column("records", sa.BigInteger()),
        sa.Column("cdxj_sha256", sa.Text()),
        sa.Column("manifest_sha256", sa.Text()),
        sa.Column("chain", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sa.UniqueConstraint("key", name=op.f("uq_files_key")),
        sa.UniqueConstraint("site", "chain", name=op.f("uq_files_site_chain")),
    )
    op.create_index(op.f("ix_files_state_site"), "files", ["state", "site"])
    op.create_table(
        "frontier",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("key", SORTED, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("via", sa.Text()),
        sa.Column("hop", sa.Text(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.BigInteger()),
        sa.Column("request", sa.Text()),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("lease_run", sa.Text()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger()),
        sa.Column("last_status", sa.Integer()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("site", "key", name=op.f("pk_frontier")),
    )
    op.create_index("ix_frontier_due", "frontier", ["site", "due_at"], sqlite_where=IS_DUE, postgresql_where=IS_DUE)
    op.create_index(
        "ix_frontier_lease_run", "frontier", ["lease_run"], sqlite_where=IS_LEASED, postgresql_where=IS_LEASED
    )
    op.create_index(op.f("ix_frontier_site_found_at"), "frontier", ["site", "found_at"])
    op.create_index(
        "ix_frontier_turn", "frontier", ["site", "rank", "due_at", "key"], sqlite_where=IS_DUE, postgresql_where=IS_DUE
    )
    op.create_table(
        "journal",
        sa.Column("id", SORTED, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("stored", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    op.create_index(op.f("ix_journal_kind_id"), "journal", ["kind", "id"])
    op.create_table(
        "runs",
        sa.Column("id", SORTED, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("outcome", sa.Text()),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("site_digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_site_started_at"), "runs", ["site", "started_at"])
    op.create_index(op.f("ix_runs_started_at"), "runs", ["started_at"])
    op.create_table(
        "captures",
        sa.Column("id", INTERNAL_ID, nullable=False),
        sa.Column("record_id", SORTED, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("surt", SORTED, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("mime", sa.Text()),
        sa.Column("digest", sa.LargeBinary()),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("run", sa.Text()),
        sa.Column("file_id", INTERNAL_ID, nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.Text()),
        sa.Column("truncated", sa.Text()),
        sa.Column("via", sa.Text()),
        sa.Column("hop", sa.Text(), nullable=False),
        sa.Column("payload_sha256", sa.LargeBinary()),
        sa.Column("payload_length", sa.BigInteger()),
        sa.Column("refers_to", sa.Text()),
        sa.Column("refers_to_url", sa.Text()),
        sa.Column("refers_to_at", sa.BigInteger()),
        sa.Column("redirect", sa.Text()),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("extra", sa.Text()),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_captures_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_captures")),
        sa.UniqueConstraint("record_id", name=op.f("uq_captures_record_id")),
    )
    op.create_index(op.f("ix_captures_file_id_offset"), "captures", ["file_id", "offset"])
    op.create_index(op.f("ix_captures_payload_sha256"), "captures", ["payload_sha256"])
    op.create_index(op.f("ix_captures_run"), "captures", ["run"])
    op.create_index(op.f("ix_captures_site_at"), "captures", ["site", "at"])
    op.create_index(op.f("ix_captures_surt_at"), "captures", ["surt", "at"])
    op.create_index("ix_captures_untried", "captures", ["site", "at"], sqlite_where=UNTRIED, postgresql_where=UNTRIED)
    op.create_table(
        "file_runs",
        sa.Column("file_id", INTERNAL_ID, nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_file_runs_file_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("file_id", "run", name=op.f("pk_file_runs")),
    )
    op.create_index(op.f("ix_file_runs_run"), "file_runs", ["run"])
    op.create_table(
        "articles",
        sa.Column("capture_id", INTERNAL_ID, nullable=False),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.Column("extracted_at", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("surt", SORTED, nullable=False),
        sa.Column("captured_at", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.BigInteger()),
        sa.Column("dated_at", sa.BigInteger(), nullable=False),
        sa.Column("word_count", sa.Integer(), nullable=False),
        sa.Column("text_sha256", sa.LargeBinary()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["capture_id"], ["captures.id"], name=op.f("fk_articles_capture_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("capture_id", "extractor", name=op.f("pk_articles")),
    )
    op.create_index(op.f("ix_articles_dated_at"), "articles", ["dated_at"])
    op.create_index(op.f("ix_articles_site_dated_at"), "articles", ["site", "dated_at"])
    op.create_index(op.f("ix_articles_surt_captured_at"), "articles", ["surt", "captured_at"])
