"""From a site's sources alone, by what sources and pages name, every page of the model newspaper is reached."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from archiver.config.sites import built_in
from archiver.discover import PageClass, ScopeRules, parse_source
from archiver.html.page_scan import scan_page

model = pytest.importorskip("archiver.demo.newspaper", reason="the model newspaper is not here")
reply = pytest.importorskip("archiver.demo.reply", reason="the model newspaper is not here")

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def reached(newspaper, name: str) -> set[str]:
    """The key of every URL that a crawl of the site asks the model for, redirects followed."""
    site = built_in()[name]
    rules = ScopeRules(site)
    due = deque((source.url, True, 0) for source in site.sources)
    keys: set[str] = set()
    found: set[str] = set()
    while due:
        url, is_source, depth = due.popleft()
        if rules.key(url) in keys:
            continue
        keys.add(rules.key(url))
        url, answer = _asked(newspaper, rules.plain(url))
        if answer is None:
            continue
        found.add(rules.key(url))
        if answer.status != 200:
            continue
        reading = parse_source(answer.body, url=url, content_type=answer.media_type, found_at=NOW)
        if is_source and reading.is_source:
            due.extend((child.url, True, 0) for child in reading.children)
            due.extend((each.url, False, 0) for each in reading.candidates if rules.in_scope(each.url))
        elif depth <= (site.follow_links or 0):
            links = scan_page(answer.body, url=url, content_type=answer.media_type).links
            due.extend((link, False, depth + 1) for link in links if rules.in_scope(link))
    return found


def _asked(newspaper, url: str):
    for _ in range(5):
        parts = urlsplit(url)
        if parts.hostname not in newspaper.hosts:
            return url, None
        answer = newspaper.respond(reply.DemoRequest("GET", parts.scheme, parts.hostname, parts.path, parts.query))
        if answer.status not in {301, 302}:
            return url, answer
        url = dict(answer.headers)["Location"]
    raise AssertionError(f"{url} is redirected for ever")


def test_every_page_is_reached_and_rightly_classed() -> None:
    newspaper = model.Newspaper()
    pages = newspaper.pages()
    found = reached(newspaper, "vietnamplus") | reached(newspaper, "vietnam.vn")
    rules = {host: ScopeRules(site) for site in built_in().values() for host in site.host_names}
    for wanted in (pages.articles, pages.listings, pages.further, pages.sources):
        assert [url for url in wanted if rules[urlsplit(url).hostname or ""].key(url) not in found] == []
    for expected, urls in (
        (PageClass.ARTICLE, pages.articles),
        (PageClass.LISTING, (*pages.listings, *pages.further)),
    ):
        wrong = [url for url in urls if rules[urlsplit(url).hostname or ""].classify(url) is not expected]
        assert wrong == []
