"""Crawler traps: addresses without end, known by their form, and by pages that say nothing new.

``why_trap`` judges one address by itself. ``TrapWatch`` remembers what a run has seen: how many queries a path has, and
which forms of address lead to the same page again and again. What is found here is not fetched, and is kept with its reason.
Heritrix has the like as PathologicalPath and TooManyPathSegments.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

T = TypeVar("T")

TRACKED = 20_000
"""Forms of address, and paths, of which a run keeps counts; those met longest ago are forgotten."""
READ = 100_000
"""Bytes of a page that are looked at."""
OLDEST = date(1990, 1, 1)
AHEAD = timedelta(days=62)
"""How far before and after now a calendar may lead: the web's first years, and two months."""

_ENDLESS = re.compile(r"[?&](?:replytocom|tribe-bar-date|eventdate)=", re.IGNORECASE)
_DATE = re.compile(r"(?<!\d)(\d{4})([-/_]?)(\d{2})\2(\d{2})(?!\d)", re.ASCII)
_COUNTING = re.compile(r"[a-z]*[0-9][a-z0-9]*")
_WORD = re.compile(r"\w+")
_NUMBER_LIKE = re.compile(r".*\d|[0-9a-f]+\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class TrapLimits:
    """See ``[limits]`` in docs/settings.md, whose names these are."""

    url_length: int = 2000
    path_segments: int = 20
    path_repeats: int = 3
    link_depth: int = 100
    queries_per_path: int = 5000
    forms_per_path: int = 50
    same_pages: int = 50


def why_trap(url: str, *, limits: TrapLimits, today: date) -> str | None:
    """Why a clean URL is one of endlessly many, by itself; None when it is not."""
    if len(url) > limits.url_length:
        return f"longer than {limits.url_length} characters"
    parts = urlsplit(url)
    segments = [segment.lower() for segment in parts.path.split("/") if segment]
    if len(segments) > limits.path_segments:
        return f"more than {limits.path_segments} path segments"
    if any(segments.count(segment) > limits.path_repeats for segment in set(segments)):
        return f"a path segment more than {limits.path_repeats} times"
    if _ENDLESS.search(url):
        return "a query that makes endless pages of one"
    return _why_calendar(parts, today=today)


def _why_calendar(parts: SplitResult, *, today: date) -> str | None:
    """A day that ends the path or is a query's value, and that no newspaper has printed."""
    values = [argument.partition("=")[2] for argument in parts.query.split("&")]
    for place, text in (("path", parts.path.rstrip("/")[-10:]), *(("query", value) for value in values[:20])):
        match = _DATE.search(text)
        if match is None or match.end() != len(text):
            continue
        try:
            day = date(int(match[1]), int(match[3]), int(match[4]))
        except ValueError:
            continue
        if not OLDEST <= day <= today + AHEAD:
            return f"a calendar: the day {day} in the {place}"
    return None


def form_of(url: str) -> str:
    """The address with everything that counts replaced: words of the path with digits in them, and the query's values."""
    parts = urlsplit(url)
    return f"{parts.hostname}{_COUNTING.sub('#', parts.path.lower())}?{'&'.join(_names(parts.query))}"


def _names(query: str) -> list[str]:
    """The names of a query's arguments; one without ``=`` is a value without a name."""
    arguments = (argument.partition("=") for argument in query.split("&") if argument)
    return sorted({name.lower() if sign else "" for name, sign, _ in arguments})


def gist_of(body: bytes, *, url: str) -> bytes:
    """A digest of what a page says: its words without numbers, and without those of its own address, which a trap repeats."""
    text = _text_of(body[:READ]).decode("utf-8", "replace")
    own = set(_WORD.findall(url.lower()))
    words = sorted({word for word in _WORD.findall(text) if word not in own and not _NUMBER_LIKE.match(word)})
    return hashlib.blake2b(" ".join(words).encode(), digest_size=12).digest()


def _text_of(body: bytes) -> bytes:
    """The text between tags, roughly and in linear time, without that of scripts and styles."""
    first, *tagged = body.lower().split(b"<")
    texts = (piece.partition(b">")[2] for piece in tagged if not piece.startswith((b"script", b"style")))
    return b" ".join((first, *texts))


@dataclass(slots=True)
class _Path:
    """What a run has met under one path of one host."""

    queries: set[int] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Form:
    """What the last page of one form of address said, and how many in a row said it."""

    gist: bytes = b""
    times: int = 0
    closed: bool = False


class TrapWatch:
    """The traps of one run."""

    def __init__(self, limits: TrapLimits) -> None:
        self.limits = limits
        self._paths: OrderedDict[str, _Path] = OrderedDict()
        self._forms: OrderedDict[str, _Form] = OrderedDict()

    def judge(self, url: str, *, depth: int, today: date, linked: bool = True) -> str | None:
        """Why a clean URL is not fetched; None when it is, and then it is counted, once however often it is met.

        What a source names (not ``linked``) is judged by ``why_trap`` alone: sources list what there is.
        """
        why = why_trap(url, limits=self.limits, today=today)
        if why is not None or not linked:
            return why
        if depth > self.limits.link_depth:
            return f"more than {self.limits.link_depth} links away"
        return self.why_closed(url) or self._why_query(urlsplit(url))

    def why_closed(self, url: str) -> str | None:
        """Why pages with addresses like this one are no longer fetched."""
        form = self._forms.get(form_of(url))
        if form is None or not form.closed:
            return None
        return f"{self.limits.same_pages} pages in a row with addresses like it say the same"

    def saw(self, url: str, body: bytes) -> None:
        """A page was fetched by a link: remember what it says."""
        form = _tracked(self._forms, form_of(url), _Form)
        if form.closed:
            return
        gist = gist_of(body, url=url)
        # In a row: among the addresses of articles many may lead to the same "not found".
        form.times = form.times + 1 if gist == form.gist else 1
        form.gist = gist
        form.closed = form.times >= self.limits.same_pages

    def _why_query(self, parts: SplitResult) -> str | None:
        if not parts.query:
            return None
        path = _tracked(self._paths, f"{parts.hostname}{parts.path}", _Path)
        form = "&".join(_names(parts.query))
        if form not in path.forms:
            if len(path.forms) >= self.limits.forms_per_path:
                return f"more than {self.limits.forms_per_path} combinations of query parameters for one path"
            path.forms.add(form)
        query = hash(parts.query)
        if len(path.queries) >= self.limits.queries_per_path and query not in path.queries:
            return f"more than {self.limits.queries_per_path} queries for one path"
        path.queries.add(query)
        return None


def _tracked(table: OrderedDict[str, T], key: str, make: Callable[[], T]) -> T:
    """The counts of ``key``, made the newest; the oldest give way."""
    found = table.pop(key, None)
    table[key] = found if found is not None else make()
    if len(table) > TRACKED:
        table.popitem(last=False)
    return table[key]
