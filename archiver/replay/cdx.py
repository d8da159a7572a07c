"""The CDX server's answers in the Internet Archive's dialect: exact URLs, a time span, a limit, the fields asked for."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from archiver.catalog import Catalog
from archiver.errors import UsageError
from archiver.model.capture import Capture
from archiver.model.instant import from_digits, timestamp14
from archiver.model.record import RecordType
from archiver.replay.address import full_url
from archiver.replay.lookup import captures_of

FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
MAX_ROWS = 100_000
"""Rows of one answer; who wants more asks again with ``from``."""
MAX_SCANNED_BACK = 1_000_000
_SELECTING = ("filter", "collapse", "offset", "page", "pageSize", "showNumPages", "resumeKey", "closest", "sort")
_GAPS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class CdxQuery:
    """What a CDX request asks for. A negative ``limit`` means the last ones."""

    url: str
    since: datetime | None
    until: datetime | None
    limit: int
    as_json: bool
    fields: tuple[str, ...]


def read_query(parameters: Mapping[str, str]) -> CdxQuery:
    """Read a CDX request's parameters. Raises ``UsageError`` for what is malformed or would select other rows than we give.

    Parameters that only shape a page of results for other servers (``gzip``, ``showResumeKey``, …) are passed over.
    """
    if not parameters.get("url"):
        raise UsageError("a CDX query needs url=")
    url = parameters["url"]
    if parameters.get("matchType", "exact") != "exact" or url.endswith("*") or url.startswith("*."):
        raise UsageError("matchType: only exact is answered here")
    for name in _SELECTING:
        if parameters.get(name):
            raise UsageError(f"{name}: is not answered here")
    return CdxQuery(
        url=full_url(url),
        since=_when(parameters, "from", end=False),
        until=_when(parameters, "to", end=True),
        limit=_limit(parameters.get("limit")),
        as_json=_is_json(parameters.get("output", "text")),
        fields=_fields(parameters.get("fl")),
    )


def _limit(text: str | None) -> int:
    if not text:
        return MAX_ROWS
    if not re.fullmatch(r"-?[0-9]{1,12}", text) or int(text) == 0:
        raise UsageError(f"limit: not a whole number other than 0: {text[:40]!r}")
    return max(-MAX_ROWS, min(MAX_ROWS, int(text)))


def _when(parameters: Mapping[str, str], name: str, *, end: bool) -> datetime | None:
    text = parameters.get(name)
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,17}", text):
        raise UsageError(f"{name}: not a timestamp of 1 to 17 digits: {text[:40]!r}")
    try:
        short = len(text) < 4
        return from_digits(text.ljust(4, "9" if end else "0") if short else text, end=end)
    except ValueError as error:
        raise UsageError(f"{name}: not a timestamp: {text[:40]!r}: {error}") from error


def _is_json(text: str) -> bool:
    if text not in {"json", "text"}:
        raise UsageError(f"output: json or text, not {text[:40]!r}")
    return text == "json"


def _fields(text: str | None) -> tuple[str, ...]:
    names = tuple(name for name in (text or "").split(",") if name) or FIELDS
    for name in names:
        if name not in FIELDS:
            raise UsageError(f"fl: unknown field {name[:40]!r}; known: {', '.join(FIELDS)}")
    return names


def row(capture: Capture) -> dict[str, str]:
    """One capture under the Internet Archive's field names; unknown is ``-``. No value holds white space."""
    revisit = capture.record_type is RecordType.REVISIT
    values = {
        "urlkey": capture.surt,
        "timestamp": timestamp14(capture.at),
        "original": capture.url,
        "mimetype": "warc/revisit" if revisit else capture.mime or "unk",
        "statuscode": "-" if revisit or capture.status is None else str(capture.status),
        "digest": capture.digest.bare if capture.digest else "-",
        "length": str(capture.record.length),
    }
    return {name: _GAPS.sub("%20", value) or "-" for name, value in values.items()}


def answer(catalog: Catalog, query: CdxQuery) -> Iterator[str]:
    """The body of the answer, line by line. Nothing held is an empty text, or ``[]``."""
    found = captures_of(
        catalog,
        query.url,
        since=query.since,
        until=query.until,
        limit=query.limit if query.limit > 0 else MAX_SCANNED_BACK,
    )
    captures: Iterable[Capture] = islice(found, query.limit) if query.limit > 0 else deque(found, maxlen=-query.limit)
    rows = ([values[name] for name in query.fields] for values in map(row, captures))
    return _json_lines(rows, query.fields) if query.as_json else (" ".join(values) + "\n" for values in rows)


def _json_lines(rows: Iterable[list[str]], fields: tuple[str, ...]) -> Iterator[str]:
    written = False
    for values in rows:
        if not written:
            yield "[" + json.dumps(list(fields), ensure_ascii=False)
            written = True
        yield ",\n" + json.dumps(values, ensure_ascii=False)
    yield "]\n" if written else "[]\n"
