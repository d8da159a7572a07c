"""Site files that a program writes or marks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.config.site_text import site_text, with_checked
from archiver.config.sites import _built_in_files, read_site
from archiver.model.site import Host, Scope, Site, Source, SourceKind

DAY = date(2026, 11, 24)
SITE = Site(
    name="news.example",
    title='The "News"',
    publisher="A\\B",
    timezone="Asia/Ho_Chi_Minh",
    hosts=(Host("news.example", "vi"), Host("m.news.example", same_as="news.example")),
    sources=(
        Source("https://news.example/", SourceKind.FRONT),
        Source("https://news.example/rss", SourceKind.FEED, min_interval="2m", max_interval="30m"),
    ),
    scope=Scope(article=(r"-\d+\.html$", "it's"), listing=("^/x",), exclude=("^/s",), drop_parameters=("ref",)),
    follow_links=1,
)


def test_a_written_site_is_read_back_the_same() -> None:
    text = site_text(SITE, notes=("Two\nlines.",))
    assert text.startswith("# Two\n# lines.\n")
    assert replace(read_site(text.encode(), "x"), digest="") == SITE


@given(title=st.text(max_size=50), rule=st.from_regex(r"[a-z'\"\\\x7f]{0,10}x", fullmatch=True))
def test_whatever_stands_in_a_title_or_rule_comes_back(title: str, rule: str) -> None:
    site = replace(SITE, title=title, scope=Scope(drop_parameters=(rule,)))
    assert replace(read_site(site_text(site).encode("utf-8", "surrogatepass"), "x"), digest="") == site


@pytest.mark.parametrize("name", [where for where, _ in _built_in_files()])
def test_the_day_of_a_check_changes_nothing_else_of_a_site_file(name: str) -> None:
    data = dict(_built_in_files())[name].read_bytes()
    marked = with_checked(data, DAY)
    before, after = read_site(data, "x"), read_site(marked, "x")
    assert after.checked == "2026-11-24"
    assert replace(after, checked=before.checked, digest=before.digest) == before
    assert with_checked(marked, DAY) == marked
    assert len(marked.splitlines()) == len(data.splitlines())


def test_a_file_without_the_day_gets_it() -> None:
    marked = with_checked(b'name = "n"\nhosts = [{ name = "n.example" }]\n[scope]\nlisting = []\n', DAY)
    assert read_site(marked, "x").checked == "2026-11-24"
