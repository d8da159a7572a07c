"""The newspaper's lists: home page, sections with their pages, dossiers, tags, search, and the fragment for "see more"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from archiver.demo.article import Article
from archiver.demo.editions import SECTION_NAMES, SECTION_SLUGS, TOPICS, ZONES, Edition
from archiver.demo.furniture import box, card, page, section_path, sidebar
from archiver.demo.issue import NEWEST, Issue
from archiver.demo.moments import shown_day
from archiver.demo.slugs import slug
from archiver.demo.words import WORDS

PER_PAGE = 12
PER_SECTION_PAGE = 6
FRAGMENT_MOST = 60


@dataclass(frozen=True, slots=True)
class SectionList:
    """A list of articles: its address, its name and all that is on it, of which a page shows a part."""

    path: str
    name: str
    articles: Sequence[Article]
    section: str | None = None

    @property
    def per_page(self) -> int:
        """How many a page shows: the whole edition's lists are longer than others."""
        return PER_PAGE if self.path in {"/", "/mostrecent.vnp"} else PER_SECTION_PAGE

    @property
    def last_page(self) -> int:
        """The number of the last page, at least 1."""
        return max(1, -(-len(self.articles) // self.per_page))

    def on_page(self, number: int) -> Sequence[Article]:
        """What page `number` shows."""
        return self.articles[(number - 1) * self.per_page : number * self.per_page]


def listing_at(issue: Issue, edition: Edition, path: str) -> SectionList | None:
    """The list at a path, None where there is none."""
    if path in {"/", "/mostrecent.vnp"}:
        return SectionList(path, WORDS[edition.language]["latest"], issue.of(edition))
    for section, names in SECTION_NAMES.items():
        if path in {section_path(edition, section), f"/{SECTION_SLUGS[section][edition.language]}.vnp"}:
            articles = issue.in_section(edition, section)
            return SectionList(path, names[edition.language], articles, section)
    for topic in TOPICS:
        name = topic.names[edition.language]
        if path == f"/topic/{slug(name)}-{topic.number}.vnp":
            return SectionList(path, name, issue.in_topic(edition, topic))
    if path.startswith("/tag/") and path.endswith("/"):
        tag = path[len("/tag/") : -1]
        articles = issue.with_tag(edition, tag)
        return SectionList(path, issue.tags(edition)[tag], articles) if articles else None
    return None


def fronts(edition: Edition) -> list[str]:
    """Paths of the home page, the sections' fronts and the dossiers."""
    sections = [section_path(edition, section) for section in SECTION_NAMES]
    topics = [f"/topic/{slug(topic.names[edition.language])}-{topic.number}.vnp" for topic in TOPICS]
    return ["/", *sections, *topics]


def tag_pages(issue: Issue, edition: Edition) -> list[str]:
    """Paths of the tags' pages."""
    return [f"/tag/{tag}/" for tag in sorted(issue.tags(edition))]


def further_pages(issue: Issue, edition: Edition) -> list[str]:
    """Paths with query of the lists' second and later pages, and the older form of the sections' fronts."""
    recent = "/mostrecent.vnp"
    paths = [recent, *(f"/{names[edition.language]}.vnp" for names in SECTION_SLUGS.values())]
    for path in (recent, *fronts(edition)[1:]):
        listing = listing_at(issue, edition, path)
        if listing is not None:
            paths += [f"{path}?page={number}" for number in range(2, listing.last_page + 1)]
    return paths


def listing_page(issue: Issue, edition: Edition, listing: SectionList, *, number: int) -> bytes:
    """One page of a list; the home page has a block for each section as well."""
    words = WORDS[edition.language]
    cards = [card(issue, article, number=place + number) for place, article in enumerate(listing.on_page(number))]
    blocks = _home_blocks(issue, edition) if listing.path == "/" and number == 1 else ""
    heading = f"{listing.name} | {edition.name}"
    canonical = section_path(edition, listing.section) if listing.section is not None else listing.path
    head = (
        f'<link rel="canonical" href="{edition.origin}{canonical}">\n<meta property="og:type" content="website">\n'
        f'<link rel="alternate" type="application/rss+xml" href="{edition.origin}/rss/{_feed_name(edition, listing)}.rss">\n'
    )
    content = f"""<div class="main-col">
<h1 class="cate-title">{escape(listing.name)}</h1>
{box(listing.name, cards, kind="abf-cate timeline")}
{_pager(listing, number, words["page"])}
{_more(edition, listing, words["more"])}
{blocks}
</div>
{sidebar(issue, edition, issue.of(edition)[:NEWEST])}"""
    return page(edition, shown_day(issue.at, edition.language), title=heading, head=head, content=content)


def search_page(issue: Issue, edition: Edition, query: str) -> bytes:
    """What the titles answer to a query."""
    words = WORDS[edition.language]
    found = issue.matching(edition, query)[: PER_PAGE * 2]
    cards = [card(issue, article, number=place) for place, article in enumerate(found)]
    name = words["results"]
    head = '<meta name="robots" content="noindex">\n'
    content = f'<div class="main-col"><h1>{name}</h1><p>“{escape(query)}”</p>{box(name, cards, kind="timeline")}</div>'
    return page(
        edition, shown_day(issue.at, edition.language), title=f"{name} | {edition.name}", head=head, content=content
    )


def fragment(issue: Issue, edition: Edition, zone: str, *, number: int, size: int) -> bytes:
    """What "see more" fetches: cards without a page around them, empty beyond the last."""
    section = next((section for section, known in ZONES.items() if str(known) == zone), None)
    articles = issue.of(edition) if section is None else issue.in_section(edition, section)
    shown = articles[(number - 1) * size : number * size]
    return "\n".join(card(issue, article, number=place) for place, article in enumerate(shown)).encode()


def _pager(listing: SectionList, number: int, word: str) -> str:
    if listing.last_page == 1 or listing.path == "/":
        return ""
    links = "".join(
        f'<a href="{listing.path}?page={other}"{" class=current" if other == number else ""}>{other}</a>'
        for other in range(1, listing.last_page + 1)
    )
    return f'<div class="pager" id="mainContent_ContentList1_pager">{word} {links}</div>'


def _more(edition: Edition, listing: SectionList, word: str) -> str:
    if listing.path == "/":
        return f'<a class="more" href="/mostrecent.vnp">{word}</a>'
    if listing.section is None:
        return ""
    address = f"/api/get-zone?page=2&amp;zone={ZONES[listing.section]}&amp;type=zone&amp;size=30&amp;layout=media"
    return f'<button class="more" data-url="{address}" lang="{edition.language}">{word}</button>'


def _home_blocks(issue: Issue, edition: Edition) -> str:
    blocks = []
    for section, names in SECTION_NAMES.items():
        found = issue.in_section(edition, section)[:3]
        cards = [card(issue, article, number=place + 2, small=True) for place, article in enumerate(found)]
        blocks.append(box(names[edition.language], cards, kind="zone--timeline"))
    topics = "".join(
        f'<li><a href="/topic/{slug(topic.names[edition.language])}-{topic.number}.vnp">'
        f"{escape(topic.names[edition.language])}</a></li>"
        for topic in TOPICS
    )
    title = WORDS[edition.language]["topics"]
    return "\n".join(
        [*blocks, f'<section class="topics"><h3 class="box-title">{title}</h3><ul>{topics}</ul></section>']
    )


def _feed_name(edition: Edition, listing: SectionList) -> str:
    return "home" if listing.section is None else SECTION_SLUGS[listing.section][edition.language]
