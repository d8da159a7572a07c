"""Articles: what each extractor version read from each capture; also where it read none, and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    delete,
    exists,
    literal,
    select,
    tuple_,
    update,
)

from archiver.catalog.capture_row import CAPTURE, select_captures
from archiver.catalog.captures import set_verdict
from archiver.catalog.files import is_in_file
from archiver.catalog.filters import EVERY_ARTICLE, ArticleFilter
from archiver.catalog.repository import Repository, reads, writes, writes_lightly
from archiver.catalog.schema import articles, captures
from archiver.catalog.sql import Row, equal, optional_micros, to_json, upsert, within
from archiver.errors import CatalogError, UsageError
from archiver.model.article import Extraction, Extractor
from archiver.model.capture import Capture, Verdict
from archiver.model.instant import micros

a = articles.c
_PAGES = (50, 500)
"""Rows of the first page and of the largest: readings are long."""

Reading = tuple[Capture, Extraction]


class Articles(Repository):
    """The table of extractions. One row for each capture and extractor version; the newest of a capture is its latest."""

    def put(self, record_id: str, extraction: Extraction, *, at: datetime) -> None:
        """Keep what was read from a capture at a time, in place of what the same extractor version read before.

        What was read last becomes the capture's latest and gives the capture its verdict. Raises ``CatalogError`` when
        the capture is not known.
        """
        self.put_many([(record_id, extraction)], at=at)

    @writes_lightly
    def put_many(self, connection: Connection, readings: Sequence[tuple[str, Extraction]], *, at: datetime) -> None:
        """``put`` for several captures in one transaction."""
        for record_id, extraction in readings:
            if not _put(connection, record_id, extraction, at=micros(at)):
                raise CatalogError(
                    self._database.name, f"no capture {record_id!r} is known; what was read of it cannot be kept"
                )

    @writes
    def remove(self, connection: Connection, record_ids: Sequence[str]) -> int:
        """Forget what was read of these captures; how many readings that were. The captures stay."""
        mine = select(captures.c.id).where(captures.c.record_id.in_(record_ids))
        return connection.execute(delete(articles).where(a.capture_id.in_(mine))).rowcount

    @writes
    def drop_orphans(self, connection: Connection) -> int:
        """**For repair only**: remove readings of captures that have no row; how many there were."""
        known = exists().where(captures.c.id == a.capture_id)
        return connection.execute(delete(articles).where(~known)).rowcount

    @reads
    def get(self, connection: Connection, record_id: str, extractor: Extractor | None = None) -> Extraction | None:
        """What the newest extraction read (or that of one extractor version)."""
        this_one = a.latest.is_(True) if extractor is None else a.extractor == str(extractor)
        statement = select(a.body).join(captures, a.capture_id == captures.c.id)
        body = connection.execute(statement.where(captures.c.record_id == record_id, this_one)).scalar()
        return extraction_of(body) if body else None

    @reads
    def titles(self, connection: Connection, record_ids: Sequence[str]) -> dict[str, tuple[str | None, str | None]]:
        """Title and language of the latest readings of these captures, where there are any."""
        statement = (
            select(captures.c.record_id, a.title, a.language)
            .join(articles, a.capture_id == captures.c.id)
            .where(captures.c.record_id.in_(record_ids), a.latest.is_(True))
        )
        return {record_id: (title, language) for record_id, title, language in connection.execute(statement)}

    def find(
        self,
        wanted: ArticleFilter = EVERY_ARTICLE,
        *,
        limit: int | None = None,
        after: str | None = None,
        newest_only: bool = False,
    ) -> Iterator[Reading]:
        """Articles, newest first, by when they were published (or, where no page says, captured).

        Each capture has its latest reading; with ``newest_only`` each URL has only its newest capture that is an article.
        ``after`` is an ``article_cursor`` and goes on behind that article. Raises ``UsageError`` for what only the search
        index knows: section, author, and what was the newest at an instant.
        """
        if wanted.section or wanted.author or wanted.as_of:
            raise UsageError("by section, author or the state at an instant articles are found in the search index")
        return self._pages(
            select_readings().where(*_conditions(wanted), *([_is_newest()] if newest_only else [])),
            (a.dated_at, a.capture_id),
            readings_of,
            lambda reading: _place(_dated_at(*reading), reading[0].record_id),
            after=None if after is None else _place_of(after),
            limit=limit,
            descending=True,
            sizes=_PAGES,
        )

    def of_file(self, file: str, extractor: Extractor) -> Iterator[Reading]:
        """What one extractor version read from the captures of one WARC, verdicts and failures too, by offset."""
        statement = select_readings().where(is_in_file(captures.c.file_id, file), a.extractor == str(extractor))
        return self._pages(
            statement, (captures.c.offset,), readings_of, lambda reading: (reading[0].record.offset,), sizes=_PAGES
        )

    @reads
    def of_url(self, connection: Connection, surt: str) -> list[Reading]:
        """The latest readings of a URL's captures that are articles, oldest first."""
        statement = select_readings().where(a.surt == surt, a.latest.is_(True), a.verdict == Verdict.ARTICLE.value)
        return readings_of(connection, statement.order_by(a.captured_at, captures.c.record_id))


def article_cursor(capture: Capture, extraction: Extraction) -> str:
    """The place behind an article, for ``Articles.find(after=…)``."""
    return f"{_dated_at(capture, extraction)} {capture.record_id}"


def select_readings() -> Select[Any]:
    """Captures with what was read of them."""
    return select_captures().add_columns(a.body).join(articles, a.capture_id == captures.c.id)


def readings_of(connection: Connection, statement: Select[Any]) -> list[Reading]:
    """The readings of a ``select_readings`` statement."""
    return [reading_of(row) for row in connection.execute(statement).mappings()]


def reading_of(row: Row) -> Reading:
    """The reading of a row of it."""
    return CAPTURE.read(row), extraction_of(row["body"])


def extraction_of(body: str) -> Extraction:
    """What a row keeps of a reading, read back."""
    return Extraction.from_json(json.loads(body))


def _place_of(text: str) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    at, _, record_id = text.partition(" ")
    if not at.lstrip("-").isdecimal():
        raise UsageError(f"not a place in a list of articles: {text[:100]!r}")
    return _place(int(at), record_id)


def _place(dated_at: int, record_id: str) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return literal(dated_at), select(captures.c.id).where(captures.c.record_id == record_id).scalar_subquery()


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
    upsert(connection, articles, [_row(capture, extraction, at=at)])
    latest = _newest(connection, capture["id"], extractor=str(extraction.extractor))
    of_capture = update(articles).where(a.capture_id == capture["id"])
    is_latest = a.extractor == latest["extractor"]
    connection.execute(of_capture.where(a.latest.is_(True), ~is_latest).values(latest=False))
    connection.execute(of_capture.where(is_latest).values(latest=True))
    set_verdict(connection, record_id, Verdict(latest["verdict"]))
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
        select(a.extractor, a.verdict)
        .where(a.capture_id == capture_id)
        .order_by(a.extracted_at.desc(), (a.extractor == extractor).desc())
        .limit(1)
    )
    return connection.execute(statement).mappings().one()


def _conditions(wanted: ArticleFilter) -> list[ColumnElement[bool]]:
    return [
        a.latest.is_(True),
        *equal((a.verdict, wanted.verdict), (a.site, wanted.site), (a.language, wanted.language)),
        *within(a.captured_at, wanted.since, wanted.until),
        *within(a.dated_at, wanted.published_since, wanted.published_until),
    ]


def _is_newest() -> ColumnElement[bool]:
    newer = articles.alias("newer")
    place = tuple_(newer.c.captured_at, newer.c.capture_id)
    return ~exists().where(
        newer.c.surt == a.surt,
        newer.c.latest.is_(True),
        newer.c.verdict == Verdict.ARTICLE.value,
        place > tuple_(a.captured_at, a.capture_id),
    )
