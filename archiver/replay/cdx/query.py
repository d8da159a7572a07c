"""A CDX query: which captures, in which order, told how. Both dialects are read into it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from archiver.catalog import domain_range, prefix_range
from archiver.errors import NotHttpUrl, UsageError
from archiver.model.instant import from_digits, goal_from_digits
from archiver.model.surt import surt
from archiver.model.url import MAX_LENGTH, host_of
from archiver.replay.address import full_url
from archiver.replay.cdx.collapse import Collapse
from archiver.replay.cdx.filters import Filter

BLOCK = 3_000
"""Captures of one block, by which pages are counted: what other CDX servers have in a block."""
MAX_PAGE_BLOCKS = 5
MAX_REPEATED = 20
"""Filters, or collapses, of one query."""
_NUMBER = re.compile(r"-?[0-9]{1,15}\Z")
_SCHEME = re.compile(r"https?:", re.IGNORECASE)
Parameters = Sequence[tuple[str, str]]


class MatchType(StrEnum):
    """Which URLs a query is for."""

    EXACT = "exact"
    PREFIX = "prefix"
    HOST = "host"
    DOMAIN = "domain"


class Sort(StrEnum):
    """The order of the rows: by key and time, or back, or by the distance from an instant."""

    DEFAULT = "default"
    REVERSE = "reverse"
    CLOSEST = "closest"


class Output(StrEnum):
    """How rows are written: fields by spaces, one array of arrays, one object a line, CDXJ lines, and those as plain text."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"
    CDXJ = "cdxj"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class CdxQuery:
    """What a CDX request asks for. ``low`` and ``high`` (excluded) bound the keys; a negative ``limit`` means the last ones."""

    url: str
    match: MatchType
    low: str
    high: str
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None
    offset: int = 0
    filters: tuple[Filter, ...] = ()
    collapses: tuple[Collapse, ...] = ()
    fields: tuple[str, ...] = ()
    sort: Sort = Sort.DEFAULT
    closest: datetime | None = None
    output: Output = Output.TEXT
    show_resume_key: bool = False
    resume_key: str | None = None
    page: int | None = None
    page_blocks: int = 1
    count_pages: bool = False
    count_as_object: bool = False
    resolve_revisits: bool = False


class Given:
    """The parameters of a request as they came. Every reading of one raises ``UsageError`` when it is malformed."""

    def __init__(self, parameters: Parameters) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in parameters:
            self._values.setdefault(name, []).append(value)

    def text(self, name: str) -> str | None:
        """The last value of a parameter; None where there is none or it is empty."""
        return next((value for value in reversed(self._values.get(name, [])) if value), None)

    def texts(self, name: str) -> list[str]:
        """All its values."""
        values = [value for value in self._values.get(name, []) if value]
        if len(values) > MAX_REPEATED:
            raise UsageError(f"{name}: given more than {MAX_REPEATED} times")
        return values

    def number(self, name: str, *, low: int, high: int = 10**15) -> int | None:
        """A whole number; one above ``high`` counts as ``high``."""
        text = self.text(name)
        if text is None:
            return None
        if not _NUMBER.match(text) or int(text) < low:
            raise UsageError(f"{name}: not a whole number from {low}: {text[:40]!r}")
        return min(int(text), high)

    def flag(self, name: str) -> bool:
        """Whether it says true."""
        text = (self.text(name) or "false").lower()
        if text not in {"true", "false", "1", "0"}:
            raise UsageError(f"{name}: true or false, not {text[:40]!r}")
        return text in {"true", "1"}

    def choice(self, name: str, choices: Mapping[str, Output]) -> Output | None:
        """One of the outputs that a dialect has."""
        text = self.text(name)
        if text is None:
            return None
        if text not in choices:
            raise UsageError(f"{name}: one of {', '.join(choices)}, not {text[:40]!r}")
        return choices[text]

    def when(self, name: str, *, end: bool = False) -> datetime | None:
        """1 to 17 digits, filled from below or with ``end`` from above."""
        return self._instant(name, lambda text: from_digits(text.ljust(4, "9" if end else "0"), end=end), first=not end)

    def goal(self, name: str) -> datetime | None:
        """1 to 17 digits: the instant near which captures are looked for."""
        return self._instant(name, goal_from_digits)

    def _instant(self, name: str, read: Callable[[str], datetime], *, first: bool = False) -> datetime | None:
        text = self.text(name)
        if text is None:
            return None
        if not re.fullmatch(r"[0-9]{1,17}", text):
            raise UsageError(f"{name}: not a timestamp of 1 to 17 digits: {text[:40]!r}")
        try:
            return read(text)
        except ValueError as error:
            # A year 0, which no capture is of, means "from the beginning".
            if first and text.strip("0") == "":
                return None
            raise UsageError(f"{name}: not a timestamp: {text[:40]!r}: {error}") from error


def keys_of(given: Given) -> tuple[str, MatchType, str, str]:
    """URL, kind of match and the range of keys. Raises ``UsageError``."""
    url = given.text("url")
    if url is None:
        raise UsageError("a CDX query needs url=")
    named = given.text("matchType")
    if named is not None and named not in set(MatchType):
        raise UsageError(f"matchType: one of {', '.join(MatchType)}, not {named[:40]!r}")
    match = MatchType(named) if named else None
    if match is None and url.startswith("*."):
        match, url = MatchType.DOMAIN, url[2:]
    elif match is None and url.endswith("*"):
        match, url = MatchType.PREFIX, url[:-1]
    if match is MatchType.PREFIX:
        return url, match, *_prefix(url)
    target = full_url(url)
    if match in {MatchType.HOST, MatchType.DOMAIN}:
        host = host_of(target)
        low, high = domain_range(host)
        # Of one host: everything of it is below `host)`, whatever the path.
        return target, match, low, high if match is MatchType.DOMAIN else f"{low[:-1]}*"
    key = surt(target)
    # No character of a SURT sorts before the space.
    return target, MatchType.EXACT, key, f"{key} "


def _prefix(url: str) -> tuple[str, str]:
    # As full_url makes a whole URL: what names no scheme begins with its host.
    text = url if _SCHEME.match(url) else f"http://{url}"
    if len(text) > MAX_LENGTH or text.partition("://")[2][:1] in {"", "/", "?", "#", ".", "*"}:
        raise NotHttpUrl(url, "a prefix begins with a host")
    low, high = prefix_range(text)
    assert high is not None
    return low, high
