"""The index: what was read of pages in, hits out. It lives in the catalogue's database and can be made again from its
articles."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from urllib.parse import unquote_plus, urlsplit

from sqlalchemy import Connection, and_, delete, insert, or_, select, text

from archiver.catalog import ArticleFilter, Catalog
from archiver.catalog.articles import Reading, readings_of, select_readings
from archiver.catalog.filters import EVERY_ARTICLE
from archiver.catalog.repository import Repository, reads, writes, writes_lightly
from archiver.catalog.schema import articles, captures, search_documents
from archiver.catalog.sql import tidy
from archiver.errors import CatalogError
from archiver.model.article import Article, Extraction
from archiver.model.capture import Capture, Verdict
from archiver.model.instant import micros
from archiver.search.hits import Found, Sort
from archiver.search.matching import look_up
from archiver.search.normalise import exact_text, index_text
from archiver.search.query_text import fact, parse

READ = 1_000_000
"""Characters of an article that are indexed."""

MAX_SECTION = 200
BATCH = 200
MERGED = 500
"""Pages of the full-text index that one step of a merge writes, about: some 50 ms."""
d = search_documents.c


class SearchIndex(Repository):
    """The full-text index of an open catalogue. Raises ``CatalogError`` where the database has none."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog.database)
        if not self._database.is_sqlite:
            raise CatalogError(self._database.name, "full-text search needs SQLite; the catalogue is PostgreSQL")

    def add(self, capture: Capture, article: Article) -> None:
        """Index what was read of a capture, in place of what was indexed of it before. It is found once ``Articles`` has it too."""
        self.add_readings([(capture, Extraction(Verdict.ARTICLE, "", article.extractor, article))])

    def add_readings(self, readings: Sequence[Reading]) -> None:
        """``add`` for several in one transaction, those among them that are no articles by the words of their address."""
        # Before the transaction: making the words takes long.
        self._put_all([(capture, extraction, _words(capture, extraction)) for capture, extraction in readings])

    @writes_lightly
    def _put_all(self, connection: Connection, rows: Sequence[tuple[Capture, Extraction, dict[str, str]]]) -> None:
        for capture, extraction, row in rows:
            _put(connection, capture, extraction, row=row)

    @writes_lightly
    def remove(self, connection: Connection, record_id: str) -> None:
        """Take a capture out of the index."""
        wanted = select(captures.c.id).where(captures.c.record_id == record_id).scalar_subquery()
        connection.execute(delete(search_documents).where(d.capture_id == wanted))

    def purge(self) -> None:
        """Leave no trace of words that were removed: the full-text index keeps them, with a mark, until its parts are merged.

        Merges in bounded steps, then empties the database's log. Broken off, the same call goes on. Raises ``CatalogError``.
        """
        step = -MERGED  # negative: every part takes part
        while self._merge(step) > 1:
            step = MERGED
        self._database.empty_log()

    @writes
    def _merge(self, connection: Connection, pages: int) -> int:
        """One step of a merge (SQLite FTS5, section 6.8); how many rows it changed, at most 1 where nothing was left to do."""
        before = connection.scalar(text("SELECT total_changes()")) or 0
        connection.execute(
            text("INSERT INTO search_text (search_text, rank) VALUES ('merge', :pages)"), {"pages": pages}
        )
        return int(connection.scalar(text("SELECT total_changes()")) or 0) - before

    def search(
        self,
        text: str,
        wanted: ArticleFilter = EVERY_ARTICLE,
        *,
        sort: Sort = "rank",
        limit: int = 20,
        offset: int = 0,
        facets: bool = True,
    ) -> Found:
        """One page of results, the best first unless they are sorted by date; a word in the title counts more.

        Of several captures of a URL with the same content only the newest is given. Without words it is everything that the
        filter leaves, if it leaves anything out. Results and facets are counted only with ``facets``.
        Raises ``UsageError`` for words that make no sense.
        """
        node = parse(text)
        if (limit <= 0 and not facets) or (node is None and text.strip()):
            return Found()  # nothing in it can be looked for
        limit, offset = max(0, limit), max(0, offset)
        return self._database.read(
            lambda c: look_up(c, node, wanted=wanted, sort=sort, limit=limit, offset=offset, facets=facets)
        )

    def catch_up(self, *, limit: int = BATCH) -> int:
        """Bring up to ``limit`` entries in line with the latest readings, for what a crash left out; returns how many
        were changed, 0 when all is in line."""
        missing = self._missing(limit=limit)
        if missing:
            self.add_readings(missing)
        return len(missing) + (self._drop_stale(limit=limit - len(missing)) if len(missing) < limit else 0)

    @reads
    def _missing(self, connection: Connection, *, limit: int) -> list[Reading]:
        """Latest readings that are not in the index, or there as another extractor version read them."""
        differs = or_(d.extractor != articles.c.extractor, d.verdict != articles.c.verdict)
        statement = (
            select_readings()
            .outerjoin(search_documents, d.capture_id == articles.c.capture_id)
            .where(articles.c.latest.is_(True), or_(d.capture_id.is_(None), differs))
            .order_by(articles.c.capture_id)
            .limit(limit)
        )
        return readings_of(connection, statement)

    @writes_lightly
    def _drop_stale(self, connection: Connection, *, limit: int) -> int:
        """Entries of captures of which nothing was read any more."""
        is_read = and_(articles.c.capture_id == d.capture_id, articles.c.latest.is_(True))
        statement = select(d.capture_id).outerjoin(articles, is_read).where(articles.c.capture_id.is_(None))
        stale = list(connection.execute(statement.limit(limit)).scalars())
        connection.execute(delete(search_documents).where(d.capture_id.in_(stale)))
        return len(stale)


def _words(capture: Capture, extraction: Extraction) -> dict[str, str]:
    article = extraction.article
    address = urlsplit(capture.url)
    row = {
        "title": "",
        "body": "",
        "exact": "",
        "author": "",
        "section": "",
        "address": index_text(unquote_plus(f"{address.netloc} {address.path} {address.query}")),
        "facts": fact("site", capture.site),
    }
    if article is None:
        return row
    body = article.text[:READ]
    if article.lead and article.lead not in body:
        body = f"{article.lead}\n\n{body}"
    title, authors = article.title or "", " | ".join(article.authors)
    return row | {
        "title": index_text(title),
        "body": index_text(body),
        "exact": exact_text(f"{title}\n{authors}\n{body}"),
        "author": index_text(authors),
        "section": index_text(article.section or ""),
        "facts": f"{row['facts']} {fact('language', article.language or '')}",
    }


def _put(connection: Connection, capture: Capture, extraction: Extraction, *, row: dict[str, str]) -> None:
    wanted = select(captures.c.id).where(captures.c.record_id == capture.record_id)
    capture_id: int | None = connection.execute(wanted).scalar()
    if capture_id is None:
        return  # removed since: there is nothing to find
    connection.execute(delete(search_documents).where(d.capture_id == capture_id))
    article = extraction.article
    content = f"{article.title or ''}\0{article.text}" if article else f"\0{extraction.verdict.value}"
    digest = hashlib.sha256(content.encode("utf-8", "replace")).digest()
    at = micros(capture.at)
    before = connection.execute(
        select(d.captured_at, d.capture_id)
        .where(d.surt == capture.surt, d.content_sha256 == digest)
        .order_by(d.captured_at.desc(), d.capture_id.desc())
        .limit(1)
    ).first()
    newest = before is None or (at, capture_id) > tuple(before)
    if before is not None and newest:
        connection.execute(search_documents.update().where(d.capture_id == before.capture_id).values(newest=False))
    document = {
        "capture_id": capture_id,
        "extractor": str(extraction.extractor),
        "verdict": extraction.verdict.value,
        "site": capture.site,
        "language": article.language if article else None,
        "section": (article.section or "")[:MAX_SECTION].strip() or None if article else None,
        "authors": "\n".join(" ".join(author.split()) for author in article.authors) or None if article else None,
        "surt": capture.surt,
        "captured_at": at,
        "dated_at": micros(article.published_at or capture.at) if article else at,
        "content_sha256": digest,
        "newest": newest,
    }
    connection.execute(insert(search_documents), tidy(document))
    connection.execute(_INSERT_TEXT, {"id": capture_id, **tidy(row)})


_INSERT_TEXT = text(
    "INSERT INTO search_text (rowid, title, body, exact, author, section, address, facts) "
    "VALUES (:id, :title, :body, :exact, :author, :section, :address, :facts)"
)
