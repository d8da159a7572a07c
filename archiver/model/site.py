"""A site: an outlet that we follow, as one TOML file says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum


class SourceKind(StrEnum):
    """Where a site announces its URLs."""

    FEED = "feed"
    SITEMAP = "sitemap"
    NEWS_SITEMAP = "news-sitemap"
    FRONT = "front"


@dataclass(frozen=True, slots=True)
class Host:
    """One host name of a site, with the language of its pages (BCP 47, or None when mixed).

    ``same_as`` names another host of the site whose pages this one shows under the same paths: a mobile or AMP host, or
    an old name.
    """

    name: str
    language: str | None = None
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A feed, sitemap, news sitemap, home page or section front, by URL.

    It is asked for at intervals between ``min_interval`` and ``max_interval`` (``5m``, ``1h``; None as configured).
    """

    url: str
    kind: SourceKind
    min_interval: str | None = None
    max_interval: str | None = None


@dataclass(frozen=True, slots=True)
class Revisit:
    """What a site file says of when articles are looked at again; what is empty or None is as configured (``[revisit]``)."""

    ages: tuple[str, ...] = ()
    shortest: str | None = None
    patience: float | None = None
    daily: int | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Which URLs of the site's hosts are what; regular expressions searched in path and query.

    ``exclude`` wins over all and is never fetched. ``listing`` names pages that list others (followed, and no article);
    ``article`` names article addresses. With ``article`` empty every page that is no listing may be one.
    ``drop_parameters`` are query arguments that never tell two pages apart (``utm_*`` and the like are always dropped).
    ``article_id`` are searched in path and query as a SURT has them; what their groups hold names the article on its host.
    """

    article: tuple[str, ...] = ()
    listing: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    drop_parameters: tuple[str, ...] = ()
    article_id: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """CSS selectors that are known for a template, with the days between which it was in use (inclusive; None is open)."""

    hosts: tuple[str, ...]
    since: date | None = None
    until: date | None = None
    title: str | None = None
    lead: str | None = None
    body: str | None = None
    author: str | None = None
    date: str | None = None
    drop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """The hours of a day in which a site is crawled, in its own time zone: from ``start`` until before ``end``.

    An ``end`` that is earlier than ``start`` is that of the next day: ``22:00-05:00`` is a night.
    """

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> Window:
        """``01:00-06:00``. Raises ``ValueError``."""
        begin, dash, over = text.partition("-")
        if not dash:
            raise ValueError(f"not a window such as 01:00-06:00: {text!r}")
        window = cls(_time_of(begin), _time_of(over))
        if window.start == window.end:
            raise ValueError(f"a window begins and ends at different times: {text!r}")
        return window

    def contains(self, at: time) -> bool:
        """Whether a local time lies in the window."""
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def _time_of(text: str) -> time:
    text = text.strip()
    if not re.fullmatch(r"\d\d?:\d\d", text, re.ASCII):
        raise ValueError(f"not a time of day such as 01:00: {text!r}")
    hour, _, minute = text.partition(":")
    return time(int(hour) % 24 if text == "24:00" else int(hour), int(minute))


@dataclass(frozen=True, slots=True)
class Site:
    """An outlet: hosts, sources, scope, politeness, profiles.

    ``name`` matches ``[a-z0-9][a-z0-9.-]*``; ``delay`` is seconds between two requests to one host; ``timezone`` an IANA
    name; ``checked`` the day the sources were last tried live, or ``never``. ``digest`` is the SHA-256 (hex) of the site
    file's bytes, empty for a site made from a URL. ``follow_links`` is the depth to which links inside pages are
    followed (None: to any depth). ``window`` says at which hours the site is crawled (None: at all); ``daily_requests`` and
    ``daily_bytes`` how much may be asked of it in one day of its time zone. ``render`` says that a browser shows its pages too.
    """

    name: str
    hosts: tuple[Host, ...]
    title: str = ""
    publisher: str | None = None
    timezone: str = "UTC"
    sources: tuple[Source, ...] = ()
    scope: Scope = field(default_factory=Scope)
    delay: float | None = None
    concurrency: int | None = None
    window: Window | None = None
    daily_requests: int | None = None
    daily_bytes: int | None = None
    follow_links: int | None = None
    render: bool = False
    profiles: tuple[Profile, ...] = ()
    revisit: Revisit = field(default_factory=Revisit)
    checked: str = "never"
    digest: str = ""

    @property
    def host_names(self) -> frozenset[str]:
        """The names of the site's hosts."""
        return frozenset(host.name for host in self.hosts)

    @property
    def languages(self) -> Mapping[str, str]:
        """Host name to language, for the hosts that have one; a host that is the same as another has that one's."""
        spoken = {host.name: host.language for host in self.hosts}
        found = {host.name: host.language or spoken.get(host.same_as or "") for host in self.hosts}
        return {name: language for name, language in found.items() if language}

    def as_json(self) -> dict[str, object]:
        """The shape that ``archiver sites --json`` and ``/api/sites`` give."""
        return {
            "site": self.name,
            "title": self.title or None,
            "publisher": self.publisher,
            "timezone": self.timezone,
            "hosts": [{"name": host.name, "language": host.language} for host in self.hosts],
            "sources": [{"url": source.url, "kind": source.kind.value} for source in self.sources],
            "checked": self.checked,
        }
