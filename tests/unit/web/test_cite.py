"""Citations that reference managers read, whatever a page calls itself."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser

import pytest

from archiver.web.cite import FORMATS, Work, bibtex, cite, csl_json, on_site_clock, ris, robust_html, robust_link

WORK = Work(
    title="Cầu mới qua sông Hương",
    url="https://www.courier.example/a?x=1&y=2",
    permalink="https://archive.example/article/1234/sha1:ABC",
    captured_at=datetime(2026, 3, 1, 20, 0, 5, 123_000, tzinfo=UTC),
    digest="sha1:ABC",
    authors=("Lan Anh", "Nguyễn Đức"),
    container="Courier",
    publisher="Courier House",
    published_at=datetime(2026, 3, 2, 1, 30, tzinfo=timezone(timedelta(hours=7))),
    language="vi",
    archive="News archive",
)
HOSTILE = 'a } \\input{/etc/passwd} @book{x,\r\nER  - \r\nTY  - BOOK\n"<script>&%$#_~^ \0\x85'


def test_bibtex_has_the_capture_and_the_page() -> None:
    assert bibtex(WORK) == (
        "@online{anh2026caumoi,\n"
        "  title = {{Cầu mới qua sông Hương}},\n"
        "  author = {{Lan Anh} and {Nguyễn Đức}},\n"
        "  date = {2026-03-02},\n"
        "  organization = {{Courier}},\n"
        "  language = {vi},\n"
        "  url = {https://archive.example/article/1234/sha1:ABC},\n"
        "  urldate = {2026-03-01},\n"
        "  note = {Original: https://www.courier.example/a?x=1\\&y=2. Published: 2026-03-02T01:30+07:00. Captured: 2026-03-01T20:00:05.123Z. "
        "Payload digest: sha1:ABC}\n"
        "}\n"
    )


def test_csl_json_has_the_capture_and_the_page() -> None:
    (item,) = json.loads(csl_json(WORK))
    assert item == {
        "id": "anh2026caumoi",
        "type": "article-newspaper",
        "title": "Cầu mới qua sông Hương",
        "author": [{"literal": "Lan Anh"}, {"literal": "Nguyễn Đức"}],
        "issued": {"date-parts": [[2026, 3, 2]]},
        "accessed": {"date-parts": [[2026, 3, 1]]},
        "container-title": "Courier",
        "publisher": "Courier House",
        "language": "vi",
        "URL": "https://archive.example/article/1234/sha1:ABC",
        "archive": "News archive",
        "archive_location": "sha1:ABC",
        "note": WORK.note,
    }


def test_ris_has_the_capture_and_the_page() -> None:
    assert ris(WORK).split("\r\n") == [
        "TY  - NEWS",
        "TI  - Cầu mới qua sông Hương",
        "AU  - Lan Anh",
        "AU  - Nguyễn Đức",
        "PY  - 2026",
        "DA  - 2026/03/02/",
        "T2  - Courier",
        "PB  - Courier House",
        "LA  - vi",
        "UR  - https://archive.example/article/1234/sha1:ABC",
        "Y2  - 2026/03/01/",
        "DB  - News archive",
        f"N1  - {WORK.note}",
        "ER  - ",
        "",
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_a_page_that_tells_nothing_can_be_cited(form: str) -> None:
    bare = Work("https://c.example/", "https://c.example/", "https://a.example/p", WORK.captured_at, "-")
    assert "https://a.example/p" in cite(bare, form)


def test_no_field_of_a_page_breaks_out_of_its_citation() -> None:
    work = replace(WORK, title=HOSTILE, authors=(HOSTILE,), container=HOSTILE, publisher=HOSTILE, language="vi")
    text = bibtex(work)
    assert text.count("\n") == 10
    unescaped = re.sub(r"\\(?:textbackslash|textasciitilde|textasciicircum)\{\}|\\[{}&%$#_]", "", text)
    assert unescaped.count("{") == unescaped.count("}")
    assert "\\" not in unescaped
    assert [line[:2] for line in ris(work).split("\r\n")].count("ER") == 1
    assert [line[:2] for line in ris(work).split("\r\n")].count("TY") == 1
    assert "\n" not in ris(work).replace("\r\n", "")
    assert json.loads(csl_json(work))[0]["title"] == HOSTILE


def test_a_robust_link_names_page_capture_and_day() -> None:
    assert robust_link(WORK) == {
        "href": WORK.permalink,
        "data-originalurl": WORK.url,
        "data-versiondate": "2026-03-01",
    }
    found: list[tuple[str, dict[str, str | None]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    Reader().feed(robust_html(replace(WORK, title=HOSTILE)))
    assert found == [("a", robust_link(WORK))]


def test_a_time_that_a_page_gives_in_utc_is_told_by_the_clock_of_its_site() -> None:
    at = datetime(2026, 10, 29, 17, 40, tzinfo=UTC)
    assert on_site_clock(at, "Asia/Ho_Chi_Minh").isoformat() == "2026-10-30T00:40:00+07:00"
    own = at.astimezone(timezone(timedelta(hours=2)))
    assert on_site_clock(own, "Asia/Ho_Chi_Minh").isoformat() == own.isoformat()
    assert on_site_clock(at, None) == at
    day = datetime(2026, 10, 29, tzinfo=UTC)
    assert on_site_clock(day, "America/New_York", precision="day").date() == day.date()
