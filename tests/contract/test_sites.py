"""What every built-in site file promises, and what each knows of its own addresses."""

from __future__ import annotations

import re
import time
import tomllib
from datetime import date
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cssselect import HTMLTranslator

from archiver.config.sites import built_in, read_site
from archiver.discover import PageClass, ScopeRules
from archiver.model.site import Site, SourceKind
from archiver.model.url import clean_url, host_of, path_of

FILES = sorted(item.name for item in resources.files("spiders.sites").iterdir() if item.name.endswith(".toml"))

ADDRESSES = tomllib.loads((Path(__file__).parent / "site_addresses.toml").read_text("utf-8"))
ELSEWHERE = {
    "bbc": {"feeds.bbci.co.uk"},
    "npr": {"feeds.npr.org", "googlecrawl.npr.org"},
    "dw": {"rss.dw.com"},
    "elpais": {"feeds.elpais.com"},
}
"""Hosts where a site's sources stand although none of its pages do."""


@pytest.fixture(params=FILES)
def site(request: pytest.FixtureRequest) -> Site:
    return read_site((resources.files("spiders.sites") / request.param).read_bytes(), request.param)


def test_there_are_sites_and_all_of_them_are_built_in() -> None:
    assert {f"{name}.toml" for name in built_in()} == set(FILES)
    assert {"vietnamplus", "vietnam.vn", "vnexpress", "tuoitre", "thanhnien", "dantri"} <= set(built_in())
    assert {"vietnamnet", "nhandan", "baotintuc", "vov"} <= set(built_in())
    assert len(built_in()) >= 20


def test_a_site_has_the_name_of_its_file() -> None:
    for file in FILES:
        assert read_site((resources.files("spiders.sites") / file).read_bytes(), file).name == file.removesuffix(
            ".toml"
        )


def test_a_site_says_who_it_is_and_when_it_was_tried(site: Site) -> None:
    assert site.title
    assert site.publisher
    assert site.checked == "never" or date.fromisoformat(site.checked)
    assert ZoneInfo(site.timezone)


def test_hosts_are_legal_and_named_once(site: Site) -> None:
    names = [host.name for host in site.hosts]
    assert len(names) == len(set(names))
    for name in names:
        assert host_of(clean_url(f"https://{name}/")) == name


def test_a_site_is_polite(site: Site) -> None:
    assert site.delay is None or site.delay >= 1
    assert site.concurrency is None or site.concurrency <= 2
    assert site.follow_links is not None


def test_no_two_sites_have_a_host_in_common() -> None:
    names = [host.name for site in built_in().values() for host in site.hosts]
    assert len(names) == len(set(names))


def test_a_host_that_is_the_same_as_another_says_no_language_of_its_own(site: Site) -> None:
    for host in site.hosts:
        assert host.same_as is None or (host.language is None and host.same_as in site.host_names)


def test_every_source_is_legal_named_once_and_in_the_sites_own_scope(site: Site) -> None:
    rules = ScopeRules(site)
    urls = [source.url for source in site.sources]
    assert urls
    assert len(urls) == len({rules.key(url) for url in urls})
    for source in site.sources:
        assert clean_url(source.url) == source.url
        if host_of(source.url) in site.host_names:
            assert rules.in_scope(source.url), source.url
        else:
            assert host_of(source.url) in ELSEWHERE[site.name], source.url
        if source.kind is SourceKind.FRONT:
            assert rules.classify(source.url) is PageClass.LISTING, source.url


def test_every_language_edition_on_a_host_of_its_own_has_a_source(site: Site) -> None:
    announced = {host_of(source.url) for source in site.sources}
    for language in set(site.languages.values()):
        assert announced & {host.name for host in site.hosts if host.language == language}


def test_profiles_are_for_the_sites_hosts_and_their_selectors_are_legal(site: Site) -> None:
    for profile in site.profiles:
        assert set(profile.hosts) <= site.host_names
        assert profile.since is None or profile.until is None or profile.since <= profile.until
        named = (profile.title, profile.lead, profile.body, profile.author, profile.date, *profile.drop)
        for selector in filter(None, named):
            assert HTMLTranslator().css_to_xpath(selector)


PIECES = (
    "a-",
    "a/",
    "-",
    "/",
    "1",
    "1-post",
    "-post1.vnp",
    "/1.vnp",
    "?page=",
    "aa",
    "-1",
    "_1",
    "a1b-",
    "en/",
    "20260921-",
)


def test_no_address_makes_the_rules_slow(site: Site) -> None:
    rules = ScopeRules(site)
    before = time.process_time()
    for piece in PIECES:
        for end in ("", "!", ".html", "-123456.htm"):
            url = f"https://{site.hosts[0].name}/{piece * (1900 // len(piece))}{end}"
            rules.classify(url)
            rules.key(url)
    assert time.process_time() - before < 2


@pytest.mark.parametrize(
    ("name", "expected", "url"),
    [
        (name, expected, url)
        for name, known in ADDRESSES.items()
        for expected in PageClass
        for url in known.get(expected.value, ())
    ],
)
def test_addresses_are_what_they_are(name: str, expected: PageClass, url: str) -> None:
    assert ScopeRules(built_in()[name]).classify(url) is expected


@pytest.mark.parametrize(
    ("name", "urls"), [(n, urls) for n, known in ADDRESSES.items() for urls in known.get("same", ())]
)
def test_the_addresses_of_one_article_are_one_page(name: str, urls: list[str]) -> None:
    rules = ScopeRules(built_in()[name])
    assert len(urls) > 1
    assert len({rules.key(url) for url in urls}) == 1
    assert {rules.classify(url) for url in urls} <= {PageClass.ARTICLE, PageClass.LISTING}


@pytest.mark.parametrize(
    ("name", "urls"), [(n, urls) for n, known in ADDRESSES.items() for urls in known.get("apart", ())]
)
def test_addresses_that_look_alike_are_pages_of_their_own(name: str, urls: list[str]) -> None:
    rules = ScopeRules(built_in()[name])
    assert len({rules.key(url) for url in urls}) == len(urls)


def test_the_addresses_of_every_site_are_known(site: Site) -> None:
    known = ADDRESSES[site.name]
    assert set(ADDRESSES) == set(built_in())
    assert set(known) <= {*(each.value for each in PageClass), "same", "apart"}
    assert len(known["article"]) >= 2
    assert len(known["listing"]) >= 3
    assert known["excluded"]
    assert known["outside"]
    assert known["same"]


def test_no_rule_for_articles_is_one_for_listings(site: Site) -> None:
    """Where both match the listing wins, which would hide a rule that is too wide: only a few forms may need that."""
    both = re.compile("|".join(f"(?:{rule})" for rule in site.scope.article))
    listing = re.compile("|".join(f"(?:{rule})" for rule in site.scope.listing))
    for url in ADDRESSES[site.name]["article"]:
        where = path_of(ScopeRules(site).plain(url))
        assert both.search(where)
        assert not listing.search(where)


def test_what_lists_is_never_taken_for_an_article_by_its_id(site: Site) -> None:
    rules = ScopeRules(site)
    ids = {rules.key(url) for url in ADDRESSES[site.name]["article"]}
    fronts = [source.url for source in site.sources]
    for url in (*ADDRESSES[site.name]["listing"], *fronts):
        assert "#" not in rules.key(url), url
        assert rules.key(url) not in ids


def row_of(site: Site) -> str:
    real = {host.name for host in site.hosts if host.same_as is None}
    hosts = [host for host in site.hosts if host.name in real and f"www.{host.name}" not in real]
    languages = sorted({host.language or "several" for host in hosts})
    named = ", ".join(host.name for host in hosts)
    return f"| `{site.name}` | {site.title} | {named} | {', '.join(languages)} | {len(site.sources)} | {site.checked} |"


def test_the_readme_lists_every_site_as_its_file_says() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    rows = [line for line in readme.splitlines() if line.startswith("| `")]
    assert rows == [row_of(site) for _, site in sorted(built_in().items())]


def test_vietnamplus_has_six_editions_each_with_news_sitemap_feed_front_and_index() -> None:
    site = built_in()["vietnamplus"]
    editions = {host.name: host.language for host in site.hosts if host.name != "vietnamplus.vn"}
    assert sorted(editions.values(), key=str) == ["en", "es", "fr", "ru", "vi", "zh"]
    for host in editions:
        kinds = {source.kind for source in site.sources if host_of(source.url) == host}
        assert kinds == set(SourceKind)


def test_months_of_vietnamplus_sitemaps_are_found_by_the_index_not_by_a_pattern() -> None:
    """They have no leading zero, which others' patterns missed."""
    assert not [s.url for s in built_in()["vietnamplus"].sources if re.search(r"news-\d{4}", s.url)]
