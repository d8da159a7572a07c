"""Dates as machines and people write them, in the languages of the press: ISO and its relatives, words, clocks, zones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from archiver.model.article import Precision
from archiver.model.zone_names import BY_SEASON, ZONE_NAMES, zone_named

_NAMED = "|".join(sorted((*ZONE_NAMES, *BY_SEASON), key=len, reverse=True))
_ZONE = rf"(?P<z>(?:GMT|UTC)\s?[+-]\s?\d{{1,2}}(?::?\d\d)?|[+-]\d\d:?\d\d|(?:{_NAMED})\b)?"
_ISO = re.compile(
    r"(?P<y>(?:19|20)\d\d)-?(?P<m>\d\d)-?(?P<d>\d\d)"
    r"(?:\s*[T,\s]\s*(?P<h>\d{1,2})[:.]?(?P<mi>\d\d)(?:[:.]?(?P<s>\d\d)(?:[.,]\d{1,12})?)?"
    rf"\s*(?:(?P<z2>[+-]\d\d)(?!:?\d)|{_ZONE}))?",
    re.IGNORECASE,
)
_MONTHS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        "january jan januar jänner janvier janv enero ene gennaio janeiro januari stycznia leden ledna января янв січня tammikuuta ocak",
        "february feb februar feber février févr febrero febbraio fevereiro februari lutego únor února февраля фев лютого helmikuuta şubat",
        "march mar märz mrz mars marzo março maart marca březen března марта мар березня maaliskuuta mart mär",
        "april apr avril avr abril abr aprile kwietnia duben dubna апреля апр квітня huhtikuuta nisan",
        "may mai mayo maggio maio mei maj maja květen května мая май травня toukokuuta mayıs",
        "june jun juni juin junio giugno junho czerwca červen června июня июн червня kesäkuuta haziran",
        "july jul juli juillet juil julio luglio julho lipca červenec července июля июл липня heinäkuuta temmuz",
        "august aug août aou agosto ago augustus sierpnia srpen srpna августа авг серпня elokuuta ağustos augusti",
        "september sep sept septembre septiembre settembre setembro września září сентября сен сент вересня syyskuuta eylül",
        "october oct oktober okt octobre octubre ottobre outubro października říjen října октября окт жовтня lokakuuta ekim",
        "november nov novembre noviembre novembro listopada listopadu listopad ноября ноя marraskuuta kasım",
        "december dec dezember dez décembre déc diciembre dic dicembre dezembro desember des grudnia prosinec prosince декабря дек грудня joulukuuta aralık",
    ),
    start=1,
):
    for _name in _names.split():
        _MONTHS.setdefault(_name, _number)
_TENS = ("một", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười", "mười một", "mười hai")
_MONTHS_VI = {f"tháng {name}": f"tháng {number}" for number, name in enumerate(_TENS, start=1)}
_MONTH_VI = re.compile(rf"tháng (?:{'|'.join(sorted(_TENS, key=len, reverse=True))})\b(?! \d+ tháng)", re.IGNORECASE)
_DAY_HALF = r"(?P<pre>上午|下午|晚上|午前|午後|오전|오후)?\s?"
_CLOCK = (
    rf"{_DAY_HALF}(?P<h>[01]?\d|2[0-3])\s?(?::|h|\.|時|时|点|點|시)\s?(?P<mi>[0-5]\d)(?:\s?(?:分|분))?(?::(?P<s>[0-5]\d))?"
    rf"\s*(?P<ap>[ap]\.?m\.?(?![^\W\d_]))?\s*(?:Uhr|hrs?\b|h\b|giờ)?[\s(]*{_ZONE}"
)
_WEEKDAY = r"(?:[(\uff08]?(?:星期|週|周)?[一二三四五六日天月火水木金土월화수목금토]요?일?[)\uff09])?(?:星期[一二三四五六日天])?"
_GAP = (
    rf"\s*(?:г\.|года|год)?[\s,;|()\-–—·•/T]*{_WEEKDAY}[\s,;|·•]*"
    r"(?:at|um|à|a las|alle|às|kl\.?|klo|om|o godz\.?|v|в|о|lúc|vào lúc|ore)?[\s,;|(]*"
)
_NUMERIC = r"(?P<d>[0-3]?\d)[/.\-](?P<m>[0-3]?\d)[/.\-](?P<y>(?:19|20)\d\d)"
_YEAR_FIRST = r"(?P<y>(?:19|20)\d\d)\s?[/.\-年년]\s?(?P<m>[01]?\d)\s?[/.\-月월]\s?(?P<d>[0-3]?\d)(?!\d)\s?[日일.]?"
_SPELT = r"(?P<d>[0-3]?\d)(?:st|nd|rd|th|er|º|\.)?\s+(?:de |d'|of )?(?P<mon>[^\W\d_]{3,14})\.?,?\s+(?:del? )?(?P<y>(?:19|20)\d\d)"
_MONTH_FIRST = r"(?P<mon>[^\W\d_]{3,14})\.?\s+(?P<d>[0-3]?\d)(?:st|nd|rd|th)?,?\s+(?:del? )?(?P<y>(?:19|20)\d\d)"
_VIETNAMESE = r"(?P<d>[0-3]?\d)\s+tháng\s+(?P<m>[01]?\d)(?:\s*,|\s+năm|\s*/)?\s+(?P<y>(?:19|20)\d\d)"
_VIETNAMESE_MONTH_FIRST = r"tháng\s+(?P<m>[01]?\d)\s+(?P<d>[0-3]?\d),\s+(?P<y>(?:19|20)\d\d)"
_DATES = (_NUMERIC, _YEAR_FIRST, _VIETNAMESE, _VIETNAMESE_MONTH_FIRST, _SPELT, _MONTH_FIRST)
_BETWEEN = r"[\s,;|()\-–—·•]*(?:[^\W\d_.]{2,12}\.?[\s,]+){0,3}"
_SEEN = (
    *(
        re.compile(
            rf"(?<![\d:.]){_CLOCK}\)?{_BETWEEN}(?<!\d){date}[\s,(]*{_ZONE.replace('<z>', '<z2>')}", re.IGNORECASE
        )
        for date in _DATES
    ),
    re.compile(
        r"(?P<mon>[^\W\d_]{3})\s+(?P<d>[0-3]?\d)\s+(?P<h>\d\d):(?P<mi>\d\d):(?P<s>\d\d)\s+"
        rf"(?P<z>(?:{_NAMED})\b)?(?:[A-Z]{{3,5}})?\s*(?P<y>(?:19|20)\d\d)",
        re.IGNORECASE,
    ),
    *(re.compile(rf"(?<!\d){date}(?:{_GAP}{_CLOCK})?", re.IGNORECASE) for date in _DATES),
)
_IN_URL = re.compile(r"/(?P<y>20\d\d)[/-]?(?P<m>0?[1-9]|1[0-2])[/-]?(?P<d>0?[1-9]|[12]\d|3[01])(?=[/_.\-]|\D|$)")
_LONGEST = 300

Read = tuple[datetime, Precision]


def read_stamp(text: str) -> Read | None:
    """A date that a machine wrote: seconds or milliseconds since 1970, ISO 8601 and its relatives, else one in words. Naive without a zone."""
    text = text.strip()[:_LONGEST]
    if text.isdigit() and text.isascii() and len(text) in {10, 13}:
        return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC), "second"
    match = _ISO.match(text)
    return _built(match) if match else read_words(text)


def read_words(text: str) -> Read | None:
    """The first date in what people read, with the clock beside it."""
    text = text.strip()[:_LONGEST]
    if not any(c.isdigit() for c in text):
        return None
    text = _MONTH_VI.sub(lambda m: _MONTHS_VI[m.group().lower()], text)
    found = [(match.start(), place, match) for place, match in _matches(text)]
    for _, _, match in sorted(found, key=lambda item: item[:2]):
        if read := _built(match):
            return read
    return None


def _matches(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    for place, pattern in enumerate(_SEEN):
        if match := pattern.search(text):
            yield place, match


def read_address(url: str) -> Read | None:
    """The day that the path of an address names."""
    match = _IN_URL.search(url)
    return _built(match) if match else None


def _built(match: re.Match[str]) -> Read | None:
    parts = match.groupdict()
    month = int(parts["m"]) if parts.get("m") else _MONTHS.get((parts.get("mon") or "").lower().rstrip("."), 0)
    day = int(parts["d"])
    if month > 12 >= day:
        month, day = day, month
    hour = int(parts["h"]) if parts.get("h") else None
    half = (parts.get("ap") or "").lower()[:1] or {"上午": "a", "午前": "a", "오전": "a"}.get(
        parts.get("pre") or "", "p" if parts.get("pre") else ""
    )
    if hour is not None and half == "p" and hour < 12:
        hour += 12
    elif hour == 12 and half == "a":
        hour = 0
    try:
        wall = datetime(
            int(parts["y"]), month, day, hour or 0, int(parts.get("mi") or 0), int(parts.get("s") or 0), tzinfo=UTC
        )
    except ValueError:
        return None
    at = wall.replace(tzinfo=_zone(parts.get("z") or parts.get("z2"), wall))
    precision: Precision = "day" if hour is None else "second" if parts.get("s") else "minute"
    if precision != "day" and (at.hour, at.minute, at.second) == (0, 0, 0):
        # Midnight to the second is what a CMS writes that knows only the day.
        precision = "day"
    return at, precision


def _zone(text: str | None, wall: datetime) -> tzinfo | None:
    """The zone that a date names, as a fixed offset; ``wall`` is what clocks show there."""
    if not text:
        return None
    text = re.sub(r"\s", "", text.upper())
    if zone := zone_named(text, wall):
        return zone
    match = re.match(r"(?:GMT|UTC)?([+-])(\d{1,2}):?(\d\d)?\Z", text)
    if not match:
        return None
    minutes = int(match.group(2)) * 60 + int(match.group(3) or 0)
    if minutes >= 24 * 60:
        return None
    return timezone(timedelta(minutes=minutes if match.group(1) == "+" else -minutes)) if minutes else UTC
