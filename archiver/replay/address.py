"""Replay addresses: what is asked for in ``/web/…``, and the links that we hand out ourselves.

The archived URL is taken from the raw path and the raw query string, because a server that decodes the path loses the
difference between ``%2F`` and ``/``, and because the query belongs to the archived URL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, unquote

from archiver.catalog import Named
from archiver.errors import UsageError
from archiver.model.instant import from_digits, goal_from_digits, timestamp14
from archiver.model.url import clean_url

RAW = "id_"
_STAMP = re.compile(
    rb"(\d{4,17}|\d{1,3}(?=(?:[a-z]{2}_)?/"
    rb"(?:/*[^/?#]*[^/?#.]\.[^/?#.]|[A-Za-z][A-Za-z0-9+.-]*(?::|%3[Aa])(?:/|%2[Ff]))))([a-z]{2}_)?/"
)
"""Few digits are a timestamp only where what follows is a URL with a scheme, or begins with a host that has a dot."""
_ALL = re.compile(rb"\d{0,17}\*/")
_ENCODED_SCHEME = re.compile(r"\A(https?)(%3A|:)(%2F|/){0,2}", re.IGNORECASE)
_SCHEME = re.compile(r"\A[a-z][a-z0-9+.-]*:/", re.IGNORECASE)
_ODD = re.compile(rb"[^\x21-\x7e]")


@dataclass(frozen=True, slots=True)
class Address:
    """What a replay path asks for: ``url`` (clean), the timestamp's digits and the modifier (``id_``) if there are any.

    ``every`` says that a ``*`` stood in the timestamp's place: all captures are asked for.
    """

    url: str
    stamp: str | None = None
    modifier: str = ""
    every: bool = False

    @property
    def at(self) -> datetime | None:
        """The first instant that the digits name. Raises ``UsageError`` when they name none (a 13th month)."""
        return self._instant(lambda digits: from_digits(digits.ljust(4, "0")))

    @property
    def goal(self) -> datetime | None:
        """The instant to which a memento shall be near: of a year, a month or a day the last, as other archives have it."""
        return self._instant(goal_from_digits)

    def _instant(self, read: Callable[[str], datetime]) -> datetime | None:
        if self.stamp is None:
            return None
        try:
            return read(self.stamp)
        except ValueError as error:
            raise UsageError(f"not a timestamp: {self.stamp}: {error}") from error


def read_address(rest: bytes, query: bytes = b"") -> Address:
    """Read what follows ``/web/`` (raw, still percent-encoded) and the raw query. Raises ``UsageError``."""
    stamp, modifier, every = None, "", False
    match = _STAMP.match(rest)
    if match:
        stamp = match[1].decode("ascii")
        modifier = (match[2] or b"").decode("ascii")
        rest = rest[match.end() :]
    else:
        star = _ALL.match(rest)
        if star:
            every = True
            rest = rest[star.end() :]
    return Address(read_url(rest, query), stamp, modifier, every)


def read_url(raw: bytes, query: bytes = b"") -> str:
    """The archived URL of a raw path tail and the raw query that belongs to it. Raises ``NotHttpUrl``.

    ``http%3A//host/``, a wholly encoded URL, ``http:/host/`` (a proxy collapsed the slashes) and ``host/`` are accepted.
    """
    text = _ODD.sub(lambda m: b"%%%02X" % m[0][0], raw).decode("ascii")
    return full_url(f"{text}?{_ODD.sub(lambda m: b'%%%02X' % m[0][0], query).decode('ascii')}" if query else text)


def full_url(text: str) -> str:
    """A URL as people and clients write it, made whole and clean. Raises ``NotHttpUrl``."""
    text = text.strip()
    match = _ENCODED_SCHEME.match(text)
    if match:
        rest = text[match.end() :]
        if match[3] and match[3].lower() == "%2f":
            path, mark, query = rest.partition("?")
            rest = unquote(path) + mark + query
        text = f"{match[1]}://{rest}"
    elif not _SCHEME.match(text):
        text = f"http://{text.lstrip('/')}"
    return clean_url(text)


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses that we hand out, below one base such as ``https://archive.example``.

    ``stamps`` gives the digits that name captures; without it they have 14.
    """

    base: str
    stamps: Callable[[Iterable[Named]], Mapping[str, str]] | None = None
    _known: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    def know(self, captures: Iterable[Named]) -> None:
        """Look up the digits of captures that addresses will be wanted of, all at once."""
        if self.stamps is not None:
            self._known.update(self.stamps(captures))

    def stamp(self, capture: Named) -> str:
        """The digits that name a capture: 14, or 17 where others of its URL share the second."""
        name = capture.record_id or ""
        if name not in self._known:
            self.know((capture,))
        return self._known.get(name) or timestamp14(capture.at)

    def capture(self, capture: Named, modifier: str = "") -> str:
        """One capture: ``/web/{timestamp}{modifier}/{url}``."""
        return f"{self.base}/web/{self.stamp(capture)}{modifier}/{in_path(capture.url)}"

    def memento(self, url: str, at: datetime, modifier: str = "") -> str:
        """What is nearest to an instant: ``/web/{timestamp}{modifier}/{url}`` with 14 digits."""
        return f"{self.base}/web/{timestamp14(at)}{modifier}/{in_path(url)}"

    def timegate(self, url: str) -> str:
        """The TimeGate of ``url``."""
        return f"{self.base}/web/{in_path(url)}"

    def timemap(self, url: str, *, form: str = "link", since: str = "") -> str:
        """The TimeMap of ``url`` in a format, or its page that begins at the timestamp ``since``."""
        return f"{self.base}/web/timemap/{form}/{since + '/' if since else ''}{in_path(url)}"


def in_path(url: str) -> str:
    """A clean URL, safe inside a path, a header and a ``<…>`` of a Link."""
    return quote(url, safe="/:@!$&'()*+,;=~-._%?[]")
