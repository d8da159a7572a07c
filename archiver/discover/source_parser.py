"""A source's bytes into candidates."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from urllib.parse import urljoin

from archiver.discover.source_reading import (
    MAX_ENTRIES,
    Entries,
    Entry,
    SourceFormat,
    SourceProblem,
    SourceProblemKind,
    SourceReading,
)
from archiver.discover.text_source import read_text
from archiver.discover.xml_source import read_xml
from archiver.errors import NotHttpUrl
from archiver.html.encoding import as_reader
from archiver.model.capture import Candidate, Kind
from archiver.model.url import clean_url

MAX_BYTES = 64_000_000
"""Bytes of a source after decompression; a sitemap may have 50 MB."""
MAX_RATIO = 100
"""How many times its packed size a source may have; ``FLOOR`` bytes it may always have."""
FLOOR = 1_000_000

_GZIP = b"\x1f\x8b"
MAX_PROBLEMS = 100
_AHEAD = timedelta(days=2)
_CURRENT = timedelta(minutes=10)
_FEWEST = 5
"""Entries from which times of change can be seen to be those of the file."""
_HTML_START = re.compile(
    r"\s*(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)


def parse_source(
    body: bytes,
    *,
    url: str,
    content_type: str | None = None,
    found_at: datetime,
    zone: tzinfo = UTC,
    most: int = MAX_BYTES,
    ratio: int = MAX_RATIO,
) -> SourceReading:
    """What a feed, sitemap, index, list or robots.txt names. Never raises, whatever the bytes.

    ``body`` is without content coding, but may be a gzip file. ``zone`` is meant by dates that name none. An error page
    is a reading of the format ``html`` with a problem, never an empty sitemap. No more than ``most`` bytes are read, and of a
    gzip file no more than ``ratio`` times its size.
    """
    data, fault = gunzip(body, most=most, ratio=ratio)
    text = as_reader(data, content_type=content_type).text.lstrip("\ufeff \t\r\n\x00")
    problems = []
    if fault == "damaged":
        problems.append(SourceProblem(SourceProblemKind.DAMAGED, "the gzip stream is cut off or damaged"))
    elif fault:
        problems.append(SourceProblem(SourceProblemKind.TOO_LARGE, f"only the first {len(data)} bytes are read"))
    entries = _entries(text, zone=zone)
    if entries.format is SourceFormat.UNKNOWN and "html" in (content_type or "").lower():
        entries.format = SourceFormat.HTML
    if entries.format in {SourceFormat.HTML, SourceFormat.UNKNOWN, SourceFormat.EMPTY}:
        start = " ".join(text[:80].split())
        problems.append(
            SourceProblem(SourceProblemKind.NOT_A_SOURCE, f"{entries.format}, no feed or sitemap: {start!r}")
        )
    problems += entries.problems
    if entries.more:
        problems.append(SourceProblem(SourceProblemKind.TOO_MANY, f"only the first {MAX_ENTRIES} entries are read"))
    candidates: list[Candidate] = []
    children: list[Candidate] = []
    for number, entry in enumerate(entries.found, 1):
        try:
            candidate = _candidate(entry, url=url, found_at=found_at)
        except (NotHttpUrl, ValueError) as error:
            if len(problems) < MAX_PROBLEMS:
                kind = SourceProblemKind.BAD_URL if entry.url else SourceProblemKind.NO_LINK
                problems.append(SourceProblem(kind, str(error)[:200], number))
            continue
        (children if entry.is_source else candidates).append(candidate)
    return SourceReading(
        entries.format,
        _with_true_changes(candidates, found_at),
        _with_true_changes(children, found_at),
        tuple(problems),
        entries=len(entries.found),
    )


def _with_true_changes(candidates: Sequence[Candidate], found_at: datetime) -> tuple[Candidate, ...]:
    """The candidates, without times of change where nearly all bear the same one, or the present: that of the file, not of the pages."""
    changed = [each.modified_at for each in candidates if each.modified_at is not None]
    if len(changed) < _FEWEST:
        return tuple(candidates)
    commonest = Counter(changed).most_common(1)[0][1]
    current = sum(1 for at in changed if at > found_at - _CURRENT)
    if max(commonest, current) < 0.8 * len(changed):
        return tuple(candidates)
    return tuple(replace(each, modified_at=None) for each in candidates)


def _entries(text: str, *, zone: tzinfo) -> Entries:
    if not text:
        return Entries(SourceFormat.EMPTY)
    if _HTML_START.match(text[:20_000]):
        return Entries(SourceFormat.HTML)
    if text.startswith("<"):
        return read_xml(text, zone=zone)
    entries = read_text(text, zone=zone)
    # A warning of a broken server, say, before the document: what follows may still be one.
    start = re.search(r"<\?xml\b|<(?:rss|feed|urlset|sitemapindex)\b|<rdf:RDF\b", text[:4096])
    return read_xml(text[start.start() :], zone=zone) if entries.format is SourceFormat.UNKNOWN and start else entries


def _candidate(entry: Entry, *, url: str, found_at: datetime) -> Candidate:
    """The entry as a candidate. Raises ``NotHttpUrl`` or ``ValueError``."""
    if not entry.url:
        raise ValueError("an entry without a link")
    # Line ends and tabs inside an address come from pretty-printing.
    address = re.sub(r"[\t\r\n]", "", entry.url)
    # A date that has not come is a mistake of the source, and would put off the first visit.
    published_at = entry.published_at if entry.published_at and entry.published_at <= found_at + _AHEAD else None
    return Candidate(
        clean_url(urljoin(entry.base or url, address)),
        found_at,
        via=url,
        hop="M",
        kind=Kind.SOURCE if entry.is_source else Kind.PAGE,
        title=entry.title,
        language=entry.language,
        published_at=published_at,
        modified_at=entry.modified_at,
    )


def gunzip(data: bytes, *, most: int = MAX_BYTES, ratio: int = MAX_RATIO) -> tuple[bytes, str | None]:
    """The bytes inside gzip members, at most ``most`` and ``ratio`` times the packed ones; and what was wrong: ``damaged``,
    ``too-large`` or None.

    Bytes that are not gzip come back as they are, cut to ``most``.
    """
    if not data.startswith(_GZIP):
        return data[:most], "too-large" if len(data) > most else None
    out: list[bytes] = []
    left = min(most, max(FLOOR, ratio * len(data)))
    while data.startswith(_GZIP):
        member = zlib.decompressobj(wbits=31)
        try:
            part = member.decompress(data, left + 1)
        except zlib.error:
            return b"".join(out), "damaged"
        out.append(part[:left])
        left -= len(part)
        if left < 0:
            return b"".join(out), "too-large"
        if not member.eof:
            return b"".join(out), "damaged"
        data = member.unused_data
    return b"".join(out), None
