"""Articles: what each extractor version read from each capture; also where it read none, and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, delete, exists, or_, select, tuple_, update

from archiver.catalog.capture_row import capture_of, select_captures
from archiver.catalog.captures import set_verdict
from archiver.catalog.database import Database
from archiver.catalog.files import id_of_file
from archiver.catalog.schema import articles, captures
from archiver.catalog.sql import optional_micros, to_json, upsert
from archiver.errors import CatalogError, UsageError
from archiver.model.article import Extraction, Extractor
from archiver.model.capture import Capture, Verdict
from archiver.model.instant import micros

FIRST_PAGE = 50
LAST_PAGE = 500

Reading = tuple[Capture, Extraction]


class Articles:
    """The table of extractions. One row for each capture and extractor version; the newest of a capture is its latest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, record_id: str, extraction: Extraction, *, at: datetime) -> None:
        """Keep what was read from a capture at a time, in place of what the same extractor version read before.

        What was read last becomes the capture's latest and gives the capture its verdict. Raises ``CatalogError`` when
        the capture is not known.
        """
        self.put_many([(record_id, extraction)], at=at)

    def put_many(self, readings: list[tuple[str, Extraction]], *, at: datetime) -> None:
        """``put`` for several captures in one transaction."""

        def work(connection: Connection) -> None:
            for record_id, extraction in readings:
                if not _put(connection, record_id, extraction, at=micros(at)):
                    raise CatalogError(self._database.name, f"no capture {record_id!r} is known to hang an article on")

        self._database.write(work, durable=False)

    def drop_orphans(self) -> int:
        """**For repair only**: remove readings of captures that have no row; how many there were."""
        return self._database.write(_drop_orphans)

    def get(self, record_id: str, extractor: Extractor | None = None) -> Extraction | None:
        """What the newest extraction read (or that of one extractor version)."""
        return self._database.read(lambda c: _get(c, record_id, extractor))

    def titles(self, record_ids: Sequence[str]) -> dict[str, tuple[str | None, str | None]]:
        """Title and language of the latest readings of these captures, where there are any."""
        return self._database.read(lambda c: _titles(c, record_ids))

    def find(
        self,
        *,
        site: str | None = None,
        language: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
        after: str | None = None,
        newest_only: bool = False,
    ) -> Iterator[Reading]:
        """Articles, newest first, by when they were published (or, where no page says, captured).

        ``since`` and ``until`` are inclusive. Each capture has its latest reading; with ``newest_only`` each URL has
        only its newest capture that is an article. ``after`` is an ``article_cursor`` and goes on behind that article.
        """
        statement = _articles(site=site, language=language, since=since, until=until, newest_only=newest_only)
        size, left, place = FIRST_PAGE, limit, after
        while left is None or left > 0:
            count = size if left is None else min(size, left)
            page = self._database.read(lambda c, n=count, p=place: _page(c, statement, size=n, after=p))  # type: ignore[misc]
            yield from page
            if len(page) < count:
                return
            left = None if left is None else left - count
            place = article_cursor(*page[-1])
            size = min(size * 2, LAST_PAGE)

    def of_file(self, file: str, extractor: Extractor) -> Iterator[Reading]:
        """What one extractor version read from the captures of one WARC, verdicts and failures too, by offset."""
        offset = -1
        while True:
            page = self._database.read(lambda c, o=offset: _of_file(c, file, extractor, after=o))  # type: ignore[misc]
            yield from page
            if len(page) < LAST_PAGE:
                return
            offset = page[-1][0].record.offset

    def of_url(self, surt: str) -> list[Reading]:
        """The latest readings of a URL's captures that are articles, oldest first."""
        return self._database.read(lambda c: _of_url(c, surt))


def _titles(connection: Connection, record_ids: Sequence[str]) -> dict[str, tuple[str | None, str | None]]:
    statement = (
        select(captures.c.record_id, articles.c.title, articles.c.language)
        .join(articles, articles.c.capture_id == captures.c.id)
        .where(captures.c.record_id.in_(record_ids), articles.c.latest.is_(True))
    )
    return {record_id: (title, language) for record_id, title, language in connection.execute(statement)}


def article_cursor(capture: Capture, extraction: Extraction) -> str:
    """The place behind an article, for ``find(after=…)``."""
    return f"{_dated_at(capture, extraction)} {capture.record_id}"


def _drop_orphans(connection: Connection) -> int:
    known = exists().where(captures.c.id == articles.c.capture_id)
    return connection.execute(delete(articles).where(~known)).rowcount


def _published_at(extraction: Extraction) -> int | None:
    return optional_micros(extraction.article.published_at) if extraction.article else None


def _dated_at(capture: Capture, extraction: Extraction) -> int:
    published = _published_at(extraction)
    return micros(capture.at) if published is None else published


def _put(connection: Connection, record_id: str, extraction: Extraction, *, at: int) -> bool:
    wanted = select(captures.c.id, captures.c.surt, captures.c.at, captures.c.site)
    capture = connection.execute(wanted.where(captures.c.record_id == record_id)).mappings().first()
    if capture is None:
        return False
    upsert(connection, articles, row=_row(capture, extraction, at=at))
    latest = _newest(connection, capture["id"], extractor=str(extraction.extractor))
    of_capture = articles.c.capture_id == capture["id"]
    connection.execute(
        update(articles).where(of_capture, articles.c.latest.is_(True), articles.c.extractor != latest["extractor"]),
        {"latest": False},
    )
    connection.execute(
        update(articles).where(of_capture, articles.c.extractor == latest["extractor"]), {"latest": True}
    )
    set_verdict(connection, record_id, verdict=Verdict(latest["verdict"]))
    return True


def _row(capture: RowMapping, extraction: Extraction, *, at: int) -> dict[str, Any]:
    article = extraction.article
    published = _published_at(extraction)
    return {
        "capture_id": capture["id"],
        "extractor": str(extraction.extractor),
        "latest": False,
        "extracted_at": at,
        "verdict": extraction.verdict.value,
        "reason": extraction.reason,
        "title": article.title if article else None,
        "language": article.language if article else None,
        "site": capture["site"],
        "surt": capture["surt"],
        "captured_at": capture["at"],
        "published_at": published,
        "dated_at": capture["at"] if published is None else published,
        "word_count": article.word_count if article else 0,
        "text_sha256": hashlib.sha256(article.text.encode("utf-8", "replace")).digest() if article else None,
        "body": to_json(extraction.as_json()),
    }


def _newest(connection: Connection, capture_id: int, *, extractor: str) -> RowMapping:
    """The reading made last; of two at one time the one just written."""
    statement = (
        select(articles.c.extractor, articles.c.verdict)
        .where(articles.c.capture_id == capture_id)
        .order_by(articles.c.extracted_at.desc(), (articles.c.extractor == extractor).desc())
        .limit(1)
    )
    return connection.execute(statement).mappings().one()


def _get(connection: Connection, record_id: str, extractor: Extractor | None) -> Extraction | None:
    statement = select(articles.c.body).join(captures, articles.c.capture_id == captures.c.id)
    statement = statement.where(captures.c.record_id == record_id)
    if extractor is None:
        statement = statement.where(articles.c.latest.is_(True))
    else:
        statement = statement.where(articles.c.extractor == str(extractor))
    body = connection.execute(statement).scalar()
    return Extraction.from_json(json.loads(body)) if body else None


def _select_readings() -> Select[Any]:
    return (
        select_captures()
        .add_columns(articles.c.body.label("article_body"))
        .join(articles, articles.c.capture_id == captures.c.id)
    )


def _readings(connection: Connection, statement: Select[Any]) -> list[Reading]:
    rows = connection.execute(statement).mappings()
    return [(capture_of(row), Extraction.from_json(json.loads(row["article_body"]))) for row in rows]


def _articles(
    *, site: str | None, language: str | None, since: datetime | None, until: datetime | None, newest_only: bool
) -> Select[Any]:
    a = articles.c
    statement = _select_readings().where(a.latest.is_(True), a.verdict == Verdict.ARTICLE.value)
    if site is not None:
        statement = statement.where(a.site == site)
    if language is not None:
        statement = statement.where(a.language == language)
    if since is not None:
        statement = statement.where(a.dated_at >= micros(since))
    if until is not None:
        statement = statement.where(a.dated_at <= micros(until))
    if newest_only:
        newer = articles.alias("newer")
        statement = statement.where(
            ~exists().where(
                newer.c.surt == a.surt,
                newer.c.latest.is_(True),
                newer.c.verdict == Verdict.ARTICLE.value,
                or_(
                    newer.c.captured_at > a.captured_at,
                    and_(newer.c.captured_at == a.captured_at, newer.c.capture_id > a.capture_id),
                ),
            )
        )
    return statement


def _page(connection: Connection, statement: Select[Any], *, size: int, after: str | None) -> list[Reading]:
    a = articles.c
    if after is not None:
        at, _, record_id = after.partition(" ")
        if not at.lstrip("-").isdecimal():
            raise UsageError(f"not a place in a list of articles: {after[:100]!r}")
        behind = select(captures.c.id).where(captures.c.record_id == record_id).scalar_subquery()
        statement = statement.where(tuple_(a.dated_at, a.capture_id) < tuple_(int(at), behind))
    return _readings(connection, statement.order_by(a.dated_at.desc(), a.capture_id.desc()).limit(size))


def _of_file(connection: Connection, file: str, extractor: Extractor, *, after: int) -> list[Reading]:
    statement = _select_readings().where(
        captures.c.file_id == id_of_file(connection, file),
        captures.c.offset > after,
        articles.c.extractor == str(extractor),
    )
    return _readings(connection, statement.order_by(captures.c.offset).limit(LAST_PAGE))


def _of_url(connection: Connection, surt: str) -> list[Reading]:
    a = articles.c
    statement = _select_readings().where(a.surt == surt, a.latest.is_(True), a.verdict == Verdict.ARTICLE.value)
    return _readings(connection, statement.order_by(a.captured_at, captures.c.record_id))
