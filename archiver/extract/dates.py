"""When an article was published and changed: JSON-LD, meta, microdata, time elements, what readers see, the URL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from archiver.extract.blocks import TextBlock
from archiver.extract.dateforms import read_address, read_stamp, read_words
from archiver.extract.noise import words_of
from archiver.html.page_tree import Page, squeeze
from archiver.model.article import FieldSource, Precision

_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "article:published",
    "datepublished",
    "og:published_time",
    "published_time",
    "parsely-pub-date",
    "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
    "sailthru.date",
    "publishdate",
    "publish_date",
    "publish-date",
    "publication_date",
    "publicationdate",
    "pubdate",
    "published-date",
    "dc.date.issued",
    "dcterms.created",
    "dc.date.created",
    "dc.date",
    "date",
    "rnews:datepublished",
    "article:post_date",
    "originalpublicationdate",
    "timestamp",
    "last-modified-original",
)
_MODIFIED = (
    "article:modified_time",
    "og:article:modified_time",
    "datemodified",
    "og:updated_time",
    "article:updated_time",
    "dcterms.modified",
    "dc.date.modified",
    "last-modified",
    "lastmod",
    "revised",
)
_LABEL = re.compile(
    r"(?P<changed>\b(?:last )?(?:updated?|modified|edited)\b|cập nhật|mise? à jour|\bmaj\b|modifié|actualizad[oa]|aktualisiert|geändert|\bstand\b|aggiornat[oa]|"
    r"atualizad[oa]|обновлен[оа]?|изменен[оа]?|更新|修改|업데이트|수정)|(?P<first>\bpublished\b|\bposted\b|publiée?\b|publicad[oa]|veröffentlicht|erstellt|pubblicat[oa]|опубликован[оа]?|"
    r"đăng|发布|發布|公開|입력|등록)",
    re.IGNORECASE,
)
"""What stands before a date and says which it is."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_NAMED_DATE = re.compile(r"date|time|publi|posted|stand|updated|aktualis|meta|byline", re.IGNORECASE)
_EARLIEST = 1990
_COMMENTS = frozenset(
    (
        *("comment", "comments", "commentlist", "commentaire", "commentaires", "comentario", "comentarios"),
        *("kommentar", "kommentare", "disqus", "embed", "embedded"),
    )
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that a page gives; ``at`` is naive where it gives no zone."""

    at: datetime
    precision: Precision
    origin: str
    confidence: float

    @property
    def source(self) -> FieldSource:
        """Where it was read."""
        return FieldSource(self.origin, self.confidence)


@dataclass(frozen=True, slots=True)
class Dates:
    """Published and modified, aware."""

    published: Moment | None
    modified: Moment | None


def read_dates(
    page: Page,
    node: dict[str, Any],
    *,
    seen: list[TextBlock],
    selector: HtmlElement | None,
    zone: tzinfo,
    at: datetime | None,
    announced: datetime | None = None,
) -> Dates:
    """The dates of the article. ``announced`` is what a feed or sitemap says. ``seen`` are the blocks around the headline; ``zone`` stands in where the page names none; nothing after ``at`` is believed."""
    announced = announced.astimezone(zone) if announced else None
    given = (m for m in _published(page, node, seen, selector, announced) if _plausible(m.at, at))
    published = list(_until_exact(given))
    modified = next((m for m in _modified(page, node, seen) if _plausible(m.at, at)), None)
    if published and modified and _is_before(modified, published[-1]) and (rest := list(_until_exact(given))):
        # Published after it was changed: another place knows better, if one does.
        published = [m for m in (*rest, *published) if not _is_before(modified, m)] or published
    known = (*published, modified) if modified else published
    offset = next(
        (m.at.tzinfo for m in known if m.at.tzinfo is not None and m.at.utcoffset() != timedelta(0)),
        None,
    )
    first = _best(published, offset or zone)
    last = _aware(modified, offset or zone) if modified else None
    if first and last and _is_before(last, first):
        last = None
    return Dates(_checked(first, page, offset or zone) if first else None, last)


def _until_exact(moments: Iterator[Moment]) -> Iterator[Moment]:
    """The moments up to the first that nothing after it can better: exact, with a zone."""
    for moment in moments:
        yield moment
        if moment.precision != "day" and moment.at.tzinfo is not None:
            return


def _is_before(one: Moment, other: Moment) -> bool:
    """Whether ``one`` is earlier than ``other`` by more than zones and days without a clock explain."""
    there, here = (m.at if m.at.tzinfo else m.at.replace(tzinfo=UTC) for m in (one, other))
    return one.precision != "day" and there < here - timedelta(days=1)


def _checked(first: Moment, page: Page, zone: tzinfo) -> Moment:
    """``first``, surer where head or address say the same, less sure where they name another day."""
    others = [m for name in _PUBLISHED[:3] for text in page.meta.get(name, ())[:1] for m in _given(text, "meta", 0.9)]
    others += [Moment(*read, "url", 0.5) for read in (read_address(page.url),) if read]
    apart = [_apart(first, _aware(other, zone)) for other in others if other.origin != first.origin]
    if not apart:
        return first
    sure = min(first.confidence + 0.04, 0.99) if min(apart) < timedelta(days=1) else first.confidence - 0.2
    return replace(first, confidence=round(sure, 2))


def _apart(one: Moment, other: Moment) -> timedelta:
    """How far two moments lie apart; nothing where one names only the day and it is the other's."""
    if "day" in {one.precision, other.precision} and abs((one.at.date() - other.at.date()).days) <= 1:
        return timedelta(0)
    return abs(one.at - other.at)


def _best(found: list[Moment], zone: tzinfo) -> Moment | None:
    """The most trusted moment; where it names only the day, one of the same day that names the minute."""
    if not found:
        return None
    first = _aware(found[0], zone)
    if first.precision == "day":
        for other in found[1:]:
            finer = _aware(other, zone)
            if (
                finer.precision != "day"
                and abs((finer.at - first.at).total_seconds()) < 86_400
                and finer.at.astimezone(first.at.tzinfo).date() == first.at.date()
            ):
                return finer
    return first


def _aware(moment: Moment, zone: tzinfo) -> Moment:
    if moment.at.tzinfo is not None:
        return moment
    return Moment(moment.at.replace(tzinfo=zone), moment.precision, moment.origin, moment.confidence)


def _plausible(at: datetime, now: datetime | None) -> bool:
    if at.year < _EARLIEST:
        return False
    if now is None:
        return at.year < 2100
    there = at if at.tzinfo else at.replace(tzinfo=UTC)
    return there <= now + timedelta(days=2)


def _published(
    page: Page, node: dict[str, Any], seen: list[TextBlock], selector: HtmlElement | None, announced: datetime | None
) -> Iterator[Moment]:
    for name in ("datePublished", "dateCreated", "uploadDate"):
        yield from _given(node.get(name), "json-ld", 0.95 if name == "datePublished" else 0.7)
    for other in page.json_ld:
        if other is not node and "WebPage" in str(other.get("@type")):
            yield from _given(other.get("datePublished"), "json-ld", 0.8)
    if selector is not None:
        yield from _element(selector, 0.9)
    for name in _PUBLISHED:
        for content in page.meta.get(name, ())[:2]:
            yield from _given(content, "meta", 0.9)
    for element in page.marked("datepublished"):
        yield from _element(element, 0.85, origin="microdata")
    yield from _time_elements(page.root)
    yield from _visible(seen, changed=False)
    if announced is not None:
        # Sitemaps that give the day alone are read as midnight.
        precision: Precision = "day" if announced.time() == time() else "minute"
        yield Moment(announced, precision, "feed", 0.75)
    # Where nothing else is dated, what was changed then was published by then.
    for moment in _visible(seen, changed=True):
        yield Moment(moment.at, moment.precision, moment.origin, 0.4)
    if read := read_address(page.url):
        yield Moment(*read, "url", 0.5)


def _modified(page: Page, node: dict[str, Any], seen: list[TextBlock]) -> Iterator[Moment]:
    yield from _given(node.get("dateModified"), "json-ld", 0.95)
    for name in _MODIFIED:
        for content in page.meta.get(name, ())[:1]:
            yield from _given(content, "meta", 0.85)
    for element in page.marked("datemodified"):
        yield from _element(element, 0.8, origin="microdata")
    for element in islice((e for e in page.root.iter("time") if _is_updated(e)), 1):
        yield from _element(element, 0.7, origin="time")
    yield from _visible(seen, changed=True)


def _time_elements(root: HtmlElement) -> Iterator[Moment]:
    """``time`` elements that stand outside lists of other articles; those after the headline first."""
    passed = False
    late: list[HtmlElement] = []
    early: list[HtmlElement] = []
    for element in root.iter("h1", "time"):
        if element.tag == "h1":
            passed = True
        elif _is_updated(element) or _is_of_another(element):
            continue
        else:
            (late if passed else early).append(element)
    for element in (*late[:3], *early[:1]):
        yield from _element(element, 0.75, origin="time")


def _is_of_another(element: HtmlElement) -> bool:
    """Whether a time is that of a post that is shown in the text, or of a reader's comment."""
    for holder in islice(element.iterancestors(), 12):
        if holder.tag in {"article", "main", "body"}:
            return False
        if holder.tag == "blockquote" or not _COMMENTS.isdisjoint(
            words_of(f"{holder.get('class') or ''} {holder.get('id') or ''}")
        ):
            return True
    return False


def _is_updated(element: HtmlElement) -> bool:
    name = f"{element.get('class') or ''} {element.get('itemprop') or ''}".lower()
    return "updated" in name or "modified" in name


def _element(element: HtmlElement, confidence: float, *, origin: str = "page") -> Iterator[Moment]:
    for attribute in ("datetime", "content", "title", "data-time"):
        value = element.get(attribute)
        if value:
            yield from _given(value, origin, confidence)
    text = squeeze(element.text_content())[:200]
    for part in (*_labelled(text, changed=False), *_labelled(text, changed=True)):
        yield from _given(part, origin, confidence - 0.1)


def _visible(seen: list[TextBlock], *, changed: bool) -> Iterator[Moment]:
    """Dates that readers see near the headline, those in elements named so first."""
    named: list[TextBlock] = []
    other: list[TextBlock] = []
    for block in seen:
        if block.size > 200 or not _YEAR.search(block.text):
            continue
        parent = block.element.getparent()
        names = (
            block.element.get("class"),
            block.element.get("id"),
            parent.get("class") if parent is not None else None,
        )
        (named if _NAMED_DATE.search(" ".join(filter(None, names))) else other).append(block)
    for blocks, confidence in ((named, 0.7), (other, 0.55)):
        for block in blocks:
            for part in _labelled(block.text, changed=changed):
                if read := read_words(part):
                    yield Moment(*read, "page", confidence)


def _labelled(text: str, *, changed: bool) -> Iterator[str]:
    """The parts of a line that follow a word for "changed", or the others: `Published …, updated …`."""
    start, is_changed = 0, False
    for label in _LABEL.finditer(text):
        if is_changed == changed:
            yield text[start : label.start()]
        start, is_changed = label.end(), label.group("changed") is not None
    if is_changed == changed:
        yield text[start:]


def _given(value: Any, origin: str, confidence: float) -> Iterator[Moment]:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value")
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(int(value)) if abs(value) < 1e14 else None
    if isinstance(value, str) and (read := read_stamp(value)):
        yield Moment(*read, origin, confidence)


def day_of(at: datetime | None) -> date:
    """The day of a capture, for choosing a profile; today's templates where it is unknown."""
    return at.date() if at else date.max
