"""The answer to a CDX query, piece by piece: whatever is asked for, little stands in memory."""

from __future__ import annotations

import base64
import binascii
import heapq
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice

from archiver.catalog import CaptureFilter, Catalog, cursor
from archiver.catalog.captures import place_of
from archiver.errors import UsageError
from archiver.model.capture import Capture
from archiver.model.instant import distance
from archiver.replay.cdx.ia import NAMES
from archiver.replay.cdx.query import BLOCK, CdxQuery, Output, Sort
from archiver.replay.cdx.rows import resolved, values_of
from archiver.replay.pieces import in_pieces

MAX_SCANNED = 1_000_000
"""Captures that one answer looks at; who wants more goes on with the resume key, by pages, or with ``from``."""
MAX_LAST = 20_000
"""Rows of a negative ``limit``, which must be turned round in memory."""
LOOK_AHEAD = 5_000
"""Captures behind the last row of a limit that are looked at for whether there is another."""
_KEY = "resume~"
_TEXT, _JSON = "text/plain; charset=utf-8", "application/json"
_TYPES = {
    Output.TEXT: _TEXT,
    Output.PLAIN: _TEXT,
    Output.CDXJ: "text/x-cdxj",
    Output.JSON: _JSON,
    Output.NDJSON: "text/x-ndjson",
}


@dataclass(frozen=True, slots=True)
class CdxAnswer:
    """The body of the answer in pieces, and its media type."""

    media_type: str
    body: Iterator[str]


@dataclass(slots=True)
class _Scan:
    """How far the captures were read: the last one that was looked at and the one before, and whether there are more."""

    last: Capture | None = None
    before: Capture | None = None
    count: int = 0
    stop: int = MAX_SCANNED
    more: bool = False
    block: int = BLOCK


def answer(catalog: Catalog, query: CdxQuery, *, max_scanned: int = MAX_SCANNED, block: int = BLOCK) -> CdxAnswer:
    """Answer ``query``. What can't be answered raises ``UsageError`` here, before a byte is sent.

    The answer ends after ``max_scanned`` captures, told or not; ``block`` captures make one of which pages are counted.
    """
    if query.count_pages:
        return _pages(catalog, query, block)
    if query.page:
        _refuse_page_behind_the_last(catalog, query, block)
    scan = _Scan(stop=max_scanned, block=block)
    rows = _rows(catalog, query, scan)
    if query.limit is not None and query.limit < 0:
        rows = reversed(list(rows))
    return CdxAnswer(_TYPES[query.output], in_pieces(_lines(rows, query, scan)))


def _pages(catalog: Catalog, query: CdxQuery, block: int) -> CdxAnswer:
    count = catalog.captures.count(_filter(query))
    blocks = -(-count // block)
    pages = -(-blocks // query.page_blocks)
    if query.count_as_object:
        told = json.dumps({"pages": pages, "pageSize": query.page_blocks, "blocks": blocks})
        return CdxAnswer(_JSON, iter((told + "\n",)))
    return CdxAnswer(_JSON if query.output is Output.JSON else _TEXT, iter((f"{pages}\n",)))


def _refuse_page_behind_the_last(catalog: Catalog, query: CdxQuery, block: int) -> None:
    """As the Internet Archive and pywb do: there are clients that ask for pages until they are refused one."""
    count = catalog.captures.count(_filter(query))
    last = max(0, -(-count // (block * query.page_blocks)) - 1)
    if (query.page or 0) > last:
        raise UsageError(f"page: the last page is {last}, the first is 0")


def _rows(catalog: Catalog, query: CdxQuery, scan: _Scan) -> Iterator[dict[str, str]]:
    """The rows, each as all its fields, until the limit or the end. A negative limit gives the last ones, last first."""
    last_ones = query.limit is not None and query.limit < 0
    if last_ones and query.collapses:
        # Which of some rows that agree comes first is only seen from the front.
        limit = min(-(query.limit or 0), MAX_LAST)
        return reversed(deque(_wanted(catalog, query, _captures(catalog, query, scan), scan), maxlen=limit))
    rows = _wanted(catalog, query, _captures(catalog, query, scan, from_the_end=last_ones), scan)
    if query.offset:
        rows = islice(rows, query.offset, None)
    if query.limit is None:
        return rows
    if last_ones or not _resumable(query):
        return islice(rows, min(abs(query.limit), MAX_LAST) if last_ones else query.limit)
    return _limited(rows, query.limit, scan)


def _resumable(query: CdxQuery) -> bool:
    """Whether a resume key may end the answer: an order of the catalogue, read from one end."""
    return query.show_resume_key and query.sort is not Sort.CLOSEST and query.page is None and (query.limit or 1) > 0


def _limited(rows: Iterator[dict[str, str]], limit: int, scan: _Scan) -> Iterator[dict[str, str]]:
    """So many rows, and then a look at what follows: the answer goes on right before the next row that would be told."""
    for given, values in enumerate(rows):
        if given == limit:
            scan.last, scan.more = scan.before, True
            return
        if given == limit - 1:
            scan.stop = min(scan.stop, scan.count + LOOK_AHEAD)
        yield values


def _captures(catalog: Catalog, query: CdxQuery, scan: _Scan, *, from_the_end: bool = False) -> Iterator[Capture]:
    find = catalog.captures.find
    wanted = _filter(query)
    if query.sort is Sort.CLOSEST:
        return _closest(catalog, query)
    backwards = from_the_end != (query.sort is Sort.REVERSE)
    if query.page is not None:
        size = scan.block * query.page_blocks
        start = query.page * size
        first = find(wanted, limit=size, skip=start)
        if not backwards:
            return first
        return reversed(list(first))
    return find(wanted, after=place_in(query.resume_key) if query.resume_key else None, backwards=backwards)


def _filter(query: CdxQuery) -> CaptureFilter:
    return CaptureFilter(surts=(query.low, query.high), since=query.since, until=query.until)


def _closest(catalog: Catalog, query: CdxQuery) -> Iterator[Capture]:
    """Captures of one URL by their distance from an instant, of two as near the earlier first: two reads, merged."""
    goal = query.closest
    assert goal is not None
    find, wanted = catalog.captures.find, _filter(query)
    since = goal if query.since is None else max(goal, query.since)
    before = goal - timedelta(milliseconds=1)
    until = before if query.until is None else min(before, query.until)
    later = find(replace(wanted, since=since))
    earlier = find(replace(wanted, until=until), backwards=True)
    return heapq.merge(earlier, later, key=lambda capture: (distance(capture.at, goal), capture.at))


def _wanted(catalog: Catalog, query: CdxQuery, captures: Iterable[Capture], scan: _Scan) -> Iterator[dict[str, str]]:
    repeats: list[Callable[[Mapping[str, str]], bool]] = [collapse.seen() for collapse in query.collapses]
    for capture in captures:
        if scan.count >= scan.stop:
            scan.more = True
            return
        scan.before, scan.last, scan.count = scan.last, capture, scan.count + 1
        if not capture.is_memento:
            continue
        values = values_of(capture)
        if query.resolve_revisits:
            values = resolved(values, capture, catalog)
        if all(each.passes(values) for each in query.filters) and not any(again(values) for again in repeats):
            yield values


def resume_key(capture: Capture) -> str:
    """The place behind a capture. No row can hold this text: some clients cut it out of the answer."""
    return _KEY + base64.urlsafe_b64encode(cursor(capture).encode()).rstrip(b"=").decode("ascii")


def place_in(key: str) -> str:
    """The place that a resume key names, as the catalogue takes it. Raises ``UsageError``."""
    try:
        packed = key.strip().removeprefix(_KEY).encode("ascii")
        place = base64.urlsafe_b64decode(packed + b"=" * (-len(packed) % 4)).decode("utf-8")
    except (UnicodeError, binascii.Error) as error:
        raise UsageError(f"resumeKey: not one of ours: {key[:40]!r}") from error
    place_of(place)
    return place


def _lines(rows: Iterable[dict[str, str]], query: CdxQuery, scan: _Scan) -> Iterator[str]:
    def key() -> str | None:
        return resume_key(scan.last) if _resumable(query) and scan.more and scan.last else None

    if query.output is Output.JSON:
        yield from _array(rows, query.fields, key)
        return
    chosen = [(name, NAMES[name]) for name in query.fields]
    for values in rows:
        if query.output is Output.TEXT:
            yield " ".join(values[ours] for _, ours in chosen) + "\n"
        elif query.output is Output.NDJSON:
            yield json.dumps({name: values[ours] for name, ours in chosen}, ensure_ascii=False) + "\n"
        else:
            told = {_SHORT.get(ours, ours): values[ours] for _, ours in chosen if ours not in {"urlkey", "timestamp"}}
            yield f"{values['urlkey']} {values['timestamp']} {json.dumps(told)}\n"
    following = key()
    if following:
        yield f"\n{following}\n"


_SHORT = {"original": "url", "mimetype": "mime", "statuscode": "status"}
"""CDXJ's own names, in whatever dialect the fields were asked for."""


def _array(rows: Iterable[dict[str, str]], fields: tuple[str, ...], key: Callable[[], str | None]) -> Iterator[str]:
    written = False
    for values in rows:
        if not written:
            yield "[" + json.dumps(list(fields), ensure_ascii=False)
            written = True
        yield ",\n" + json.dumps([values[NAMES[name]] for name in fields], ensure_ascii=False)
    following = key()
    if following:
        yield (",\n" if written else "[") + f"[],\n{json.dumps([following])}"
        written = True
    yield "]\n" if written else "[]\n"
