"""Clients that others wrote, unchanged, over HTTPS: their fixed hosts lead to our service.

They live in an environment of their own (`make clients`), since what they pin is at odds with what we need.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.serving import OFTEN, PYTHON, SITE, URL, WEB, Served, needs_clients, serving

pytestmark = needs_clients


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as made:
        yield made


def stamps(served: Served, url: str) -> list[str]:
    return [capture.timestamp[:14] for capture in served.captures if capture.url == url]


def test_wayback_of_edgi_searches_and_reads_mementos(served: Served) -> None:
    found = served.run("use_wayback", URL, f"{SITE}/moved", f"{SITE}/")
    mine = [capture for capture in served.captures if capture.url == URL]
    assert found["records"] == [
        [
            capture.surt,
            capture.timestamp[:14],
            URL,
            "text/html",
            200,
            capture.digest.bare,
            capture.record.length,
        ]
        for capture in mine
    ]
    assert found["unresolved"] == [["text/html", 200], ["warc/revisit", None], ["text/html", 200]]
    assert found["errors"] == [f"{SITE}/gone"]
    assert found["collapsed"] == 2
    assert found["from"] == [2, 3]
    assert found["newest"] == [3]
    raw = found["raw"]
    assert raw["text"] == "<p>Tết</p>"
    assert {name.title(): value for name, value in raw["headers"].items()} == {
        "Content-Type": "text/html; charset=utf-8",
        "Server": "old/1",
        "Date": "Sun, 01 Mar 2026 08:00:00 GMT",
    }
    assert raw["at"] == "2026-03-01T08:00:00+00:00"
    assert raw["memento_url"] == f"{WEB}/20260301080000id_/{URL}"
    assert {"original", "timegate", "timemap", "next memento"} <= set(raw["links"])
    assert found["inexact"] == [f"{WEB}/20260302080000id_/{URL}", "<p>Tết</p>"]
    assert found["revisit"] == [f"{WEB}/20260302080000id_/{URL}", "<p>Tết</p>", True]
    assert found["redirect"][:2] == [URL, "<p>Tết</p>"]
    assert found["last"] == "<p>changed</p>"
    assert any(line.startswith("CONNECT web.archive.org:443 ") for line in served.route.asked)


def test_waybackpy_lists_pages_and_finds_the_nearest(served: Served) -> None:
    found = served.run("use_waybackpy", URL, OFTEN, f"{SITE}/", f"{SITE}/none")
    assert found["all"] == [
        [stamp, URL, "-" if place == 1 else "200", f"{WEB}/{stamp}/{URL}"]
        for place, stamp in enumerate(stamps(served, URL))
    ]
    assert found["in_threes"] == found["in_pages"] == stamps(served, OFTEN)
    assert found["filtered"] == [f"{SITE}/gone"]
    assert found["collapsed"] == 2
    assert found["span"] == stamps(served, OFTEN)[4:7]
    assert (found["oldest"], found["near"], found["newest"]) == tuple(stamps(served, URL))
    assert found["available_near"] == f"{WEB}/20260302080000/{URL}"
    assert found["available_oldest"] == f"{WEB}/20260301080000/{URL}"
    assert found["available_newest"] == "2026-03-03T08:00:00"
    assert found["missing"] == "none"


def test_cdx_toolkit_iterates_and_makes_records_in_both_dialects(served: Served) -> None:
    found = served.run("use_cdx_toolkit", URL, OFTEN, f"{SITE}/", served.base)
    mine = [capture for capture in served.captures if capture.url == URL]
    for name in ("ia", "pywb"):
        told = found[name]
        assert told["captures"] == [
            [c.surt, c.timestamp[:14], URL, "warc/revisit" if place == 1 else "text/html", "-" if place == 1 else "200"]
            for place, c in enumerate(mine)
        ], name
        assert told["first"] == {
            "type": "response",
            "url": URL,
            "date": "2026-03-01T08:00:00Z",
            "status": "200",
            "server": "old/1",
            "body": "<p>Tết</p>",
        }, name
        assert (told["limited"], told["often"], told["none"], told["pages"], told["got"]) == (7, 40, 0, 1, 5), name
        assert told["prefix"] == [capture.url for capture in served.captures], name
        assert told["span"] == ["20260105", "20260106", "20260107"], name
    assert found["moved"] == "302"
    assert found["gone"] == "404"
    assert found["filtered"] == [f"{SITE}/gone"]


def test_memento_client_negotiates_in_time(served: Served) -> None:
    found = served.run("use_memento_client", URL, f"{SITE}/none")
    first, second, third = (f"{WEB}/{stamp}/{URL}" for stamp in stamps(served, URL))
    middle = found["middle"]
    assert middle["original"] == URL
    assert {name: middle[name][0] for name in ("first", "prev", "closest", "next", "last")} == {
        "first": first,
        "prev": first,
        "closest": second,
        "next": third,
        "last": third,
    }
    assert middle["closest"][1].startswith("2026-03-02T08:00:00")
    assert middle["status"] == 200
    assert (found["before_all"], found["after_all"]) == (first, third)
    assert found["of_a_memento"] == found["original_of"] == URL
    assert set(found["none"]) == {"original", "timegate"}
    assert found["is_memento"]
    assert found["is_timegate"]
    assert not found["memento_is_timegate"]


def test_warcio_records_our_answers_and_reads_our_files(served: Served, tmp_path: Path) -> None:
    # By plain HTTP: warcio cannot record what goes through a proxy's tunnel.
    targets = [f"{served.base}/web/20260301080000id_/{url}" for url in (URL, f"{SITE}/gone")]
    found = served.run("use_warcio", str(tmp_path / "recorded.warc.gz"), str(served.file), *targets)
    assert found["recorded"] == [
        [targets[0], "200", "Sun, 01 Mar 2026 08:00:00 GMT", "old/1", "<p>Tết</p>"],
        [targets[1], "404", "Sun, 01 Mar 2026 08:00:00 GMT", None, "<p>gone</p>"],
    ]
    assert len(found["stored"]) == len(served.captures)
    check = subprocess.run(
        [PYTHON.parent / "warcio", "check", tmp_path / "recorded.warc.gz", served.file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stdout
