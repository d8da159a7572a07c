"""What every built-in site file promises, and what each knows of its own addresses."""

from __future__ import annotations

import re
import time
from datetime import date
from importlib import resources
from zoneinfo import ZoneInfo

import pytest
from cssselect import HTMLTranslator

from archiver.config.sites import built_in, read_site
from archiver.discover import PageClass, ScopeRules
from archiver.model.site import Site, SourceKind
from archiver.model.url import clean_url, host_of

FILES = sorted(item.name for item in resources.files("spiders.sites").iterdir() if item.name.endswith(".toml"))


@pytest.fixture(params=FILES)
def site(request: pytest.FixtureRequest) -> Site:
    return read_site((resources.files("spiders.sites") / request.param).read_bytes(), request.param)


def test_there_are_sites_and_all_of_them_are_built_in() -> None:
    assert {f"{name}.toml" for name in built_in()} == set(FILES)
    assert {"vietnamplus", "vietnam.vn"} <= set(built_in())


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


def test_every_source_is_legal_named_once_and_in_the_sites_own_scope(site: Site) -> None:
    rules = ScopeRules(site)
    urls = [source.url for source in site.sources]
    assert urls
    assert len(urls) == len({rules.key(url) for url in urls})
    for source in site.sources:
        assert clean_url(source.url) == source.url
        assert rules.in_scope(source.url), source.url
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


def test_no_address_makes_the_rules_slow(site: Site) -> None:
    rules = ScopeRules(site)
    host = site.hosts[0].name
    before = time.process_time()
    for piece in ("a-", "a/", "1-post", "-post1.vnp", "/1.vnp", "?page=", "aa"):
        rules.classify(f"https://{host}/{piece * (1900 // len(piece))}")
    assert time.process_time() - before < 1


VIETNAMPLUS = {
    PageClass.ARTICLE: [
        "https://www.vietnamplus.vn/nga-neu-quan-diem-ve-tam-nhin-cau-truc-an-ninh-a-au-post1073489.vnp",
        "https://en.vietnamplus.vn/some-title-post331200.vnp?utm_source=frontpage&utm_medium=card",
        "https://fr.vietnamplus.vn/un-titre/213084.vnp",
        "https://www.vietnamplus.vn/thegioi/chauau/mot-bai/12345.vnp",
        "https://vietnamplus.vn/a-b-post1.vnp",
        "https://zh.vietnamplus.vn/article-post228000.vnp",
    ],
    PageClass.LISTING: [
        "https://www.vietnamplus.vn/",
        "https://www.vietnamplus.vn/?utm_source=x",
        "https://www.vietnamplus.vn/thegioi.vnp",
        "https://www.vietnamplus.vn/thegioi.vnp?page=2",
        "https://www.vietnamplus.vn/kinhte/batdongsan.vnp",
        "https://www.vietnamplus.vn/moitruong/",
        "https://www.vietnamplus.vn/moitruong/?page=12",
        "https://www.vietnamplus.vn/kinhte/batdongsan/",
        "https://www.vietnamplus.vn/mostrecent.vnp",
        "https://www.vietnamplus.vn/topic/ung-pho-bien-doi-khi-hau-214.vnp",
        "https://www.vietnamplus.vn/topic/mot-chu-de-post12.vnp",
        "https://www.vietnamplus.vn/tag/kinh-te/",
        "https://www.vietnamplus.vn/tag/kinh-te/123.vnp",
        "https://www.vietnamplus.vn/api/get-zone?page=2&zone=438&type=zone&size=30&layout=media",
    ],
    PageClass.EXCLUDED: [
        "https://www.vietnamplus.vn/search.vnp?q=kinh+te",
        "https://www.vietnamplus.vn/Utilities/Print.aspx?contentid=1073489",
        "https://www.vietnamplus.vn/Api/x",
        "https://www.vietnamplus.vn/x/Counter.aspx?a=1",
        "https://www.vietnamplus.vn/a/avatar.aspx",
        "https://www.vietnamplus.vn/a_nif",
        "https://www.vietnamplus.vn/images/a.jpg",
    ],
    PageClass.OUTSIDE: [
        "https://media.vietnamplus.vn/images/a.jpg",
        "https://notvietnamplus.vn/a-post1.vnp",
        "https://cn.vietnamplus.vn/a-post1.vnp",
        "https://www.vietnamplus.vn.example.org/a-post1.vnp",
        "https://special.vietnamplus.vn/2025/01/02/a/",
    ],
    PageClass.PAGE: ["https://www.vietnamplus.vn/sitemap.xml", "https://www.vietnamplus.vn/ten-mot-trang/index.html"],
}
VIETNAM_VN = {
    PageClass.ARTICLE: [
        "https://www.vietnam.vn/nga-neu-quan-diem-ve-tam-nhin-cau-truc-an-ninh-a-au",
        "https://www.vietnam.vn/en/nga-neu-quan-diem-ve-tam-nhin-cau-truc-an-ninh-a-au",
        "https://www.vietnam.vn/ko/nga-neu-quan-diem?utm_source=x",
        "https://www.vietnam.vn/fr/ba-chu-dau/",
    ],
    PageClass.LISTING: [
        "https://www.vietnam.vn/",
        "https://www.vietnam.vn/en",
        "https://www.vietnam.vn/fr/?page=2",
        "https://www.vietnam.vn/category/kinh-te",
        "https://www.vietnam.vn/en/category/doi-ngoai-va-hop-tac?page=3",
        "https://www.vietnam.vn/tag/a-b-c-d",
    ],
    PageClass.EXCLUDED: ["https://www.vietnam.vn/search?q=a", "https://www.vietnam.vn/api/x"],
    PageClass.OUTSIDE: [
        "https://vstatic.vietnam.vn/a-b-c",
        "https://en.vietnam.vn/a-b-c",
        "https://anvietnam.vn/a-b-c",
    ],
    PageClass.PAGE: ["https://www.vietnam.vn/sitemap.xml", "https://www.vietnam.vn/contact"],
}


@pytest.mark.parametrize(
    ("name", "expected", "url"),
    [
        (name, expected, url)
        for name, classes in (("vietnamplus", VIETNAMPLUS), ("vietnam.vn", VIETNAM_VN))
        for expected, urls in classes.items()
        for url in urls
    ],
)
def test_addresses_are_what_they_are(name: str, expected: PageClass, url: str) -> None:
    assert ScopeRules(built_in()[name]).classify(url) is expected


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
