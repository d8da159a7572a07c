"""An article as something that can be cited: BibTeX, CSL-JSON and RIS, and a link that outlives the page.

What a citation names is a capture: the address under which this archive shows it holds the record's name and the digest
of its bytes, so that a reader can tell whether they see what the writer saw.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from archiver.model.instant import rfc3339

FORMATS = {
    "bibtex": ("application/x-bibtex", "bib"),
    "csl-json": ("application/vnd.citationstyles.csl+json", "json"),
    "ris": ("application/x-research-info-systems", "ris"),
}
"""Name of a format: its media type and what its file names end in."""

_TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


def on_site_clock(at: datetime, zone: str | None, *, precision: str | None = None) -> datetime:
    """A time of a page as its readers have it: one that the page gives in UTC in the site's ``zone``.

    One that has an offset of its own, or names no more than a day, stays as it is.
    """
    if zone is None or precision == "day" or at.utcoffset() != timedelta(0):
        return at
    return at.astimezone(ZoneInfo(zone))


@dataclass(frozen=True, slots=True)
class Work:
    """What a citation says. ``permalink`` is this archive's address of the capture, ``url`` the page's own.

    ``warning`` says why the permalink may not last. ``published_at`` is a time ``on_site_clock``, ``zone`` the name of the zone in which it is told, where that is known.
    """

    title: str
    url: str
    permalink: str
    captured_at: datetime
    digest: str
    authors: tuple[str, ...] = ()
    container: str | None = None
    publisher: str | None = None
    published_at: datetime | None = None
    language: str | None = None
    archive: str = ""
    published_precision: str | None = None
    zone: str | None = None
    warning: str = ""

    @property
    def key(self) -> str:
        """A key for BibTeX: first author or host, year, first words; ASCII letters and digits."""
        host = re.sub(r"\A\w+://(?:www\.)?", "", self.url).partition("/")[0]
        name = self.authors[0].split()[-1] if self.authors and self.authors[0].split() else host.partition(".")[0]
        year = (self.published_at or self.captured_at).year
        words = [_plain(word) for word in self.title.split()]
        first = "".join([word for word in words if len(word) > 2][:2])
        return f"{_plain(name) or 'page'}{year}{first}"[:60]

    @property
    def note(self) -> str:
        """Where the page was, when it was published and by which clock, when it was captured, and the digest of what came."""
        return f"Original: {self.url}. {self._published}Captured: {rfc3339(self.captured_at)}. Payload digest: {self.digest}{f'. {self.warning}' if self.warning else ''}"

    @property
    def _published(self) -> str:
        if self.published_at is None:
            return ""
        day_only = self.published_precision == "day"
        when = _day(self.published_at) if day_only else self.published_at.isoformat(timespec="minutes")
        return f"Published: {when}{f' ({self.zone})' if self.zone else ''}. "


def cite(work: Work, form: str) -> str:
    """The citation in one of ``FORMATS``."""
    return {"bibtex": bibtex, "csl-json": csl_json, "ris": ris}[form](work)


def bibtex(work: Work) -> str:
    """An ``@online`` entry of biblatex, in UTF-8."""
    fields = {
        "title": f"{{{_tex(work.title)}}}",
        "author": " and ".join(f"{{{_tex(author)}}}" for author in work.authors),
        "date": _day(work.published_at) if work.published_at else "",
        "organization": f"{{{_tex(work.container)}}}" if work.container else "",
        "language": work.language or "",
        "url": _url(work.permalink),
        "urldate": _day(work.captured_at.astimezone(UTC)),
        "note": _tex(work.note),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return "@online{" + work.key + ",\n" + ",\n".join(lines) + "\n}\n"


def csl_json(work: Work) -> str:
    """One item of CSL-JSON 1.0.2, in an array, as reference managers read it."""
    item: dict[str, Any] = {
        "id": work.key,
        "type": "article-newspaper",
        "title": work.title,
        "author": [{"literal": author} for author in work.authors],
        "issued": _parts(work.published_at),
        "accessed": _parts(work.captured_at.astimezone(UTC)),
        "container-title": work.container,
        "publisher": work.publisher,
        "language": work.language,
        "URL": work.permalink,
        "archive": work.archive,
        "archive_location": work.digest,
        "note": work.note,
    }
    kept = {name: value for name, value in item.items() if value}
    return json.dumps([kept], ensure_ascii=False, indent=2) + "\n"


def ris(work: Work) -> str:
    """One entry of RIS, in UTF-8 with lines ended by CR LF."""
    day = "%Y/%m/%d/"
    pairs: list[tuple[str, str | None]] = [
        ("TY", "NEWS"),
        ("TI", work.title),
        *(("AU", author) for author in work.authors),
        ("PY", f"{work.published_at:%Y}" if work.published_at else None),
        ("DA", f"{work.published_at:{day}}" if work.published_at else None),
        ("T2", work.container),
        ("PB", work.publisher),
        ("LA", work.language),
        ("UR", work.permalink),
        ("Y2", f"{work.captured_at.astimezone(UTC):{day}}"),
        ("DB", work.archive),
        ("N1", work.note),
    ]
    lines = [f"{tag}  - {_line(value)}" for tag, value in pairs if value]
    return "\r\n".join([*lines, "ER  - "]) + "\r\n"


def robust_link(work: Work) -> dict[str, str]:
    """The attributes of a robust link (Robust Links 1.0): the capture, with the page's own address and its day."""
    return {
        "href": work.permalink,
        "data-originalurl": work.url,
        "data-versiondate": _day(work.captured_at.astimezone(UTC)),
    }


def robust_html(work: Work) -> str:
    """The robust link as HTML, for other people's pages."""
    attributes = " ".join(f'{name}="{html.escape(value)}"' for name, value in robust_link(work).items())
    return f"<a {attributes}>{html.escape(_line(work.title))}</a>"


def _tex(text: str) -> str:
    return _line(text).translate(_TEX)


def _url(text: str) -> str:
    return text.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")


def _line(text: str) -> str:
    """One line without controls: a line break would begin another field."""
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in text).split())


def _day(at: datetime) -> str:
    return f"{at.year:04d}-{at:%m-%d}"


def _parts(at: datetime | None) -> dict[str, list[list[int]]] | None:
    return {"date-parts": [[at.year, at.month, at.day]]} if at else None


def _plain(text: str) -> str:
    parted = unicodedata.normalize("NFKD", text.lower().replace("đ", "d"))
    return "".join(c for c in parted if c.isascii() and c.isalnum())
