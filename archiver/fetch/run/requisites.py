"""Which of the things that a page needs are fetched with it, and as which requests.

They come from any host; scope does not spread: what a frame or style sheet needs is fetched, what it links to is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from archiver.config import Config
from archiver.fetch.network.connect_to import ConnectTo
from archiver.fetch.run.candidates import content_type, is_html, request_for
from archiver.html.page_scan import PageScan, scan_page
from archiver.html.requisites import Requisite, Role, read_style_requisites
from archiver.model.capture import Candidate, Kind
from archiver.model.url import host_of

PRIORITY = -900
"""The highest priority of a requisite: under every page."""
ROLE = "role"
"""The ``meta`` key for what a requisite is asked for as, where its answer is read or limited by it."""
NESTED = "nested"
"""The ``meta`` key for how many requisites lie between a requisite and its page."""
MAX_NESTED = 8
"""Requisites of requisites of requisites: style sheets that import one another, frames in frames."""
_PRIORITIES: dict[Role, int] = {"stylesheet": PRIORITY, "frame": PRIORITY - 10, "media": PRIORITY - 200}
_OTHERS = PRIORITY - 100
_DOCUMENTS = frozenset({"frame", "object"})
_TOLD = frozenset({"stylesheet", "media"}) | _DOCUMENTS


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requisites are fetched. ``is_near`` says whether a host is under the site's own domain."""

    hosts: str
    roles: frozenset[str]
    connect_to: ConnectTo
    model: bool
    is_near: Callable[[str], bool]

    @classmethod
    def of(cls, config: Config, connect_to: ConnectTo, *, is_near: Callable[[str], bool]) -> Wanted:
        """As the configuration has it. ``preload`` is never wanted: what is used is named in another role too."""
        fetch = config.fetch
        roles = {"stylesheet", "image", "icon", "font", "frame", "object", "manifest"}
        if fetch.scripts:
            roles.add("script")
        if fetch.media:
            roles.add("media")
        return cls(fetch.requisites, frozenset(roles), connect_to, config.archive.model, is_near)

    def has(self, requisite: Requisite) -> bool:
        """Whether a requisite is fetched.

        Where connections are directed by hand (``--connect-to``, a model archive), hosts that this does not cover are
        none of the site that is crawled.
        """
        if self.hosts == "none" or requisite.role not in self.roles:
            return False
        if (self.connect_to.rules or self.model) and not self._is_covered(requisite.url):
            return False
        return self.hosts == "all" or self.is_near(host_of(requisite.url))

    def _is_covered(self, url: str) -> bool:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return self.connect_to.covers(parts.hostname or "", port)


def scan_response(response: Response) -> PageScan:
    """What a page, frame or style sheet names; of other requisites nothing: an error page in a picture's place is not read.

    Seconds for the largest, so not in the event loop.
    """
    kind = content_type(response)
    plain = (kind or "").lower()
    role = response.meta.get(ROLE)
    if role == "stylesheet" or (role is None and "css" in plain):
        return PageScan(requisites=read_style_requisites(response.body, url=response.url, content_type=kind))
    if not (_nesting(response) == 0 or role in _DOCUMENTS) or not (is_html(response) or "image/svg" in plain):
        return PageScan()
    link = b", ".join(response.headers.getlist("Link")).decode("latin-1")
    scan = scan_page(response.body, url=response.url, content_type=kind, link_header=link or None)
    # A picture leads nowhere, though links may stand in it.
    return scan if is_html(response) else PageScan(requisites=scan.requisites)


def requests_for_requisites(
    response: Response, scan: PageScan, wanted: Wanted, *, found_at: datetime
) -> Iterator[Request]:
    """The requests for what a page, frame or style sheet needs."""
    nested = _nesting(response)
    if nested > MAX_NESTED:
        return
    for requisite in scan.requisites:
        if nested and requisite.role == "icon":
            continue  # nobody sees the icon of a frame
        if wanted.has(requisite):
            candidate = Candidate(requisite.url, found_at, via=response.url, hop="E", kind=Kind.REQUISITE)
            priority = _PRIORITIES.get(requisite.role, _OTHERS)
            request = request_for(candidate, via=response.url, priority=priority)
            if requisite.role in _TOLD:
                request.meta[ROLE] = requisite.role
                if nested:
                    request.meta[NESTED] = nested
            yield request


def _nesting(response: Response) -> int:
    """How many requisites lie between what a page needs and the page; 0 for the page itself."""
    meta: dict[str, Any] = response.meta
    return int(meta.get(NESTED, 0)) + 1 if meta.get("reason", {}).get("kind") == Kind.REQUISITE else 0
