"""TimeMaps in three formats, page by page."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from archiver.errors import NotHeld
from archiver.model.instant import from_digits, timestamp17
from archiver.replay.address import Links
from archiver.replay.lookup import exact
from archiver.replay.timemap import TimeMap, as_cdxj, as_json, as_link, read_timemap
from tests.shelf import DAY, Shelf, later

URL = "https://courier.example/a"
HERE = "https://archive.test/web"
LINKS = Links("https://archive.test")


def kept(shelf: Shelf, days: int) -> None:
    for day in range(days):
        shelf.keep(URL, b"%d" % day, at=later(days=day))


def page(shelf: Shelf, begins: str = "", **more: Any) -> TimeMap:
    return read_timemap(shelf.catalog, URL, since=from_digits(begins) if begins else None, begins=begins, **more)


def links(shelf: Shelf, begins: str = "", **more: Any) -> list[str]:
    return "".join(as_link(page(shelf, begins, **more), LINKS)).rstrip("\n").split(",\n")


def test_link_format_has_self_timegate_original_and_the_mementos(shelf: Shelf) -> None:
    kept(shelf, 3)
    span = 'from="Sun, 01 Mar 2026 08:00:00 GMT"; until="Tue, 03 Mar 2026 08:00:00 GMT"'
    assert links(shelf) == [
        f'<{HERE}/timemap/link/{URL}>; rel="self"; type="application/link-format"; {span}',
        f'<{HERE}/{URL}>; rel="timegate"',
        f'<{URL}>; rel="original"',
        f'<{HERE}/20260301080000/{URL}>; rel="first memento"; datetime="Sun, 01 Mar 2026 08:00:00 GMT"',
        f'<{HERE}/20260302080000/{URL}>; rel="memento"; datetime="Mon, 02 Mar 2026 08:00:00 GMT"',
        f'<{HERE}/20260303080000/{URL}>; rel="last memento"; datetime="Tue, 03 Mar 2026 08:00:00 GMT"',
    ]


def test_an_only_memento_is_first_and_last(shelf: Shelf) -> None:
    kept(shelf, 1)
    assert links(shelf)[3].split("; ")[1] == 'rel="first last memento"'


def test_a_page_names_the_others(shelf: Shelf) -> None:
    kept(shelf, 7)
    kind = 'type="application/link-format"'
    middle = links(shelf, "20260303080000000", size=2)
    assert middle[0].startswith(f'<{HERE}/timemap/link/20260303080000000/{URL}>; rel="self"')
    assert middle[3:8] == [
        f'<{HERE}/timemap/link/{URL}>; rel="first"; {kind}',
        f'<{HERE}/timemap/link/20260301080000000/{URL}>; rel="prev"; {kind}',
        f'<{HERE}/timemap/link/20260305080000000/{URL}>; rel="next"; {kind}',
        f'<{HERE}/timemap/link/20260305080000000/{URL}>; rel="timemap"; {kind}; from="Thu, 05 Mar 2026 08:00:00 GMT"',
        f'<{HERE}/timemap/link/20260306080000000/{URL}>; rel="last"; {kind}',
    ]
    assert [line.split("; ")[1] for line in middle[8:]] == ['rel="memento"', 'rel="memento"']
    first = page(shelf, size=2)
    assert (first.prev, first.next) == (None, "20260303080000000")
    last = page(shelf, "20260306080000000", size=2)
    assert (last.prev, last.next) == ("20260304080000000", None)


def test_following_next_reads_all_and_following_prev_leads_back(shelf: Shelf) -> None:
    kept(shelf, 7)
    seen: list[int] = []
    begins: str | None = ""
    while begins is not None:
        here = page(shelf, begins, size=3)
        seen += [capture.at.day for capture in here.mementos]
        begins, end = here.next, begins
    assert seen == list(range(1, 8))
    back = page(shelf, end, size=3)
    assert back.prev == "20260304080000000"


def test_json_has_the_keys_of_the_aggregators(shelf: Shelf) -> None:
    kept(shelf, 3)
    told = json.loads("".join(as_json(page(shelf), LINKS)))
    assert told["original_uri"] == URL
    assert told["self"] == f"{HERE}/timemap/json/{URL}"
    assert told["timegate_uri"] == f"{HERE}/{URL}"
    assert told["timemap_uri"] == {
        f"{form}_format": f"{HERE}/timemap/{form}/{URL}" for form in ("link", "json", "cdxj")
    }
    mementos = told["mementos"]
    assert [memento["datetime"][8:10] for memento in mementos["list"]] == ["01", "02", "03"]
    assert mementos["first"] == {"datetime": "2026-03-01T08:00:00Z", "uri": f"{HERE}/20260301080000/{URL}"}
    assert mementos["last"] == mementos["list"][-1]
    assert "pages" not in told
    paged = json.loads("".join(as_json(page(shelf, size=2), LINKS)))
    assert set(paged["pages"]) == {"first", "next", "last"}


def test_cdxj_has_lines_that_pywb_reads_with_the_relations_in_them(shelf: Shelf) -> None:
    kept(shelf, 3)
    lines = "".join(as_cdxj(page(shelf), LINKS)).splitlines()
    head = [line for line in lines if line.startswith("!")]
    assert head[1] == f'!id {{"uri": "{HERE}/timemap/cdxj/{URL}"}}'
    assert any('"timegate_uri"' in line for line in head)
    body = [line.split(" ", 2) for line in lines if not line.startswith("!")]
    assert [stamp for _, stamp, _ in body] == ["20260301080000", "20260302080000", "20260303080000"]
    told = [json.loads(values) for _, _, values in body]
    assert [each["rel"] for each in told] == ["first memento", "memento", "last memento"]
    assert told[0]["url"] == URL
    assert told[0]["status"] == "200"
    assert told[0]["uri"] == f"{HERE}/20260301080000/{URL}"


@pytest.mark.parametrize("milliseconds", [(1, 2), (0, 0, 0), (0, 0, 1), (999, 999)])
def test_captures_of_one_second_are_told_apart_by_17_digits(shelf: Shelf, milliseconds: tuple[int, ...]) -> None:
    kept = [shelf.keep(URL, b"x", at=later(milliseconds=ms)) for ms in milliseconds]
    alone = shelf.keep(URL, b"x", at=later(seconds=1))
    ours = Links("https://archive.test", shelf.catalog.mementos.stamps)
    for write in (as_link, as_json, as_cdxj):
        text = "".join(write(page(shelf), ours))
        stamps = sorted(set(re.findall(r"/web/(\d{14}|\d{17})/", text)))
        assert [len(stamp) for stamp in stamps] == [17] * len(kept) + [14]
        found = [exact(shelf.catalog, URL, stamp) for stamp in stamps]
        assert {capture.record_id for capture in found if capture} == {c.record_id for c in (*kept, alone)}
    assert exact(shelf.catalog, URL, timestamp17(kept[0].at)) is not None


def test_spellings_of_a_url_in_one_second_keep_14_digits(shelf: Shelf) -> None:
    shelf.keep("http://courier.example/a", status="301 Moved", headers=b"Location: https://courier.example/a\r\n")
    shelf.keep(URL, b"x", at=later(milliseconds=300))
    ours = Links("https://archive.test", shelf.catalog.mementos.stamps)
    assert re.findall(r"/web/(\d+)/", "".join(as_link(page(shelf), ours))) == ["20260301080000"] * 2


def test_what_is_not_held_has_no_timemap(shelf: Shelf) -> None:
    shelf.keep(URL, b"x", at=DAY)
    with pytest.raises(NotHeld):
        read_timemap(shelf.catalog, URL + "/none")
    with pytest.raises(NotHeld):
        page(shelf, "20270101000000")


def test_the_attributes_have_the_order_of_the_standards_examples(shelf: Shelf) -> None:
    kept(shelf, 5)
    for line in links(shelf, "20260303080000000", size=2):
        names = re.findall(r"; (\w+)=", line)
        assert names == [name for name in ("rel", "type", "from", "until", "datetime") if name in names]
        if "timemap/" in line:
            assert 'type="application/link-format"' in line
