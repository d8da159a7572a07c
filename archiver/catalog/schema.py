"""The tables, in SQLAlchemy Core: one text for SQLite and PostgreSQL.

Times are integers of microseconds UTC. Digests are raw bytes; their length says which. Integer ``id`` columns are
private to one database: they join tables, and never leave this package. What others see are natural keys: record id,
SURT and time, store key, run id, journal id.

``text`` columns that are searched by prefix compare by code point (SQLite does; PostgreSQL is told to with "C"), so that
their order is CDXJ order.
"""

from __future__ import annotations

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
    UniqueConstraint,
    text,
)

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
"""Pages that no extractor has looked at. Spelled with literals, or no planner sees that the partial index fits."""

LATEST = text("latest")
"""Readings that stand, likewise."""

SOURCES = text("kind = 'source'")
"""Rows of the frontier that announce others, likewise."""

files = Table(
    "files",
    metadata,
    Column("id", InternalId, primary_key=True),
    Column("key", Sorted, nullable=False, unique=True),
    Column("site", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("sealed_at", BigInteger),
    Column("stored_at", BigInteger),
    Column("size", BigInteger),
    Column("sha256", Text),
    Column("records", BigInteger),
    Column("cdxj_sha256", Text),
    Column("manifest_sha256", Text),
    Column("chain", BigInteger),
    UniqueConstraint("site", "chain"),
    Index(None, "state", "site"),
)

file_runs = Table(
    "file_runs",
    metadata,
    Column("file_id", ForeignKey("files.id", ondelete="CASCADE"), primary_key=True),
    Column("run", Text, primary_key=True),
    Index(None, "run"),
)

captures = Table(
    "captures",
    metadata,
    Column("id", InternalId, primary_key=True),
    Column("record_id", Sorted, nullable=False, unique=True),
    Column("url", Text, nullable=False),
    Column("surt", Sorted, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("status", Integer),
    Column("mime", Text),
    Column("digest", LargeBinary),
    Column("record_type", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("run", Text),
    Column("file_id", ForeignKey("files.id"), nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("verdict", Text),
    Column("truncated", Text),
    Column("via", Text),
    Column("hop", Text, nullable=False),
    Column("payload_sha256", LargeBinary),
    Column("payload_length", BigInteger),
    Column("refers_to", Text),
    Column("refers_to_url", Text),
    Column("refers_to_at", BigInteger),
    Column("redirect", Text),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("extra", Text),
    Index(None, "surt", "at"),
    Index(None, "site", "at"),
    Index(None, "run"),
    Index(None, "file_id", "offset"),
    Index(None, "payload_sha256"),
    Index("ix_captures_untried", "site", "at", sqlite_where=UNTRIED, postgresql_where=UNTRIED),
)

# ``rank`` is minus the priority, so that one ascending index gives the rows in their turn.
frontier = Table(
    "frontier",
    metadata,
    Column("site", Text, primary_key=True),
    Column("key", Sorted, primary_key=True),
    Column("url", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("via", Text),
    Column("hop", Text, nullable=False),
    Column("depth", Integer, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("found_at", BigInteger, nullable=False),
    Column("published_at", BigInteger),
    Column("request", Text),
    Column("due_at", BigInteger),
    Column("lease_until", BigInteger),
    Column("lease_run", Text),
    Column("attempts", Integer, nullable=False),
    Column("visits", Integer, nullable=False),
    Column("last_at", BigInteger),
    Column("last_status", Integer),
    Column("reason", Text),
    Column("text_sha256", LargeBinary),
    Column("text_at", BigInteger),
    Column("changed_at", BigInteger),
    Column("changes", Integer, nullable=False, server_default=text("0")),
    Column("absences", Integer, nullable=False, server_default=text("0")),
    Index(
        "ix_frontier_turn",
        "site",
        "rank",
        "due_at",
        "key",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
    Index(
        "ix_frontier_due",
        "site",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
    Index(
        "ix_frontier_lease_run",
        "lease_run",
        sqlite_where=text("lease_run IS NOT NULL"),
        postgresql_where=text("lease_run IS NOT NULL"),
    ),
    Index(None, "site", "found_at"),
    Index(
        "ix_frontier_sources",
        "site",
        sqlite_where=SOURCES,
        postgresql_where=SOURCES,
    ),
)

# What the site's own sources listed: held, for the source captures say it again.
listings = Table(
    "listings",
    metadata,
    Column("site", Text, primary_key=True),
    Column("key", Sorted, primary_key=True),
    Column("url", Text, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("in_scope", Boolean, nullable=False),
    Column("published_at", BigInteger),
    Column("title", Text),
    Index(None, "site", "first_at"),
)

# Operational, like due times: what is lost here is asked for again.
hosts = Table(
    "hosts",
    metadata,
    Column("host", Sorted, primary_key=True),
    Column("held_until", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)

robots = Table(
    "robots",
    metadata,
    Column("origin", Sorted, primary_key=True),
    Column("fetched_at", BigInteger, nullable=False),
    Column("status", Integer),
    Column("record_id", Text),
    Column("reason", Text),
    Column("retry_at", BigInteger),
    Column("unreachable_since", BigInteger),
)

sources = Table(
    "sources",
    metadata,
    Column("site", Text, primary_key=True),
    Column("key", Sorted, primary_key=True),
    Column("url", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("format", Text),
    Column("interval", BigInteger, nullable=False),
    Column("window", BigInteger),
    Column("polled_at", BigInteger, nullable=False),
    Column("good_at", BigInteger),
    Column("fresh_at", BigInteger),
    Column("gap_at", BigInteger),
    Column("entries", Integer),
    Column("fresh", Integer),
    Column("gained", Integer, nullable=False),
    Column("quiet", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failed_at", BigInteger),
    Column("reason", Text),
    Column("status", Integer),
    Column("moved_to", Text),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Sorted, primary_key=True),
    Column("site", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("outcome", Text),
    Column("counts", Text, nullable=False),
    Column("site_digest", Text, nullable=False),
    Index(None, "site", "started_at"),
    Index(None, "started_at"),
)

articles = Table(
    "articles",
    metadata,
    Column("capture_id", ForeignKey("captures.id", ondelete="CASCADE"), primary_key=True),
    Column("extractor", Text, primary_key=True),
    Column("latest", Boolean, nullable=False),
    Column("extracted_at", BigInteger, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("title", Text),
    Column("language", Text),
    Column("site", Text, nullable=False),
    Column("surt", Sorted, nullable=False),
    Column("captured_at", BigInteger, nullable=False),
    Column("published_at", BigInteger),
    Column("dated_at", BigInteger, nullable=False),
    Column("word_count", Integer, nullable=False),
    Column("text_sha256", LargeBinary),
    Column("body", Text, nullable=False),
    Index(None, "surt", "captured_at"),
    Index(None, "site", "dated_at"),
    Index(None, "dated_at"),
    Index(
        "ix_articles_latest",
        "capture_id",
        "verdict",
        "surt",
        "captured_at",
        sqlite_where=LATEST,
        postgresql_where=LATEST,
    ),
    Index(
        "ix_articles_counted",
        "site",
        "verdict",
        "language",
        "surt",
        "captured_at",
        sqlite_where=LATEST,
        postgresql_where=LATEST,
    ),
)

# What is known of each object of the store by its key: size, SHA-256 (hex), and when its bytes were last found sound.
checks = Table(
    "checks",
    metadata,
    Column("key", Sorted, primary_key=True),
    Column("size", BigInteger),
    Column("sha256", Text),
    Column("checked_at", BigInteger),
    Index(None, "checked_at"),
    Index(None, "sha256"),
)

journal = Table(
    "journal",
    metadata,
    Column("id", Sorted, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("stored", Boolean, nullable=False),
    Index(None, "kind", "id"),
)

# ``standing`` and ``body`` are decided; ``planned_until`` says up to which instant the slots were made.
schedules = Table(
    "schedules",
    metadata,
    Column("id", Sorted, primary_key=True),
    Column("site", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("planned_until", BigInteger),
    Index(None, "site"),
)

UNFINISHED = text("state IN ('planned', 'queued', 'running')")
"""Slots of which more is to come. Spelled with literals, as ``UNTRIED``."""

slots = Table(
    "slots",
    metadata,
    Column("schedule", Sorted, primary_key=True),
    Column("planned_at", BigInteger, primary_key=True),
    Column("site", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("reason", Text),
    Column("note", Text),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("run", Text),
    Column("stands_for", BigInteger),
    Column("stop_reason", Text),
    Column("stop_asked_at", BigInteger),
    Column("stop_told_at", BigInteger),
    Index(None, "planned_at", "schedule"),
    Index(None, "site", "planned_at"),
    Index("ix_slots_unfinished", "state", sqlite_where=UNFINISHED, postgresql_where=UNFINISHED),
)

# Operational: what is wrong now, and who was told. Made again by the next look at the archive.
alerts = Table(
    "alerts",
    metadata,
    Column("id", Sorted, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("site", Text),
    Column("text", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("raised_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("told_at", BigInteger),
    Column("resolved_at", BigInteger),
    Index(
        "ix_alerts_open",
        "rule",
        "subject",
        unique=True,
        sqlite_where=text("resolved_at IS NULL"),
        postgresql_where=text("resolved_at IS NULL"),
    ),
    Index(None, "raised_at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Sorted, primary_key=True),
    Column("alert", Sorted, nullable=False),
    Column("channel", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("due_at", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("delivered_at", BigInteger),
    Column("error", Text),
    Index(None, "alert"),
    Index(
        "ix_deliveries_due",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
)

# One row for each range of SURTs that a rule is about; ``body`` is the rule. Times and ages in microseconds.
access_rules = Table(
    "access_rules",
    metadata,
    Column("id", Sorted, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("low", Sorted, nullable=False),
    Column("high", Sorted, nullable=False),
    Column("exact", Integer, nullable=False),
    Column("access", Text, nullable=False),
    Column("since", BigInteger),
    Column("until", BigInteger),
    Column("newer", BigInteger),
    Column("older", BigInteger),
    Column("body", Text, nullable=False),
)

# Secrets of this database alone: never in the journal, never rebuilt.
tokens = Table(
    "tokens",
    metadata,
    Column("id", Sorted, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("last_used_at", BigInteger),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("token", ForeignKey("tokens.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "expires_at"),
)
