"""What sources listed, read again from their captures: for a catalogue that is made anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from archiver.catalog import Catalog, FrontierEntry, Listing
from archiver.config.sites import read_site
from archiver.discover import site_for_url
from archiver.errors import ArchiverError, DamageFound, StorageError
from archiver.frontier.source_list import SourceList
from archiver.journal.objects import SITE
from archiver.model.capture import Capture, Kind
from archiver.model.keys import is_imported
from archiver.model.site import Site
from archiver.model.surt import surt
from archiver.records.reader import RecordReader
from archiver.records.revisits import resolve_revisit
from archiver.warc import ReadRecord, read_record

MAX_SOURCE = 60_000_000
"""Bytes of one source that are read, as when it was fetched."""
PRIORITY = 100
"""As what sitemaps list."""
BATCH = 500


class SourceLists:
    """Puts listings back. ``sites`` are the known ones, for captures whose run names no site file."""

    def __init__(self, catalog: Catalog, reader: RecordReader, *, sites: Mapping[str, Site]) -> None:
        self._catalog = catalog
        self._reader = reader
        self._sites = sites
        self._by_digest: dict[str, Site] | None = None
        self._of_run: dict[tuple[str, str | None], SourceList] = {}
        self.count = 0

    def read(self, captures: Iterable[Capture], *, here: Path | None = None) -> None:
        """Add what the sources among these captures listed; ``here`` is their WARC as a local file.

        A source that can't be read lists nothing: its damage is named by who reads the file.
        """
        for capture in captures:
            if capture.kind is not Kind.SOURCE or not 200 <= (capture.status or 0) < 300:
                continue
            original = self._original(capture)
            if original is None:
                continue
            try:
                record = self._record(original, here if original is capture else None)
            except (StorageError, DamageFound):
                continue
            self._add(capture, record)

    def make_due(self, *, now: datetime) -> int:
        """Put what was listed, is in scope and was never captured into the frontier, due now; how many were new there."""
        new = 0
        for site in self._catalog.listings.sites():
            batch: list[Listing] = []
            for one in self._catalog.listings.find(site):
                if one.state is None and one.listing.in_scope:
                    batch.append(one.listing)
                if len(batch) == BATCH:
                    new += self._add_due(batch, now=now)
                    batch = []
            new += self._add_due(batch, now=now)
        return new

    def _add_due(self, batch: list[Listing], *, now: datetime) -> int:
        held = {answer.surt for answer in self._catalog.mementos.summaries([surt(row.url) for row in batch])}
        return self._catalog.frontier.add([_entry(row, now=now) for row in batch if surt(row.url) not in held])

    def _original(self, capture: Capture) -> Capture | None:
        """The capture that has the bytes; None where they say nothing that this URL has not said before."""
        original = resolve_revisit(self._catalog, capture)
        return None if original is not capture and original is not None and original.url == capture.url else original

    def _record(self, capture: Capture, here: Path | None) -> ReadRecord:
        if here is None:
            return self._reader.read(capture.record)
        ref = capture.record
        with here.open("rb") as stream:
            stream.seek(ref.offset)
            return read_record(
                stream.read(ref.length), file=ref.file, file_offset=ref.offset, strict=not is_imported(ref.file)
            )

    def _add(self, capture: Capture, record: ReadRecord) -> None:
        message = record.http
        if message is None:
            return
        body = message.decoded(limit=MAX_SOURCE).data
        lists = self._list_of(capture)
        rows = lists.of_capture(capture, body, content_type=message.head.get("content-type"))
        self._catalog.listings.add(rows)
        self.count += len(rows)

    def _list_of(self, capture: Capture) -> SourceList:
        key = capture.site, capture.run
        if key not in self._of_run:
            self._of_run[key] = SourceList(self._site_of(capture))
        return self._of_run[key]

    def _site_of(self, capture: Capture) -> Site:
        """The site as its file was when the run went, else as it is now, else the one that its host makes."""
        run = self._catalog.runs.get(capture.run) if capture.run else None
        site = self._site_files().get(run.site_digest) if run is not None else None
        return site or self._sites.get(capture.site) or site_for_url(f"https://{capture.site}/")

    def _site_files(self) -> dict[str, Site]:
        if self._by_digest is None:
            self._by_digest = {}
            for entry in self._catalog.journal.find(SITE):
                try:
                    site = read_site(str(entry.body.get("toml")).encode(), "journal")
                except ArchiverError:
                    continue  # of another release; the site as it is known now stands in
                self._by_digest[str(entry.body.get("digest"))] = site
        return self._by_digest


def _entry(listing: Listing, *, now: datetime) -> FrontierEntry:
    return FrontierEntry(
        site=listing.site,
        key=listing.key,
        url=listing.url,
        kind=Kind.PAGE,
        via=listing.source,
        hop="M",
        depth=0,
        priority=PRIORITY,
        due_at=now,
        found_at=listing.first_at,
        published_at=listing.published_at,
    )
