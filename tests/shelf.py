"""A small archive on disk for tests: real WARC records in a real spool, their rows in a real catalogue."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from urllib.parse import urljoin

from archiver import warc
from archiver.catalog import Catalog
from archiver.config import Config
from archiver.model.capture import Capture, Kind
from archiver.model.keys import warc_key, warc_name
from archiver.model.record import RecordRef, RecordType, Truncated
from archiver.model.surt import surt
from archiver.model.url import clean_url
from archiver.records.reader import RecordReader
from archiver.records.spool import open_path
from archiver.search import SearchIndex
from archiver.store import Store, open_store

DAY = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


class Noon:
    """A clock that stands still."""

    def now(self) -> datetime:
        return datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Shelf:
    """An archive under ``home``; ``keep`` and ``keep_revisit`` put captures on it."""

    def __init__(self, home: Path, *, config: Config | None = None, site: str = "courier") -> None:
        self.config = config or Config(home=home)
        self.site = site
        self.catalog = Catalog.open(f"sqlite:///{home / 'catalog.sqlite3'}", clock=Noon())
        self.key = warc_key(warc_name(site, DAY, serial=0, host="test"))
        self.path = open_path(self.config.spool_dir, self.key)
        self.path.parent.mkdir(parents=True, exist_ok=True)

    @cached_property
    def store(self) -> Store:
        return open_store(self.config)

    @cached_property
    def reader(self) -> RecordReader:
        return RecordReader(self.config.spool_dir, self.store)

    @cached_property
    def index(self) -> SearchIndex:
        return SearchIndex(self.catalog)

    def keep(
        self,
        url: str,
        body: bytes = b"",
        *,
        at: datetime = DAY,
        status: str = "200 OK",
        headers: bytes = b"Content-Type: text/html; charset=utf-8\r\n",
        kind: Kind = Kind.PAGE,
        truncated: Truncated | None = None,
    ) -> Capture:
        """A response, written and catalogued."""
        head = b"HTTP/1.1 " + status.encode() + b"\r\n" + headers + b"\r\n"
        block = warc.RecordBlock.of(body, head=head)
        record = warc.response(self._event(url, at), block, truncated=truncated)
        facts = warc.parse_head(head)
        location = facts.get("location")
        redirect = (
            clean_url(urljoin(url, location)) if location and facts.status and 300 <= facts.status < 400 else None
        )
        return self._shelve(
            record,
            url,
            status=facts.status,
            mime=facts.mime(),
            digest=block.payload_digest,
            payload_length=len(body),
            kind=Kind.REDIRECT if redirect else kind,
            redirect=redirect,
            truncated=truncated,
        )

    def keep_revisit(
        self,
        of: Capture,
        *,
        at: datetime,
        head: bytes,
        not_modified: bool = False,
        by: str = "id",
        url: str | None = None,
    ) -> Capture:
        """A revisit of ``of``; ``by`` says what its row names the original with: ``id``, ``date`` or ``nothing``."""
        record = warc.revisit(
            self._event(url or of.url, at),
            head,
            refers_to=of.record_id,
            refers_to_url=of.url,
            refers_to_at=of.at,
            payload_digest=of.digest,
            not_modified=not_modified,
        )
        return self._shelve(
            record,
            url or of.url,
            status=warc.parse_head(head).status,
            mime=of.mime,
            digest=of.digest,
            refers_to=of.record_id if by == "id" else None,
            refers_to_url=of.url if by == "date" else None,
            refers_to_at=of.at if by == "date" else None,
        )

    def keep_resource(self, url: str, body: bytes, *, at: datetime, content_type: str) -> Capture:
        """A resource record: bytes without an HTTP head."""
        block = warc.RecordBlock.of(body)
        record = warc.resource(self._event(url, at), block, content_type=content_type)
        return self._shelve(record, url, status=None, mime=content_type, digest=block.payload_digest)

    def move_to_store(self) -> None:
        """What lies in the spool goes to the store."""
        data = self.path.read_bytes()
        self.store.put(self.key, data, sha256=hashlib.sha256(data).hexdigest(), metadata={})
        self.path.unlink()

    def close(self) -> None:
        self.catalog.close()

    def _event(self, url: str, at: datetime) -> warc.CaptureEvent:
        return warc.CaptureEvent(clean_url(url), at, warc.new_record_id())

    def _shelve(self, record: warc.Record, url: str, **facts: object) -> Capture:
        with self.path.open("ab") as file:
            offset, length = warc.WarcWriter(file).write(record, level=6)
        url = clean_url(url)
        values: dict[str, object] = {"kind": Kind.PAGE, **facts}
        capture = Capture(
            url=url,
            surt=surt(url),
            at=record.at,
            record_type=RecordType(record.type),
            site=self.site,
            run=None,
            record_id=record.id,
            record=RecordRef(self.key, offset, length),
            **values,  # type: ignore[arg-type]
        )
        self.catalog.captures.add([capture])
        return capture


def later(**span: float) -> datetime:
    """An instant after ``DAY``."""
    return DAY + timedelta(**span)


__all__ = ["DAY", "Noon", "Shelf", "later"]
