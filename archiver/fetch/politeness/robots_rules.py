"""What a robots.txt says (RFC 9309): its bytes as rules for us, and what a missing one means."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from protego import Protego

from archiver.catalog import RobotsState

PARSED = 512 * 1024
"""Bytes of the file that are read; the standard asks for 500 KiB at least."""
FRESH = timedelta(hours=24)
"""Age up to which an answer stands (2.4)."""
ASK_AGAIN = timedelta(minutes=15)
"""After which a file that could not be had is asked for again; later as long as it has been so, at most ``FRESH``."""
GIVEN_UP = timedelta(days=30)
"""For which a file must be out of reach until it counts as missing (2.3.1.4)."""
TOO_MANY = 429
_US = "news-archiver-us"
_OTHERS = "some-other-robot"
_AGENT = re.compile(r"\s*user[- ]?agent\s*(?::|\s)\s*(.*)", re.IGNORECASE | re.DOTALL)
_TOKEN = re.compile(r"[A-Za-z_-]+")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """What holds for one origin until ``until``: the rules of its file (None: everything is allowed), or that nothing is
    allowed because the file can't be had (``unreachable`` says why)."""

    until: datetime
    rp: Any = None
    unreachable: str | None = None

    def allows(self, url: str) -> bool:
        """Whether ``url`` may be fetched."""
        if self.unreachable is not None:
            return False
        return self.rp is None or bool(self.rp.can_fetch(url, _US))

    @property
    def crawl_delay(self) -> float:
        """Seconds that the file asks for between two requests; 0 where it asks for none. No part of the standard."""
        delay = self.rp.crawl_delay(_US) if self.rp is not None else None
        return float(delay) if delay is not None and delay > 0 else 0.0


def product_token(user_agent: str) -> str:
    """The name by which robots.txt files know us: the first word of the User-Agent (2.2.1)."""
    found = _TOKEN.match(user_agent)
    return found[0] if found else "news-archiver"


def is_html(body: bytes) -> bool:
    """Whether a file is a web page instead: many servers send one with status 200 where there is no robots.txt."""
    return _text_of(body[:1000]).lstrip().startswith("<")


def parse(body: bytes, token: str) -> Protego:
    """The rules of a file for a product token; whatever is no rule is passed over, a last line that was cut too."""
    cut = len(body) > PARSED
    text = _text_of(body[:PARSED])
    lines = text.splitlines()
    if cut and lines:
        lines.pop()
    return Protego.parse("\n".join(_named(line, token.lower()) for line in lines))


def _text_of(body: bytes) -> str:
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(encoding, "replace")
    return body.decode("utf-8", "replace")


def _named(line: str, token: str) -> str:
    """A line, with our name or another's in place of a user agent's.

    The standard compares whole product tokens; Protego takes a group for ``news`` as one for ``news-archiver`` too.
    """
    match = _AGENT.match(line)
    if match is None:
        return line
    value = match[1].partition("#")[0].strip()
    if not value:
        return line
    if value.startswith("*"):
        return "User-agent: *"
    name = _TOKEN.match(value)
    return f"User-agent: {_US if name and name[0].lower() == token else _OTHERS}"


def is_unreachable(status: int | None) -> bool:
    """Whether an answer means that the file is there and can't be had (2.3.1.4). 429 is one: the server wants peace."""
    return status is None or status >= 500 or status == TOO_MANY


def is_fresh(state: RobotsState, now: datetime) -> bool:
    """Whether what an origin said last still stands. An answer from the future is the mistake of some clock."""
    if state.fetched_at > now:
        return False
    if state.retry_at is not None:
        return now < state.retry_at and state.retry_at - state.fetched_at <= FRESH
    return now - state.fetched_at < FRESH


def is_given_up(state: RobotsState) -> bool:
    """Whether the file was out of reach for so long that it counts as missing."""
    return state.unreachable_since is not None and state.fetched_at - state.unreachable_since > GIVEN_UP
