"""Fields of feeds and sitemaps as people write them: dates, titles, addresses."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

from dateutil import parser as dates
from dateutil.parser import ParserError

from archiver.model.zone_names import ZONE_NAMES

_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
_TAG = re.compile(r"<[A-Za-z/!][^<>]{0,500}>")
_GMT_OFFSET = re.compile(r"\b(?:GMT|UTC)\s?([+-])(\d{1,2}):?(\d{2})?\s*\Z")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*\Z")
_MAX_TITLE = 1000
_FIRST_YEAR = 1970
_ZONE_NAME = re.compile(rf"(\d\s?)({'|'.join(ZONE_NAMES)})\s*\Z")


def plain(text: str | None) -> str:
    """The text inside CDATA that was escaped once too often (``&lt;![CDATA[…]]&gt;``), without white space around it."""
    return _CDATA.sub(r"\1", text or "").strip()


def read_title(text: str | None) -> str | None:
    """A title as plain text: no markup, no entities, white space squeezed; None when nothing is left."""
    title = html.unescape(_TAG.sub(" ", plain((text or "")[:20_000])))
    return " ".join(title.split())[:_MAX_TITLE] or None


def read_address(text: str | None) -> str | None:
    """An address as it was meant; None when there is none. An ``&amp;`` that is left was escaped twice."""
    return plain(text).replace("&amp;", "&") or None


def read_language(text: str | None) -> str | None:
    """A language tag, ``-`` between its parts, the language in lower case; None when it is none."""
    text = plain(text)
    if not _LANGUAGE.match(text):
        return None
    language, _, rest = text.replace("_", "-").partition("-")
    return f"{language.lower()}-{rest}" if rest else language.lower()


def read_date(text: str | None, *, zone: tzinfo = UTC) -> datetime | None:
    """An instant in RFC 822, W3C or any usual form, in UTC; ``zone`` where it names none; None when it can't be read."""
    text = plain((text or "")[:200])[:80]
    if not text:
        return None
    text = _GMT_OFFSET.sub(lambda m: f"{m[1]}{int(m[2]):02d}{m[3] or '00'}", text)
    text = _ZONE_NAME.sub(_offset, text)
    for reader in (datetime.fromisoformat, parsedate_to_datetime, _loosely):
        try:
            at = reader(text)
            at = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError, ParserError, TypeError, IndexError):
            continue
        return at if at.year >= _FIRST_YEAR else None
    return None


def _offset(named: re.Match[str]) -> str:
    minutes = ZONE_NAMES[named[2]]
    return f"{named[1]}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"


def _loosely(text: str) -> datetime:
    # Whatever is missing would come from today; a year long ago shows that it was.
    return dates.parse(text, default=datetime(1900, 1, 1), tzinfos=_zone_named)  # noqa: DTZ001  the zone comes after


def _zone_named(_: str | None, offset: int | None) -> tzinfo | None:
    return None if offset is None else timezone(timedelta(seconds=offset))
