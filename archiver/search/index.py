"""The index: what was read of pages in, hits out. It lives in the catalogue's database and can be made again from its
articles."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from urllib.parse import unquote_plus, urlsplit

from sqlalchemy import Connection, and_, delete, insert, or_, select, text

from archiver.catalog import ArticleFilter, Catalog
from archiver.catalog.articles import readings_of, select_readings
from archiver.catalog.filters import EVERY_ARTICLE
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


class SearchIndex:
    """The full-text index of an open catalogue. Raises ``CatalogError`` where the database has none."""

    def __init__(self, catalog: Catalog) -> None:
        self._database = catalog.database
        if not self._database.is_sqlite:
            raise CatalogError(self._database.name, "full-text search needs SQLite; the catalogue is PostgreSQL")

    def add(self, capture: Capture, article: Article) -> None:
        """Index what a capture says, in place of what was indexed of it. It is found once ``Articles`` has it too."""
        self.add_readings([(capture, Extraction(Verdict.ARTICLE, "", article.extractor, article))])

    def add_readings(self, readings: Sequence[tuple[Capture, Extraction]]) -> None:
        """``add`` for several in one transaction, those among them that are no articles by the words of their address."""
        rows = [(capture, extraction, _words(capture, extraction)) for capture, extraction in readings]

        def work(connection: Connection) -> None:
            for capture, extraction, row in rows:
                _put(connection, capture, extraction, row=row)

        self._database.write(work, durable=False)

    def remove(self, record_id: str) -> None:
        """Take a capture out of the index."""
        self._database.write(lambda c: _remove(c, record_id), durable=False)

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

        Of several captures of a URL that say the same only the newest is given. Without words it is all that is wanted,
        if anything is narrowed. The number of results and the ``facets`` are counted only where they are asked for.
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
        missing = self._database.read(lambda c: _missing(c, limit=limit))
        if missing:
            self.add_readings(missing)
        gone = 0
        if len(missing) < limit:
            gone = self._database.write(lambda c: _drop_stale(c, limit=limit - len(missing)), durable=False)
        return gone + len(missing)


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
    d = search_documents.c
    wanted = select(captures.c.id).where(captures.c.record_id == capture.record_id)
    capture_id: int | None = connection.execute(wanted).scalar()
    if capture_id is None:
        return  # removed since: there is nothing to find
    connection.execute(delete(search_documents).where(d.capture_id == capture_id))
    article = extraction.article
    said = f"{article.title or ''}\0{article.text}" if article else f"\0{extraction.verdict.value}"
    content = hashlib.sha256(said.encode("utf-8", "replace")).digest()
    at = micros(capture.at)
    before = connection.execute(
        select(d.captured_at, d.capture_id)
        .where(d.surt == capture.surt, d.content_sha256 == content)
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
        "content_sha256": content,
        "newest": newest,
    }
    connection.execute(insert(search_documents), tidy(document))
    connection.execute(_INSERT_TEXT, {"id": capture_id, **tidy(row)})


_INSERT_TEXT = text(
    "INSERT INTO search_text (rowid, title, body, exact, author, section, address, facts) "
    "VALUES (:id, :title, :body, :exact, :author, :section, :address, :facts)"
)


def _remove(connection: Connection, record_id: str) -> None:
    wanted = select(captures.c.id).where(captures.c.record_id == record_id).scalar_subquery()
    connection.execute(delete(search_documents).where(search_documents.c.capture_id == wanted))


def _drop_stale(connection: Connection, *, limit: int) -> int:
    """Entries of captures of which nothing was read any more."""
    statement = (
        select(search_documents.c.capture_id)
        .outerjoin(articles, and_(articles.c.capture_id == search_documents.c.capture_id, articles.c.latest.is_(True)))
        .where(articles.c.capture_id.is_(None))
        .limit(limit)
    )
    stale = list(connection.execute(statement).scalars())
    connection.execute(delete(search_documents).where(search_documents.c.capture_id.in_(stale)))
    return len(stale)


def _missing(connection: Connection, *, limit: int) -> list[tuple[Capture, Extraction]]:
    """Latest readings that are not in the index, or there as another extractor version read them."""
    d = search_documents.c
    differs = or_(d.extractor != articles.c.extractor, d.verdict != articles.c.verdict)
    statement = (
        select_readings()
        .outerjoin(search_documents, d.capture_id == articles.c.capture_id)
        .where(articles.c.latest.is_(True), or_(d.capture_id.is_(None), differs))
        .order_by(articles.c.capture_id)
        .limit(limit)
    )
    return readings_of(connection, statement)
