"""The index's own table. Its words lie beside it in ``search_text``, a full-text table of SQLite (FTS5) with the columns
``title``, ``body`` and ``exact``, whose rows go when those here go (a trigger)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text

from archiver.catalog.schema import Sorted, metadata

search_documents = Table(
    "search_documents",
    metadata,
    Column("capture_id", ForeignKey("captures.id", ondelete="CASCADE"), primary_key=True),
    Column("extractor", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("language", Text),
    Column("surt", Sorted, nullable=False),
    Column("captured_at", BigInteger, nullable=False),
    Column("dated_at", BigInteger, nullable=False),
    Column("content_sha256", LargeBinary, nullable=False),
    Index(None, "surt", "content_sha256", "captured_at"),
)
