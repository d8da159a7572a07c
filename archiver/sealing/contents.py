"""What is in a finished WARC file, from one reading: what is wrong with it, the capture rows that it implies, its index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from archiver.errors import NotHttpUrl
from archiver.model.capture import Capture, Kind, Verdict
from archiver.model.instant import cut
from archiver.model.keys import is_imported, is_site_name, name_of
from archiver.model.manifest import BadRange
from archiver.model.record import MEMENTO_TYPES, BlobKey, RecordRef, RecordType
from archiver.model.surt import surt
from archiver.model.url import clean_url, path_of
from archiver.warc import (
    CdxjEntry,
    ExaminedRecord,
    WarcReport,
    cdxj_entry,
    check_file,
    pack_lines,
    redirect_target,
    sort_lines,
)

_LEGAL = re.compile(r"[!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]+\Z")
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_SOURCES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml"})


@dataclass(frozen=True, slots=True)
class WarcContents:
    """What one reading of a WARC gave: the report, one capture for each memento as the first commit wrote it, the runs that
    wrote it, and the entries of its index."""

    report: WarcReport
    captures: tuple[Capture, ...]
    runs: tuple[str, ...]
    index: tuple[CdxjEntry, ...]

    @property
    def index_bytes(self) -> bytes:
        """The ``.cdxj.gz`` of the file."""
        return pack_lines(sort_lines(entry.line() for entry in self.index))


def read_contents(path: Path, key: BlobKey, *, known_bad: Sequence[BadRange] = (), sha256: str = "") -> WarcContents:
    """Read the WARC at ``path``, which has or will have this store key, once.

    Of a file that this archive wrote each response and revisit record is a capture: kind, via and hop stand in the metadata record of the
    same event, which follows it, site and run in the warcinfo before it. Of an imported file resources are captures
    too, kinds are guessed, and ``known_bad`` ranges are passed over. ``sha256`` (hex) is the file's, if it is known.
    Raises ``OSError``.
    """
    rows = _Rows(key)
    report = check_file(path, foreign=is_imported(key), known_bad=known_bad, sha256=sha256, on_record=rows.add)
    return WarcContents(report, rows.captures(), tuple(rows.runs), tuple(rows.index))


class _Rows:
    """Makes captures and index entries of records as they come."""

    def __init__(self, key: BlobKey) -> None:
        self._key = key
        self._foreign = is_imported(key)
        self._own_site = self._site = key.split("/")[1]
        self._run: str | None = None
        self._waiting: dict[str, Capture] = {}
        self._done: list[Capture] = []
        self.runs: dict[str, None] = {}
        self.index: list[CdxjEntry] = []

    def add(self, record: ExaminedRecord) -> None:
        """Take the next record; others' records without a URL are no captures. Raises ``RecordDamaged`` where one has no id or
        date; then it is as if it had not been there."""
        if record.type == RecordType.WARCINFO:
            self._warcinfo(dict(record.lines))
        elif record.type == RecordType.METADATA:
            self._metadata(record)
        elif record.type in MEMENTO_TYPES and (record.head.url or not self._foreign):
            entry = cdxj_entry(record, filename=name_of(self._key))
            if self._foreign or record.type != RecordType.RESOURCE:
                self._waiting[record.head.id] = self._capture(record)
            self.index.append(entry)

    def captures(self) -> tuple[Capture, ...]:
        """One for each memento, in the order in which the records of their events end."""
        found = (*self._done, *self._waiting.values())
        # Others give one id to several records; the catalogue has one row for each.
        return tuple({capture.record_id: capture for capture in found}.values()) if self._foreign else found

    def _warcinfo(self, facts: dict[str, str]) -> None:
        named = facts.get("archiver-site", self._site)
        self._site = named if is_site_name(named) else self._own_site
        self._run = facts.get("archiver-run")
        if self._run:
            self.runs[self._run] = None

    def _metadata(self, record: ExaminedRecord) -> None:
        facts = dict(record.lines)
        for target in record.concurrent_to:
            capture = self._waiting.pop(target, None)
            if capture is not None:
                kind = _kind_named(facts.get("kind")) or capture.kind
                self._done.append(_of_kind(capture, kind, via=facts.get("via"), hop=facts.get("hopsFromSeed", "")))

    def _capture(self, record: ExaminedRecord) -> Capture:
        head, http = record.head, record.http
        url = head.url or ""
        revisit = record.type == RecordType.REVISIT
        capture = Capture(
            url=url,
            surt=surt(url),
            at=cut(head.at),
            status=http.status if http else None,
            mime=http.mime() if http else None,
            digest=head.payload_digest,
            record_type=head.type,
            kind=Kind.PAGE,
            site=self._site,
            run=self._run,
            record_id=head.id,
            record=RecordRef(self._key, head.offset, head.length),
            truncated=head.truncated if not revisit else None,
            payload_sha256=None if revisit else record.body_sha256,
            payload_length=None if revisit else record.body_length,
            refers_to=head.refers_to,
            refers_to_url=head.refers_to_url,
            refers_to_at=head.refers_to_at,
            redirect=redirect_target(url, http),
            etag=http.get("etag") if http else None,
            last_modified=http.get("last-modified") if http else None,
        )
        return _foreign(capture, record) if self._foreign else capture


def _kind_named(name: str | None) -> Kind | None:
    return Kind(name) if name in set(Kind) else None


def _of_kind(capture: Capture, kind: Kind, *, via: str | None = None, hop: str = "") -> Capture:
    verdict = Verdict.REQUISITE if kind is Kind.REQUISITE else None
    return replace(capture, kind=kind, verdict=verdict, via=via, hop=hop)


def _foreign(capture: Capture, record: ExaminedRecord) -> Capture:
    """The capture of a record that another tool wrote: its URL made legal, and nothing but the record says what it was
    fetched as."""
    url = _legal(capture.url)
    mime = capture.mime
    if record.http is None and record.type != RecordType.REVISIT:
        mime = (record.head.get("Content-Type") or "").partition(";")[0].strip().lower() or None
    capture = replace(capture, url=url, surt=surt(url), mime=mime)
    return _of_kind(capture, _guessed_kind(capture))


def _legal(url: str) -> str:
    if _LEGAL.match(url):
        return url
    try:
        return clean_url(url)
    except NotHttpUrl:
        return quote(url, safe="!#$%&'()*+,-./:;=?@[]_~")


def _guessed_kind(capture: Capture) -> Kind:
    if capture.redirect is not None:
        return Kind.REDIRECT
    if capture.url.lower().startswith(("http://", "https://")) and path_of(capture.url) == "/robots.txt":
        return Kind.ROBOTS
    if capture.mime in _SOURCES:
        return Kind.SOURCE
    unknown_revisit = capture.record_type is RecordType.REVISIT and capture.mime is None
    if capture.record_type is not RecordType.RESOURCE and (capture.mime in _PAGES or unknown_revisit):
        return Kind.PAGE
    return Kind.REQUISITE
