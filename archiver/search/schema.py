"""The index's own table. Its words lie beside it in ``search_text``, a full-text table of SQLite (FTS5) whose rows go
when those here go, by a trigger; another moves ``newest`` to the document that takes a removed one's place.

Columns of ``search_text``: ``title``, ``body``, ``author``, ``section`` and ``address`` (the words of the URL), folded;
``exact``, the words that folding changed; ``facts``, site and language as one token each.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, LargeBinary, Table, Text

from archiver.catalog.schema import Sorted, metadata

search_documents = Table(
    "search_documents",
    metadata,
    Column("capture_id", ForeignKey("captures.id", ondelete="CASCADE"), primary_key=True),
    Column("extractor", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("language", Text),
    Column("section", Text),
    Column("authors", Text),
    Column("surt", Sorted, nullable=False),
    Column("captured_at", BigInteger, nullable=False),
    Column("dated_at", BigInteger, nullable=False),
    Column("content_sha256", LargeBinary, nullable=False),
    Column("newest", Boolean, nullable=False),
    Index(None, "surt", "content_sha256", "captured_at"),
    Index(None, "newest", "dated_at"),
)
"""One capture that was read. ``authors`` are lines; ``newest`` says that no later capture of its URL says the same."""
