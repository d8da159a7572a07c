"""The tables, in SQLAlchemy Core: one text for SQLite and PostgreSQL.

Times are integers of microseconds UTC. Digests are raw bytes; their length says which. Integer ``id`` columns are
private to one database: they join tables, and never leave this package. What others see are natural keys: record id,
SURT and time, store key, run id, journal id.

Texts that are searched by prefix compare by code point (SQLite does; PostgreSQL does with "C"), so that their order
is CDXJ order. Conditions of partial indices are spelled with literals, or no planner sees that an index fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

InternalId = BigInteger().with_variant(Integer, "sqlite")
"""SQLite makes a row id only of a column whose type is spelled INTEGER."""

Sorted = Text().with_variant(Text(collation="C"), "postgresql")
"""Text whose order is that of its code points."""

UNTRIED = text("verdict IS NULL AND kind = 'page' AND record_type IN ('response', 'revisit')")
"""Captures: pages that no extractor has looked at."""

LATEST = text("latest")
"""Articles: the reading of each capture that stands."""

SOURCES = text("kind = 'source'")
"""Frontier: rows that announce others."""

UNFINISHED = text("state IN ('planned', 'queued', 'running')")
"""Slots of which more is to come."""

_IS_DUE = text("due_at IS NOT NULL")

_Type = TypeEngine[Any] | type[TypeEngine[Any]]


def _key(kind: _Type, *names: str) -> Iterator[Column[Any]]:
    return (Column(name, kind, primary_key=True) for name in names)


def _required(kind: _Type, *names: str) -> Iterator[Column[Any]]:
    return (Column(name, kind, nullable=False) for name in names)


def _optional(kind: _Type, *names: str) -> Iterator[Column[Any]]:
    return (Column(name, kind) for name in names)


def _partial(name: str, *columns: str, where: TextClause, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


files = Table(
    "files",
    metadata,
    *_key(InternalId, "id"),
    Column("key", Sorted, nullable=False, unique=True),
    *_required(Text, "site", "state"),
    *_required(BigInteger, "opened_at"),
    *_optional(BigInteger, "sealed_at", "stored_at", "size"),
    *_optional(Text, "sha256"),
    *_optional(BigInteger, "records"),
    *_optional(Text, "cdxj_sha256", "manifest_sha256"),
    *_optional(BigInteger, "chain"),
    UniqueConstraint("site", "chain"),
    Index(None, "state", "site"),
)

file_runs = Table(
    "file_runs",
    metadata,
    Column("file_id", ForeignKey("files.id", ondelete="CASCADE"), primary_key=True),
    *_key(Text, "run"),
    Index(None, "run"),
)

captures = Table(
    "captures",
    metadata,
    *_key(InternalId, "id"),
    Column("record_id", Sorted, nullable=False, unique=True),
    *_required(Text, "url"),
    *_required(Sorted, "surt"),
    *_required(BigInteger, "at"),
    *_optional(Integer, "status"),
    *_optional(Text, "mime"),
    *_optional(LargeBinary, "digest"),
    *_required(Text, "record_type", "kind", "site"),
    *_optional(Text, "run"),
    Column("file_id", ForeignKey("files.id"), nullable=False),
    *_required(BigInteger, "offset", "length"),
    *_optional(Text, "verdict", "truncated", "via"),
    *_required(Text, "hop"),
    *_optional(LargeBinary, "payload_sha256"),
    *_optional(BigInteger, "payload_length"),
    *_optional(Text, "refers_to", "refers_to_url"),
    *_optional(BigInteger, "refers_to_at"),
    *_optional(Text, "redirect", "etag", "last_modified", "extra"),
    Index(None, "surt", "at"),
    Index(None, "site", "at"),
    Index(None, "run"),
    Index(None, "file_id", "offset"),
    Index(None, "payload_sha256"),
    _partial("ix_captures_untried", "site", "at", where=UNTRIED),
)

# ``rank`` is minus the priority, so that one ascending index gives the rows in their turn.
frontier = Table(
    "frontier",
    metadata,
    *_key(Text, "site"),
    *_key(Sorted, "key"),
    *_required(Text, "url", "kind"),
    *_optional(Text, "via"),
    *_required(Text, "hop"),
    *_required(Integer, "depth", "rank"),
    *_required(BigInteger, "found_at"),
    *_optional(BigInteger, "published_at"),
    *_optional(Text, "request"),
    *_optional(BigInteger, "due_at", "lease_until"),
    *_optional(Text, "lease_run"),
    *_required(Integer, "attempts", "visits"),
    *_optional(BigInteger, "last_at"),
    *_optional(Integer, "last_status"),
    *_optional(Text, "reason"),
    *_optional(LargeBinary, "text_sha256"),
    *_optional(BigInteger, "text_at", "changed_at"),
    Column("changes", Integer, nullable=False, server_default=text("0")),
    Column("absences", Integer, nullable=False, server_default=text("0")),
    _partial("ix_frontier_turn", "site", "rank", "due_at", "key", where=_IS_DUE),
    _partial("ix_frontier_due", "site", "due_at", where=_IS_DUE),
    _partial("ix_frontier_lease_run", "lease_run", where=text("lease_run IS NOT NULL")),
    Index(None, "site", "found_at"),
    _partial("ix_frontier_sources", "site", where=SOURCES),
)

# What the site's own sources listed; it can be read again from the captures of the sources.
listings = Table(
    "listings",
    metadata,
    *_key(Text, "site"),
    *_key(Sorted, "key"),
    *_required(Text, "url"),
    *_required(BigInteger, "first_at"),
    *_required(Text, "source"),
    *_required(Boolean, "in_scope"),
    *_optional(BigInteger, "published_at"),
    *_optional(Text, "title"),
    Index(None, "site", "first_at"),
)

# Operational, like due times: what is lost here is learnt again.
hosts = Table(
    "hosts",
    metadata,
    *_key(Sorted, "host"),
    *_required(BigInteger, "held_until"),
    *_required(Text, "reason"),
)

robots = Table(
    "robots",
    metadata,
    *_key(Sorted, "origin"),
    *_required(BigInteger, "fetched_at"),
    *_optional(Integer, "status"),
    *_optional(Text, "record_id", "reason"),
    *_optional(BigInteger, "retry_at", "unreachable_since"),
)

sources = Table(
    "sources",
    metadata,
    *_key(Text, "site"),
    *_key(Sorted, "key"),
    *_required(Text, "url", "kind"),
    *_optional(Text, "format"),
    *_required(BigInteger, "interval"),
    *_optional(BigInteger, "window"),
    *_required(BigInteger, "polled_at"),
    *_optional(BigInteger, "good_at", "fresh_at", "gap_at"),
    *_optional(Integer, "entries", "fresh"),
    *_required(Integer, "gained", "quiet", "failures"),
    *_optional(BigInteger, "failed_at"),
    *_optional(Text, "reason"),
    *_optional(Integer, "status"),
    *_optional(Text, "moved_to"),
)

runs = Table(
    "runs",
    metadata,
    *_key(Sorted, "id"),
    *_required(Text, "site"),
    *_required(BigInteger, "started_at"),
    *_optional(BigInteger, "ended_at"),
    *_optional(Text, "outcome"),
    *_required(Text, "counts", "site_digest"),
    Index(None, "site", "started_at"),
    Index(None, "started_at"),
)

articles = Table(
    "articles",
    metadata,
    Column("capture_id", ForeignKey("captures.id", ondelete="CASCADE"), primary_key=True),
    *_key(Text, "extractor"),
    *_required(Boolean, "latest"),
    *_required(BigInteger, "extracted_at"),
    *_required(Text, "verdict", "reason"),
    *_optional(Text, "title", "language"),
    *_required(Text, "site"),
    *_required(Sorted, "surt"),
    *_required(BigInteger, "captured_at"),
    *_optional(BigInteger, "published_at"),
    *_required(BigInteger, "dated_at"),
    *_required(Integer, "word_count"),
    *_optional(LargeBinary, "text_sha256"),
    *_required(Text, "body"),
    Index(None, "surt", "captured_at"),
    Index(None, "site", "dated_at"),
    Index(None, "dated_at"),
    # For each hit of a search it is checked that the capture's latest reading is the one that was indexed.
    _partial("ix_articles_latest", "capture_id", "verdict", "surt", "captured_at", where=LATEST),
    # So that counting readings does not read them; the access rules ask for SURT and time.
    _partial("ix_articles_counted", "site", "verdict", "language", "surt", "captured_at", where=LATEST),
)

# The search index: one row for each capture that was read. ``authors`` are lines; ``newest`` says that no later capture of
# its URL has the same content; ``dated_at`` is when the article was published, or captured where no page says.
search_documents = Table(
    "search_documents",
    metadata,
    Column("capture_id", ForeignKey("captures.id", ondelete="CASCADE"), primary_key=True),
    *_required(Text, "extractor", "verdict", "site"),
    *_optional(Text, "language", "section", "authors"),
    *_required(Sorted, "surt"),
    *_required(BigInteger, "captured_at", "dated_at"),
    *_required(LargeBinary, "content_sha256"),
    *_required(Boolean, "newest"),
    Index(None, "surt", "content_sha256", "captured_at"),
    Index(None, "newest", "dated_at"),
)

# What is known of each object of the store by its key: size, SHA-256 (hex), and when its bytes were last found sound.
checks = Table(
    "checks",
    metadata,
    *_key(Sorted, "key"),
    *_optional(BigInteger, "size"),
    *_optional(Text, "sha256"),
    *_optional(BigInteger, "checked_at"),
    Index(None, "checked_at"),
    Index(None, "sha256"),
)

journal = Table(
    "journal",
    metadata,
    *_key(Sorted, "id"),
    *_required(BigInteger, "at"),
    *_required(Text, "kind", "body"),
    *_required(Boolean, "stored"),
    Index(None, "kind", "id"),
)

# ``standing`` and ``body`` are decided; ``planned_until`` says up to which instant the slots were made.
schedules = Table(
    "schedules",
    metadata,
    *_key(Sorted, "id"),
    *_required(Text, "site", "standing", "body"),
    *_optional(BigInteger, "planned_until"),
    Index(None, "site"),
)

slots = Table(
    "slots",
    metadata,
    *_key(Sorted, "schedule"),
    *_key(BigInteger, "planned_at"),
    *_required(Text, "site"),
    *_required(BigInteger, "due_at"),
    *_required(Text, "state", "origin"),
    *_optional(Text, "reason", "note"),
    *_optional(BigInteger, "started_at", "ended_at"),
    *_optional(Text, "run"),
    *_optional(BigInteger, "stands_for"),
    *_optional(Text, "stop_reason"),
    *_optional(BigInteger, "stop_asked_at", "stop_told_at"),
    Index(None, "planned_at", "schedule"),
    Index(None, "site", "planned_at"),
    _partial("ix_slots_unfinished", "state", where=UNFINISHED),
)

# Operational: what is wrong now, and which messages were sent. Made again by the next look at the archive.
alerts = Table(
    "alerts",
    metadata,
    *_key(Sorted, "id"),
    *_required(Text, "rule", "subject"),
    *_optional(Text, "site"),
    *_required(Text, "text", "facts"),
    *_required(BigInteger, "raised_at", "seen_at"),
    *_optional(BigInteger, "told_at", "resolved_at"),
    _partial("ix_alerts_open", "rule", "subject", where=text("resolved_at IS NULL"), unique=True),
    Index(None, "raised_at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    *_key(Sorted, "id"),
    *_required(Sorted, "alert"),
    *_required(Text, "channel", "body"),
    *_optional(BigInteger, "due_at"),
    *_required(Integer, "attempts"),
    *_optional(BigInteger, "delivered_at"),
    *_optional(Text, "error"),
    Index(None, "alert"),
    _partial("ix_deliveries_due", "due_at", where=_IS_DUE),
)

# One row for each range of SURTs that a rule is about; ``body`` is the rule. Times and ages in microseconds.
access_rules = Table(
    "access_rules",
    metadata,
    *_key(Sorted, "id"),
    *_key(Integer, "part"),
    *_required(Sorted, "low", "high"),
    *_required(Integer, "exact"),
    *_required(Text, "access"),
    *_optional(BigInteger, "since", "until", "newer", "older"),
    *_required(Text, "body"),
)

# Secrets of this database alone: never in the journal, never rebuilt.
tokens = Table(
    "tokens",
    metadata,
    *_key(Sorted, "id"),
    *_required(Text, "name", "role"),
    *_required(LargeBinary, "digest"),
    *_required(BigInteger, "created_at"),
    *_optional(BigInteger, "expires_at", "last_used_at"),
)

sessions = Table(
    "sessions",
    metadata,
    *_key(LargeBinary, "digest"),
    Column("token", ForeignKey("tokens.id", ondelete="CASCADE"), nullable=False),
    *_required(BigInteger, "expires_at"),
    Index(None, "expires_at"),
)

FULL_TEXT = (
    "CREATE VIRTUAL TABLE search_text USING fts5(title, body, exact, author, section, address, facts, tokenize = 'ascii')",
    """CREATE TRIGGER search_documents_gone AFTER DELETE ON search_documents
       BEGIN DELETE FROM search_text WHERE rowid = old.capture_id; END""",
    """CREATE TRIGGER search_documents_heir AFTER DELETE ON search_documents WHEN old.newest
       BEGIN UPDATE search_documents SET newest = 1 WHERE capture_id =
       (SELECT capture_id FROM search_documents WHERE surt = old.surt AND content_sha256 = old.content_sha256
       ORDER BY captured_at DESC, capture_id DESC LIMIT 1); END""",
)
"""On SQLite the words of ``search_documents`` lie beside it in a full-text table (FTS5), whose rows go when those of the
index go; where the newest of several with the same content goes, the one before it takes its place. Columns: ``title``,
``body``, ``author``, ``section`` and ``address`` (the words of the URL), folded; ``exact``, the words that folding changed;
``facts``, site and language as one token each. Our normaliser has made the words; the tokeniser only parts them at spaces."""
