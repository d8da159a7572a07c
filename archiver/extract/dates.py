"""When an article was published and changed: JSON-LD, meta, microdata, time elements, what readers see, the URL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from itertools import islice
from typing import Any, Literal

from lxml.html import HtmlElement

from archiver.extract.blocks import Block
from archiver.html.page import Page, squeeze
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
_ISO = re.compile(
    r"(?P<y>(?:19|20)\d\d)-?(?P<m>\d\d)-?(?P<d>\d\d)"
    r"(?:\s*[T,\s]\s*(?P<h>\d{1,2})[:.]?(?P<mi>\d\d)(?:[:.]?(?P<s>\d\d)(?:[.,]\d{1,9})?)?\s*(?P<z>Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?)?",
    re.IGNORECASE,
)
_MONTHS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        "january jan januar jänner janvier janv enero gennaio janeiro januari stycznia leden ledna января січня tammikuuta ocak januar",
        "february feb februar feber février févr febrero febbraio fevereiro februari lutego února únor февраля лютого helmikuuta şubat",
        "march mar märz mrz mars marzo março maart marca března březen марта березня maaliskuuta mart mär",
        "april apr avril avr abril aprile kwietnia dubna duben апреля квітня huhtikuuta nisan",
        "may mai mayo maggio maio mei maj maja května květen мая травня toukokuuta mayıs",
        "june jun juni juin junio giugno junho czerwca června červen июня червня kesäkuuta haziran",
        "july jul juli juillet juil julio luglio julho lipca července červenec июля липня heinäkuuta temmuz",
        "august aug août agosto augustus sierpnia srpna srpen августа серпня elokuuta ağustos",
        "september sep sept septembre septiembre settembre setembro września září сентября вересня syyskuuta eylül",
        "october oct oktober okt octobre octubre ottobre outubro października října říjen октября жовтня lokakuuta ekim",
        "november nov novembre noviembre novembro listopada listopadu listopad ноября marraskuuta kasım",
        "december dec dezember dez décembre déc diciembre dicembre dezembro desember des grudnia prosince prosinec декабря грудня joulukuuta aralık",
    ),
    start=1,
):
    for _name in _names.split():
        _MONTHS.setdefault(_name, _number)
_CLOCK = r"(?P<h>[01]?\d|2[0-3])\s?(?::|h|\.|時|시\s?)(?P<mi>[0-5]\d)(?::(?P<s>[0-5]\d))?\s*(?P<ap>[ap]\.?m\.?)?\s*(?P<z>(?:GMT|UTC)(?:\s?[+-]\d{1,2}(?::?\d\d)?)?|[+-]\d\d:\d\d|Z\b)?"
_GAP = r"[\s,;|()\-–—·•/]*(?:at|um|à|a las|alle|às|kl\.?|klo|om|o godz\.?|v|в|о|lúc)?[\s,;|()]*"
_SEEN = (
    re.compile(rf"(?P<d>[0-3]?\d)[/.\-](?P<m>[01]?\d)[/.\-](?P<y>(?:19|20)\d\d)(?:{_GAP}{_CLOCK})?", re.IGNORECASE),
    re.compile(
        rf"(?P<y>(?:19|20)\d\d)\s?[/.\-年년]\s?(?P<m>[01]?\d)\s?[/.\-月월]\s?(?P<d>[0-3]?\d)\s?[日일.]?(?:{_GAP}{_CLOCK})?",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?P<d>[0-3]?\d)(?:st|nd|rd|th|er|º|\.)?\s+(?:de |d'|of )?(?P<mon>[^\W\d_]{{3,14}})\.?,?\s+(?:de )?(?P<y>(?:19|20)\d\d)(?:{_GAP}{_CLOCK})?",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?P<mon>[^\W\d_]{{3,14}})\.?\s+(?P<d>[0-3]?\d)(?:st|nd|rd|th)?,?\s+(?P<y>(?:19|20)\d\d)(?:{_GAP}{_CLOCK})?",
        re.IGNORECASE,
    ),
)
_CLOCK_FIRST = re.compile(
    rf"{_CLOCK}[\s,;|()\-–—]*(?:ngày\s*)?(?P<d>[0-3]?\d)[/.\-](?P<m>[01]?\d)[/.\-](?P<y>(?:19|20)\d\d)", re.IGNORECASE
)
_IN_URL = re.compile(r"/(?P<y>20\d\d)[/-]?(?P<m>0?[1-9]|1[0-2])[/-]?(?P<d>0?[1-9]|[12]\d|3[01])(?=[/_.\-]|\D|$)")
_NAMED_DATE = re.compile(r"date|time|publi|posted|stand|updated|aktualis|meta|byline", re.IGNORECASE)
_EARLIEST = 1990


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
    seen: list[Block],
    selector: HtmlElement | None,
    zone: tzinfo,
    at: datetime | None,
) -> Dates:
    """The dates of the article. ``seen`` are the blocks around the headline; ``zone`` stands in where the page names none; nothing after ``at`` is believed."""
    published: list[Moment] = []
    for moment in _published(page, node, seen, selector):
        if _plausible(moment.at, at):
            published.append(moment)
            if moment.precision != "day" and moment.at.tzinfo is not None:
                # Nothing that comes after it can be better.
                break
    modified = list(islice((m for m in _modified(page, node) if _plausible(m.at, at)), 1))
    offset = next(
        (m.at.tzinfo for m in (*published, *modified) if m.at.tzinfo is not None and m.at.utcoffset() != timedelta(0)),
        None,
    )
    first = _best(published, offset or zone)
    last = _aware(modified[0], offset or zone) if modified else None
    if first and last and last.at < first.at - timedelta(days=1) and last.precision != "day":
        last = None
    return Dates(first, last)


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


def _published(page: Page, node: dict[str, Any], seen: list[Block], selector: HtmlElement | None) -> Iterator[Moment]:
    for name in ("datePublished", "dateCreated", "uploadDate"):
        yield from _told(node.get(name), "json-ld", 0.95 if name == "datePublished" else 0.7)
    for other in page.json_ld:
        if other is not node and "WebPage" in str(other.get("@type")):
            yield from _told(other.get("datePublished"), "json-ld", 0.8)
    if selector is not None:
        yield from _element(selector, 0.9)
    for name in _PUBLISHED:
        for content in page.meta.get(name, ())[:2]:
            yield from _told(content, "meta", 0.9)
    for element in page.marked("datepublished"):
        yield from _element(element, 0.85, origin="microdata")
    yield from _time_elements(page.root)
    yield from _visible(seen)
    if match := _IN_URL.search(page.url):
        yield from _built(match, "url", 0.5)


def _modified(page: Page, node: dict[str, Any]) -> Iterator[Moment]:
    yield from _told(node.get("dateModified"), "json-ld", 0.95)
    for name in _MODIFIED:
        for content in page.meta.get(name, ())[:1]:
            yield from _told(content, "meta", 0.85)
    for element in page.marked("datemodified"):
        yield from _element(element, 0.8, origin="microdata")


def _time_elements(root: HtmlElement) -> Iterator[Moment]:
    """``time`` elements that stand outside lists of other articles; those after the headline first."""
    passed = False
    late: list[HtmlElement] = []
    early: list[HtmlElement] = []
    for element in root.iter("h1", "time"):
        if element.tag == "h1":
            passed = True
        elif _is_updated(element):
            continue
        else:
            (late if passed else early).append(element)
    for element in (*late[:3], *early[:1]):
        yield from _element(element, 0.75, origin="time")


def _is_updated(element: HtmlElement) -> bool:
    name = f"{element.get('class') or ''} {element.get('itemprop') or ''}".lower()
    return "updated" in name or "modified" in name


def _element(element: HtmlElement, confidence: float, *, origin: str = "page") -> Iterator[Moment]:
    for attribute in ("datetime", "content", "title", "data-time"):
        value = element.get(attribute)
        if value:
            yield from _told(value, origin, confidence)
    text = squeeze(element.text_content())[:200]
    yield from _told(text, origin, confidence - 0.1)


def _visible(seen: list[Block]) -> Iterator[Moment]:
    named: list[Block] = []
    other: list[Block] = []
    for block in seen:
        if block.size > 200:
            continue
        names = " ".join(
            filter(
                None,
                (
                    block.element.get("class"),
                    block.element.get("id"),
                    block.element.getparent().get("class") if block.element.getparent() is not None else "",
                ),
            )
        )
        (named if _NAMED_DATE.search(names) else other).append(block)
    for blocks, confidence in ((named, 0.7), (other, 0.55)):
        for block in blocks:
            yield from _told(block.text, "page", confidence, iso=False)


def _told(value: Any, origin: str, confidence: float, *, iso: bool = True) -> Iterator[Moment]:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value")
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(int(value))
    if not isinstance(value, str):
        return
    value = value.strip()[:300]
    if value.isdigit() and len(value) in {10, 13}:
        at = datetime.fromtimestamp(int(value) / (1000 if len(value) == 13 else 1), UTC)
        yield Moment(at, "second", origin, confidence)
        return
    match = _ISO.match(value) if iso else None
    if match:
        yield from _built(match, origin, confidence)
        return
    for pattern in (_CLOCK_FIRST, *_SEEN):
        match = pattern.search(value)
        if match:
            yield from _built(match, origin, confidence)
            return


def _built(match: re.Match[str], origin: str, confidence: float) -> Iterator[Moment]:
    parts = match.groupdict()
    month = int(parts["m"]) if parts.get("m") else _month(parts.get("mon") or "")
    day = int(parts["d"])
    if month > 12 >= day:
        month, day = day, month
    hour = int(parts["h"]) if parts.get("h") else None
    half = (parts.get("ap") or "").lower()
    if hour is not None and half.startswith("p") and hour < 12:
        hour += 12
    elif hour == 12 and half.startswith("a"):
        hour = 0
    try:
        at = datetime(
            int(parts["y"]),
            month,
            day,
            hour or 0,
            int(parts.get("mi") or 0),
            int(parts.get("s") or 0),
            tzinfo=_zone(parts.get("z")),
        )
    except ValueError:
        return
    precision: Literal["day", "minute", "second"] = "day" if hour is None else "second" if parts.get("s") else "minute"
    if precision != "day" and (at.hour, at.minute, at.second) == (0, 0, 0):
        # Midnight to the second is what a CMS writes that knows only the day.
        precision = "day"
    yield Moment(at, precision, origin, confidence)


def _month(name: str) -> int:
    return _MONTHS.get(name.lower().rstrip("."), 0)


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    text = text.upper().replace(" ", "")
    if text in {"Z", "UTC", "GMT"}:
        return UTC
    match = re.match(r"(?:GMT|UTC)?([+-])(\d{1,2}):?(\d\d)?\Z", text)
    if not match:
        return None
    minutes = int(match.group(2)) * 60 + int(match.group(3) or 0)
    if minutes >= 24 * 60:
        return None
    return timezone(timedelta(minutes=minutes if match.group(1) == "+" else -minutes))


def day_of(at: datetime | None) -> date:
    """The day of a capture, for choosing a profile; today's templates where it is unknown."""
    return at.date() if at else date.max
