"""The index: articles in, hits out. It lives in the catalogue's database and can be made again from its articles."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, or_, select, text

from archiver.catalog import Catalog
from archiver.catalog.capture_row import capture_of, select_captures
from archiver.catalog.schema import articles, captures
from archiver.catalog.sql import tidy
from archiver.errors import CatalogError
from archiver.model.article import Article, Extraction
from archiver.model.capture import Capture, Verdict
from archiver.model.instant import from_micros, micros, rfc3339
from archiver.search.normalise import exact_text, index_text
from archiver.search.query import Node, fts5, parse, terms
from archiver.search.schema import search_documents
from archiver.search.snippet import snippet

TITLE_WEIGHT, BODY_WEIGHT, EXACT_WEIGHT = 8.0, 1.0, 2.0
READ = 1_000_000
"""Characters of an article that are indexed."""

BATCH = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """One article that was found: its URL and the instant of the capture, a higher ``score`` is better.

    ``snippet`` is plain text; ``marks`` are the places (start, end) in it of the words looked for.
    """

    url: str
    at: datetime
    title: str | None
    snippet: str
    site: str
    language: str | None
    published_at: datetime | None
    score: float
    marks: tuple[tuple[int, int], ...] = ()

    def as_json(self) -> dict[str, object]:
        """The shape that ``archiver search --json`` and ``/api/search`` promise."""
        published = self.published_at.isoformat(timespec="milliseconds") if self.published_at else None
        return {
            "url": self.url,
            "at": rfc3339(self.at),
            "title": self.title,
            "snippet": self.snippet,
            "site": self.site,
            "language": self.language,
            "published_at": published.replace("+00:00", "Z") if published else None,
            "score": self.score,
        }


class SearchIndex:
    """The full-text index of an open catalogue. Raises ``CatalogError`` where the database has none."""

    def __init__(self, catalog: Catalog) -> None:
        self._database = catalog.database
        if not self._database.is_sqlite:
            raise CatalogError(self._database.name, "full-text search needs SQLite; the catalogue is PostgreSQL")

    def add(self, capture: Capture, article: Article) -> None:
        """Index what a capture says, in place of what was indexed of it. It is found once ``Articles`` has it too."""
        self.add_many([(capture, article)])

    def add_many(self, documents: Sequence[tuple[Capture, Article]]) -> None:
        """``add`` for several, in one transaction."""
        rows = [(capture, article, _words(article)) for capture, article in documents]

        def work(connection: Connection) -> None:
            for capture, article, row in rows:
                _put(connection, capture, article, row=row)

        self._database.write(work, durable=False)

    def remove(self, record_id: str) -> None:
        """Take a capture out of the index."""
        self._database.write(lambda c: _remove(c, record_id), durable=False)

    def query(
        self,
        text: str,
        *,
        site: str | None = None,
        language: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> list[Hit]:
        """Articles that a query finds, the best first; a word in the title counts more.

        ``since`` and ``until`` are inclusive and mean when an article was published (or captured, where no page says).
        Of several captures of a URL that say the same only the newest is given. No query is an error.
        """
        node = parse(text)
        expression = fts5(node)
        if expression is None or limit <= 0:
            return []
        wanted = {
            "query": expression,
            "site": site,
            "language": language,
            "since": None if since is None else micros(since),
            "until": None if until is None else micros(until),
            "limit": limit,
            "offset": max(0, offset),
        }
        return self._database.read(lambda c: _query(c, node, wanted=wanted))

    def catch_up(self, *, limit: int = BATCH) -> int:
        """Bring up to ``limit`` entries in line with the latest articles, for what a crash left out; returns how many
        were changed, 0 when all is in line."""
        gone = self._database.write(lambda c: _drop_stale(c, limit=limit), durable=False)
        missing = self._database.read(lambda c: _missing(c, limit=limit - gone)) if gone < limit else []
        if missing:
            self.add_many(missing)
        return gone + len(missing)


def _words(article: Article) -> dict[str, str]:
    body = article.text[:READ]
    if article.lead and article.lead not in body:
        body = f"{article.lead}\n\n{body}"
    title = article.title or ""
    return {"title": index_text(title), "body": index_text(body), "exact": exact_text(f"{title}\n{body}")}


def _put(connection: Connection, capture: Capture, article: Article, *, row: dict[str, str]) -> None:
    wanted = select(captures.c.id).where(captures.c.record_id == capture.record_id)
    capture_id: int | None = connection.execute(wanted).scalar()
    if capture_id is None:
        return  # removed since: there is nothing to find
    connection.execute(delete(search_documents).where(search_documents.c.capture_id == capture_id))
    content = f"{article.title or ''}\0{article.text}".encode("utf-8", "replace")
    document = {
        "capture_id": capture_id,
        "extractor": str(article.extractor),
        "site": capture.site,
        "language": article.language,
        "surt": capture.surt,
        "captured_at": micros(capture.at),
        "dated_at": micros(article.published_at or capture.at),
        "content_sha256": hashlib.sha256(content).digest(),
    }
    connection.execute(insert(search_documents), tidy(document))
    connection.execute(_INSERT_TEXT, {"id": capture_id, **tidy(row)})


_INSERT_TEXT = text("INSERT INTO search_text (rowid, title, body, exact) VALUES (:id, :title, :body, :exact)")


def _remove(connection: Connection, record_id: str) -> None:
    wanted = select(captures.c.id).where(captures.c.record_id == record_id).scalar_subquery()
    connection.execute(delete(search_documents).where(search_documents.c.capture_id == wanted))


_QUERY = text(
    f"""
    SELECT d.capture_id, bm25(search_text, {TITLE_WEIGHT}, {BODY_WEIGHT}, {EXACT_WEIGHT}) AS score
    FROM search_text JOIN search_documents AS d ON d.capture_id = search_text.rowid
    WHERE search_text MATCH :query
      AND (:site IS NULL OR d.site = :site)
      AND (:language IS NULL OR d.language = :language)
      AND (:since IS NULL OR d.dated_at >= :since)
      AND (:until IS NULL OR d.dated_at <= :until)
      AND EXISTS (SELECT 1 FROM articles AS a
                  WHERE a.capture_id = d.capture_id AND a.latest AND a.verdict = 'article')
      AND NOT EXISTS (SELECT 1 FROM search_documents AS newer
                      WHERE newer.surt = d.surt AND newer.content_sha256 = d.content_sha256
                        AND (newer.captured_at, newer.capture_id) > (d.captured_at, d.capture_id))
    ORDER BY score, d.dated_at DESC, d.capture_id
    LIMIT :limit OFFSET :offset
    """
)


def _query(connection: Connection, node: Node | None, *, wanted: dict[str, Any]) -> list[Hit]:
    scores: dict[int, float] = {row[0]: row[1] for row in connection.execute(_QUERY, wanted)}
    statement = (
        select(captures.c.id, captures.c.url, captures.c.at, captures.c.site, articles.c.body)
        .join(articles, articles.c.capture_id == captures.c.id)
        .where(captures.c.id.in_(scores), articles.c.latest.is_(True))
    )
    rows = {row["id"]: row for row in connection.execute(statement).mappings()}
    hits: list[Hit] = []
    for capture_id, score in scores.items():
        row = rows[capture_id]
        article = Extraction.from_json(json.loads(row["body"])).article
        assert article is not None  # its verdict is article
        piece = snippet(article.text, terms(node))
        hits.append(
            Hit(
                url=row["url"],
                at=from_micros(row["at"]),
                title=article.title,
                snippet=piece.text,
                site=row["site"],
                language=article.language,
                published_at=article.published_at,
                score=round(-score, 6),
                marks=piece.marks,
            )
        )
    return hits


def _drop_stale(connection: Connection, *, limit: int) -> int:
    """Entries whose capture is no article any more."""
    is_article = and_(articles.c.latest.is_(True), articles.c.verdict == Verdict.ARTICLE.value)
    statement = (
        select(search_documents.c.capture_id)
        .outerjoin(articles, and_(articles.c.capture_id == search_documents.c.capture_id, is_article))
        .where(articles.c.capture_id.is_(None))
        .limit(limit)
    )
    stale = list(connection.execute(statement).scalars())
    connection.execute(delete(search_documents).where(search_documents.c.capture_id.in_(stale)))
    return len(stale)


def _missing(connection: Connection, *, limit: int) -> list[tuple[Capture, Article]]:
    """Latest articles that are not in the index, or there as another extractor version read them."""
    d = search_documents.c
    statement = (
        select_captures()
        .add_columns(articles.c.body.label("article_body"))
        .join(articles, articles.c.capture_id == captures.c.id)
        .outerjoin(search_documents, d.capture_id == articles.c.capture_id)
        .where(articles.c.latest.is_(True), articles.c.verdict == Verdict.ARTICLE.value)
        .where(or_(d.capture_id.is_(None), d.extractor != articles.c.extractor))
        .order_by(articles.c.capture_id)
        .limit(limit)
    )
    rows = connection.execute(statement).mappings()
    found = [(capture_of(row), Extraction.from_json(json.loads(row["article_body"])).article) for row in rows]
    return [(capture, article) for capture, article in found if article is not None]
