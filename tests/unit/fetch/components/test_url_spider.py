"""Which site a crawl by URL belongs to."""

from __future__ import annotations

import pytest

from archiver.discover import ScopeRules
from archiver.errors import UsageError
from archiver.fetch.components.url_spider import site_of
from archiver.model.site import Host, Scope, Site, Source, SourceKind, Window

KNOWN = Site(
    "paper",
    hosts=(
        Host("www.paper.example", "vi"),
        Host("m.paper.example", same_as="www.paper.example"),
        Host("en.paper.example"),
    ),
    timezone="Asia/Ho_Chi_Minh",
    sources=(Source("https://www.paper.example/feed", SourceKind.FEED),),
    scope=Scope(article=(r"/\d+\.html",), exclude=("/search",)),
    delay=3.0,
    window=Window.parse("01:00-02:00"),
    digest="ab" * 32,
)
SITES = {"paper": KNOWN}


@pytest.mark.parametrize(
    "url", ["https://www.paper.example/", "https://paper.example/", "https://paper.example/1.html"]
)
def test_a_host_belongs_to_the_known_site_that_has_it_with_or_without_www(url: str) -> None:
    site = site_of([url], known=SITES)
    assert site.name == "paper"
    assert site.host_names == {"www.paper.example", "paper.example"}
    assert (site.timezone, site.delay) == ("Asia/Ho_Chi_Minh", 3.0)
    assert site.languages == {"www.paper.example": "vi"}


def test_its_pages_have_the_keys_that_the_sites_own_runs_give_them() -> None:
    site = site_of(["https://en.paper.example/"], known=SITES)
    url = "https://en.paper.example/7.html?utm_source=x"
    assert ScopeRules(site).key(url) == ScopeRules(KNOWN).key(url)


def test_what_was_asked_for_by_hand_is_in_scope_at_any_hour() -> None:
    site = site_of(["https://www.paper.example/search"], known=SITES)
    assert ScopeRules(site).in_scope("https://www.paper.example/search")
    assert site.window is None
    assert site.sources == ()
    assert site.follow_links == 0


def test_a_whole_host_begins_at_its_home_page_and_follows_links() -> None:
    site = site_of(["https://www.paper.example/"], known=SITES)
    assert [source.url for source in site.sources] == ["https://www.paper.example/"]
    assert site.follow_links is None


def test_another_host_makes_a_site_of_its_own() -> None:
    assert site_of(["https://evilpaper.example/"], known=SITES).name == "evilpaper.example"
    assert site_of(["https://www.other.example/"], known=SITES).name == "www.other.example"
    with pytest.raises(UsageError):
        site_of(["https://a.example/", "https://b.example/"], known=SITES)
