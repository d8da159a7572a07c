"""What a test crawl found of a site, read from the archive that it went into, as the site that its file will say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from archiver.catalog import CaptureFilter, Catalog, SourceState
from archiver.discover import ScopeRules
from archiver.discover.shapes import article_rules, listing_rules, looks_like_section
from archiver.errors import DamageFound, StorageError
from archiver.html.page_scan import PageScan, scan_page
from archiver.model.article import Article
from archiver.model.capture import Capture, Kind
from archiver.model.site import Host, Scope, Site, Source, SourceKind
from archiver.model.url import host_of
from archiver.records.reader import RecordReader
from archiver.records.revisits import resolve_revisit

LARGEST = 5_000_000
PAGES = 300
"""Pages of the crawl that are looked at."""
FEWEST_LINKS = 3
"""Articles that a section's page links to."""
MAX_SECTIONS = 40
_EXCLUDE = (r"^/(?:search|tim-kiem|login|signin|register|account)\b",)
_GOOD = frozenset({200, 304})
_SEPARATORS = (" | ", " – ", " — ", " - ", ": ")
_ZONES: Mapping[str, tuple[str, ...]] = {
    "vn": ("Asia/Ho_Chi_Minh",),
    "th": ("Asia/Bangkok",),
    "id": ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"),
    "my": ("Asia/Kuala_Lumpur",),
    "sg": ("Asia/Singapore",),
    "ph": ("Asia/Manila",),
    "kh": ("Asia/Phnom_Penh",),
    "la": ("Asia/Vientiane",),
    "mm": ("Asia/Yangon",),
    "cn": ("Asia/Shanghai",),
    "hk": ("Asia/Hong_Kong",),
    "tw": ("Asia/Taipei",),
    "jp": ("Asia/Tokyo",),
    "kr": ("Asia/Seoul",),
    "in": ("Asia/Kolkata",),
    "fr": ("Europe/Paris",),
    "de": ("Europe/Berlin",),
    "es": ("Europe/Madrid",),
    "it": ("Europe/Rome",),
    "uk": ("Europe/London",),
    "ie": ("Europe/Dublin",),
    "pt": ("Europe/Lisbon",),
    "nl": ("Europe/Amsterdam",),
    "be": ("Europe/Brussels",),
    "ch": ("Europe/Zurich",),
    "at": ("Europe/Vienna",),
    "pl": ("Europe/Warsaw",),
    "se": ("Europe/Stockholm",),
    "no": ("Europe/Oslo",),
    "dk": ("Europe/Copenhagen",),
    "fi": ("Europe/Helsinki",),
    "gr": ("Europe/Athens",),
    "tr": ("Europe/Istanbul",),
    "ru": ("Europe/Moscow",),
    "ua": ("Europe/Kyiv",),
    "il": ("Asia/Jerusalem",),
    "za": ("Africa/Johannesburg",),
    "au": ("Australia/Sydney",),
    "nz": ("Pacific/Auckland",),
    "br": ("America/Sao_Paulo",),
    "ar": ("America/Argentina/Buenos_Aires",),
}


@dataclass(frozen=True, slots=True)
class FoundSite:
    """``site`` is what the file will say. ``sources`` are the good ones as they answered, ``failed`` those that were named and are
    none; ``pages`` and ``articles`` were captured; ``notes`` are for whoever reads the file."""

    site: Site
    sources: tuple[SourceState, ...] = ()
    failed: tuple[SourceState, ...] = ()
    pages: int = 0
    articles: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Archive:
    """Where all of it is read."""

    catalog: Catalog
    records: RecordReader


@dataclass(slots=True)
class _Seen:
    """Pages of a crawl, and the articles among them."""

    pages: dict[str, PageScan] = field(default_factory=dict)
    articles: dict[str, Article] = field(default_factory=dict)


def describe(catalog: Catalog, records: RecordReader, site: Site, *, run: str) -> FoundSite:
    """The site that a test crawl of ``site`` found. Reads captures of ``run``, sources and frontier; fetches nothing."""
    archive = _Archive(catalog, records)
    home_url = site.sources[0].url
    states = list(archive.catalog.sources.find(site.name))
    seen = _read_pages(archive, run)
    home, front = _read_home(archive, home_url, run)
    host = host_of(home.url) if home is not None else host_of(home_url)
    rules = ScopeRules(site)
    listed = _listed(archive, site, states)
    own = {url for url in listed if host_of(url) in site.host_names}
    articles = own | {url for url in seen.articles if host_of(url) in site.host_names}
    menu = [url for url in front.menu if host_of(url) in site.host_names and looks_like_section(url)]
    article = article_rules(articles, lists=menu)
    sections = _sections(menu, seen, articles, rules, home=home_url)
    sources, failed = _sources(archive, site, states, home=home.url if home is not None else home_url)
    language = _language(front, seen.articles.values())
    hosts = _hosts(host, site, seen, language)
    notes = _notes(seen, hosts, article=article, failed=failed)
    found = replace(
        site,
        title=_title(front, seen.pages.values(), site),
        timezone=_timezone(host, seen.articles.values()),
        hosts=hosts,
        sources=(*sources, *(Source(url, SourceKind.FRONT) for url in sections)),
        scope=Scope(
            article=article,
            listing=listing_rules(sections or menu, articles=articles),
            exclude=tuple(rule for rule in _EXCLUDE),
        ),
        follow_links=1 if any(source.kind is not SourceKind.FRONT for source in sources) else 2,
    )
    good = tuple(state for state in states if not state.is_failing)
    return FoundSite(found, good, failed, len(seen.pages), len(seen.articles), notes)


def _read_pages(archive: _Archive, run: str) -> _Seen:
    seen = _Seen()
    for capture in archive.catalog.captures.find(CaptureFilter(run=run, kind=Kind.PAGE), limit=PAGES):
        if capture.status not in _GOOD:
            continue
        body = _body(archive, capture)
        if body is not None:
            seen.pages[capture.url] = scan_page(body, url=capture.url, content_type=capture.mime)
        extraction = archive.catalog.articles.get(capture.record_id)
        if extraction is not None and extraction.article is not None:
            seen.articles[capture.url] = extraction.article
    return seen


def _read_home(archive: _Archive, url: str, run: str) -> tuple[Capture | None, PageScan]:
    """The home page, also where a redirect led to it."""
    sources = [c for c in archive.catalog.captures.find(CaptureFilter(run=run, kind=Kind.SOURCE)) if c.status in _GOOD]
    named = [c for c in sources if c.url == url] or [c for c in sources if urlsplit(c.url).path in {"", "/"}]
    capture = named[-1] if named else None
    body = _body(archive, capture) if capture is not None else None
    if capture is None or body is None:
        return None, PageScan()
    return capture, scan_page(body, url=capture.url, content_type=capture.mime)


def _body(archive: _Archive, capture: Capture) -> bytes | None:
    """A page's body; of one that had not changed since an earlier capture that one's."""
    original = resolve_revisit(archive.catalog, capture)
    if original is None:
        return None
    try:
        http = archive.records.read(original.record).http
    except (DamageFound, StorageError):
        return None  # `archiver verify` looks after that
    return http.decoded(limit=LARGEST).data if http is not None else None


def _listed(archive: _Archive, site: Site, states: Iterable[SourceState]) -> set[str]:
    """What feeds and news sitemaps name: articles, nearly always."""
    fresh = {
        state.url for state in states if state.kind in {SourceKind.FEED, SourceKind.NEWS_SITEMAP} and state.good_at
    }
    moved = {state.moved_to for state in states if state.url in fresh and state.moved_to}
    entries = (state.entry for state in archive.catalog.frontier.find(site.name))
    return {
        entry.url for entry in entries if entry.kind is Kind.PAGE and entry.hop == "M" and entry.via in fresh | moved
    }


def _sections(menu: Iterable[str], seen: _Seen, articles: set[str], rules: ScopeRules, *, home: str) -> list[str]:
    """Menu links that were captured and lead to articles; where none was captured, there are none."""
    keys = {rules.key(url) for url in articles}
    found: dict[str, str] = {}
    for url in menu:
        page = seen.pages.get(url)
        if page is None or rules.key(url) in keys or rules.key(url) == rules.key(home):
            continue
        if len({rules.key(link) for link in page.links} & keys) >= FEWEST_LINKS:
            found.setdefault(rules.key(url), url)
    return list(found.values())[:MAX_SECTIONS]


def _sources(
    archive: _Archive, site: Site, states: Iterable[SourceState], *, home: str
) -> tuple[list[Source], tuple[SourceState, ...]]:
    """The good sources, news first: those that page and robots.txt named, and of an index's children the news sitemaps."""
    kept, failed = [], []
    states = list(states)
    indexes = {
        url for state in states if state.kind is SourceKind.SITEMAP for url in (state.url, state.moved_to) if url
    }
    for state in states:
        row = archive.catalog.frontier.get(site.name, state.key)
        is_child = row is not None and row.entry.via in indexes
        if state.is_failing:
            failed.append(state)
        elif state.kind is SourceKind.NEWS_SITEMAP or not is_child:
            kept.append(Source(home if state.kind is SourceKind.FRONT else state.moved_to or state.url, state.kind))
    order = [SourceKind.NEWS_SITEMAP, SourceKind.FEED, SourceKind.FRONT, SourceKind.SITEMAP]
    unique = {source.url: source for source in sorted(kept, key=lambda source: order.index(source.kind))}
    return list(unique.values()), tuple(failed)


def _hosts(host: str, site: Site, seen: _Seen, language: str | None) -> tuple[Host, ...]:
    """The host, its twin with or without ``www.``, and mobile and AMP hosts that say whose pages theirs are."""
    others = dict.fromkeys(name for name in (each.name for each in site.hosts) if name != host)
    for url, page in seen.pages.items():
        amp = host_of(page.amp) if page.amp else ""
        if amp and amp != host and urlsplit(page.amp or "").path.rstrip("/") == urlsplit(url).path.rstrip("/"):
            others.setdefault(amp)
    return (Host(host, language), *(Host(name, same_as=host) for name in others))


def _language(front: PageScan, articles: Iterable[Article]) -> str | None:
    languages = Counter(article.language for article in articles if article.language)
    if languages:
        return languages.most_common(1)[0][0]
    code = (front.language or "").replace("_", "-").partition("-")[0].lower()
    return code if 2 <= len(code) <= 3 and code.isalpha() else None


def _title(front: PageScan, pages: Iterable[PageScan], site: Site) -> str:
    """What the site calls itself, else what most titles of its pages end or begin with."""
    if front.site_name:
        return front.site_name
    home = front.title or site.title
    ends = Counter(end for page in pages for end in set(_ends(page.title or "")))
    usual = [end for end in _ends(home) if ends[end] > 1]
    return max(usual, key=lambda end: ends[end], default=home)


def _ends(title: str) -> list[str]:
    """What stands before the first and behind the last separator of a title."""
    found = []
    for separator in _SEPARATORS:
        parts = [part.strip() for part in title.split(separator)]
        if len(parts) > 1:
            found += [part for part in (parts[0], parts[-1]) if part]
    return found


def _timezone(host: str, articles: Iterable[Article]) -> str:
    """That of the country, where dates on pages have its offset; else the offset alone."""
    dates = [a.published_at for a in articles if a.published_at is not None and a.published_at.tzinfo is not None]
    offsets = Counter(at.utcoffset() for at in dates)
    zones = _ZONES.get(host.rpartition(".")[2], ())
    if not offsets:
        return zones[0] if len(zones) == 1 else "UTC"
    offset = offsets.most_common(1)[0][0] or timedelta(0)
    for name in zones:
        fits = sum(1 for at in dates if at.astimezone(ZoneInfo(name)).utcoffset() == at.utcoffset())
        if fits > len(dates) / 2:
            return name
    if not offset and len(zones) == 1:
        return zones[0]  # machines write UTC everywhere
    hours = offset.total_seconds() / 3600
    if not hours or hours % 1 or not -12 <= hours <= 14:
        return "UTC"
    return f"Etc/GMT{-int(hours):+d}"


def _notes(
    seen: _Seen, hosts: Iterable[Host], *, article: tuple[str, ...], failed: Iterable[SourceState]
) -> tuple[str, ...]:
    notes = []
    if not article:
        notes.append("No form is common to the articles' addresses: every page that is no list may be one.")
    known = {host.name for host in hosts}
    editions = {
        language: url
        for page in seen.pages.values()
        for language, url in page.alternates.items()
        if host_of(url) not in known and language != "x-default"
    }
    if editions:
        others = ", ".join(f"{host} ({language})" for language, host in _by_language(editions))
        notes.append(f"Other languages on other hosts, not in this file: {others}.")
    notes += [f"Named, but no source: {state.url} ({state.reason})" for state in failed]
    return tuple(notes)


def _by_language(editions: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted({(language, host_of(url)) for language, url in editions.items()})
