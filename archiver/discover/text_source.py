"""Sources that are no XML: robots.txt, lists of URLs, JSON feeds."""

from __future__ import annotations

import json
import re
from datetime import UTC, tzinfo
from typing import Any

from archiver.discover.fields import read_address, read_date, read_language, read_title
from archiver.discover.source_reading import Entries, Entry, SourceFormat, SourceProblem, SourceProblemKind

_SITEMAP_LINE = re.compile(r"^[ \t]*site-?map[ \t]*:[ \t]*([^\s#]\S*)", re.IGNORECASE | re.MULTILINE)
_RULE_LINE = re.compile(r"^[ \t]*(?:user-?agent|disallow|allow|crawl-delay)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_HTTP = re.compile(r"https?://", re.IGNORECASE)
_MAX_ROBOTS = 1_000_000


def sitemap_lines(robots: str) -> list[str]:
    """The addresses on the ``Sitemap:`` lines of a robots.txt, each once, as written."""
    text = re.sub(r"\r\n?", "\n", robots[:_MAX_ROBOTS])
    return list(dict.fromkeys(_SITEMAP_LINE.findall(text)))


def read_text(text: str, *, zone: tzinfo = UTC) -> Entries:
    """A JSON feed, a robots.txt or a list of URLs; ``UNKNOWN`` when it is none of them."""
    if text[:1] in {"{", "["}:
        return _json(text, zone=zone)
    if _RULE_LINE.search(text[:_MAX_ROBOTS]) or _SITEMAP_LINE.search(text[:_MAX_ROBOTS]):
        entries = Entries(SourceFormat.ROBOTS)
        for address in sitemap_lines(text):
            entries.add(Entry(address, is_source=True))
        return entries
    lines = [line.strip() for line in text.splitlines()]
    if not any(_HTTP.match(line) for line in lines[:100]):
        return Entries(SourceFormat.UNKNOWN)
    entries = Entries(SourceFormat.TEXT)
    for line in lines:
        if _HTTP.match(line):
            entries.add(Entry(line))
    return entries


def _json(text: str, *, zone: tzinfo) -> Entries:
    """JSON Feed 1.0 and 1.1 (jsonfeed.org)."""
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Entries(
            SourceFormat.UNKNOWN, problems=[SourceProblem(SourceProblemKind.DAMAGED, f"no JSON: {error}"[:200])]
        )
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        return Entries(SourceFormat.UNKNOWN)
    entries = Entries(SourceFormat.JSON_FEED)
    language = feed.get("language")
    for item in items:
        fields: dict[str, Any] = item if isinstance(item, dict) else {}
        texts = {key: value for key, value in fields.items() if isinstance(value, str)}
        name = texts.get("id", "")
        entries.add(
            Entry(
                read_address(texts.get("url") or texts.get("external_url") or (name if _HTTP.match(name) else None)),
                title=read_title(texts.get("title")),
                language=read_language(texts.get("language") or (language if isinstance(language, str) else None)),
                published_at=read_date(texts.get("date_published"), zone=zone),
                modified_at=read_date(texts.get("date_modified"), zone=zone),
            )
        )
    return entries
