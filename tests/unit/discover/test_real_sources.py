"""Every entry with a link, of real feeds and sitemaps, compared with a count made another way."""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from archiver.discover import SourceFormat, parse_source

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def expected_links(text: str) -> int:
    """Entries with a link, counted by patterns alone."""
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    if text.lstrip("\ufeff \r\n").startswith("{"):
        return sum(1 for item in json.loads(text.lstrip("\ufeff"))["items"] if item.get("url"))
    if "<" not in text:
        return sum(1 for line in text.splitlines() if "http" in line)
    entries = re.findall(r"<(?:\w+:)?(item|entry|url|sitemap)(?:\s[^>]*)?>(.*?)</(?:\w+:)?\1>", text, re.DOTALL)
    # A feed's picture has an address in `url` too; only in an index does the bare text of an entry count.
    named = [inner for _, inner in entries if re.search(r"<(?:\w+:)?(?:link|loc)[\s>]", inner)]
    bare = [inner for name, inner in entries if name == "sitemap" and re.match(r"\s*https?://", inner)]
    return len(named) + len(bare)


class Counter(HTMLParser):
    """Counts elements of a document by local name, whether or not it is well-formed; ``url`` only under a sitemap's root."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.root = ""
        self.counts = dict.fromkeys(("item", "entry", "url", "sitemap"), 0)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        name = tag.rpartition(":")[2]
        self.root = self.root or name
        if name in self.counts and (name != "url" or self.root == "urlset"):
            self.counts[name] += 1


def expected_entries(text: str) -> int:
    """All entries, with a link or without."""
    if text.lstrip("\ufeff \r\n").startswith("{"):
        return len(json.loads(text.lstrip("\ufeff"))["items"])
    if "<" not in text:
        return sum(1 for line in text.splitlines() if "http" in line)
    counter = Counter()
    counter.feed(text)
    return sum(counter.counts.values())


@pytest.mark.parametrize("folder", ["feeds", "sitemaps"])
def test_every_entry_is_read_and_one_without_a_link_is_said(test_data: Path, folder: str) -> None:
    wrong = {}
    for file in sorted((test_data / folder).iterdir()):
        body = file.read_bytes()
        plain = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
        reading = parse_source(body, url="https://www.example.org/source.xml", found_at=NOW)
        said = sum(1 for problem in reading.problems if problem.entry is not None)
        read = len(reading.candidates) + len(reading.children)
        expected = expected_entries(plain.decode("utf-8", "replace"))
        if not expected == reading.entries == read + said:
            wrong[file.name] = (expected, reading.entries, read, said)
    assert wrong == {}


@pytest.mark.parametrize("folder", ["feeds", "sitemaps"])
def test_every_entry_with_a_link_is_read(test_data: Path, folder: str) -> None:
    files = sorted((test_data / folder).iterdir())
    assert len(files) > 10
    counts = {}
    for file in files:
        body = file.read_bytes()
        plain = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
        reading = parse_source(body, url="https://www.example.org/source.xml", found_at=NOW)
        read = len(reading.candidates) + len(reading.children)
        counts[file.name] = (read, expected_links(plain.decode("utf-8", "replace")))
    assert {name: found for name, found in counts.items() if found[0] != found[1]} == {}
    assert sum(read for read, _ in counts.values()) > 150


def test_real_robots_files_name_their_sitemaps_and_those_that_are_html_none(test_data: Path) -> None:
    for file in sorted((test_data / "robots").iterdir()):
        reading = parse_source(file.read_bytes(), url="https://www.example.org/robots.txt", found_at=NOW)
        text = file.read_bytes().decode("utf-16" if b"\x00" in file.read_bytes()[:10] else "utf-8", "replace")
        named = set(re.findall(r"(?im)^\s*sitemap\s*:[ \t]*(\S+)", text))
        if reading.format is SourceFormat.ROBOTS:
            assert len(reading.children) + len(reading.problems) == len(named), file.name
        else:
            assert not reading.is_source or not named, file.name
