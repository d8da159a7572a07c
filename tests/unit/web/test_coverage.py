"""``/api/coverage``."""

from __future__ import annotations

from archiver.catalog import Listing
from archiver.model.access import Access
from archiver.ops.access import add_rule, target_of
from archiver.web.api.coverage import MOST_URLS
from tests.shelf import DAY, Shelf
from tests.unit.web.conftest import Client


def test_days_and_one_day_with_its_urls(client: Client, shelf: object) -> None:
    site = "courier.example"
    listings = [
        Listing(site, f"example,courier)/{n}", f"https://courier.example/{n}", DAY, "https://courier.example/f", True)
        for n in range(3)
    ]
    shelf.catalog.listings.add(listings)  # type: ignore[attr-defined]
    shelf.keep("https://courier.example/1", b"<p>x</p>")  # type: ignore[attr-defined]
    every = client.get(f"/api/coverage?site={site}").json()
    (one,) = client.get(f"/api/coverage?site={site}&day=2026-03-01").json()["items"]
    assert [(row["url"][-1], row["state"], row["reason"]) for row in one["urls"]] == [
        ("0", "missing", "not-yet-due"),
        ("1", "held", None),
        ("2", "missing", "not-yet-due"),
    ]
    assert every == {"items": [one], "next": None}
    assert {k: one[k] for k in ("day", "listed", "held", "missing")} == {
        "day": "2026-03-01",
        "listed": 3,
        "held": 1,
        "missing": {"not-yet-due": 2},
    }
    assert client.get(f"/api/coverage?site={site}&from=2026-03-02").json()["items"] == []


def test_of_thousands_of_urls_the_counts_alone_are_given(client: Client, shelf: Shelf) -> None:
    site = "courier.example"
    shelf.catalog.listings.add(
        [
            Listing(
                site, f"example,courier)/{n}", f"https://courier.example/{n}", DAY, "https://courier.example/f", True
            )
            for n in range(MOST_URLS + 1)
        ]
    )
    (counts,) = client.get(f"/api/coverage?site={site}").json()["items"]
    assert (counts["listed"], counts["urls"]) == (MOST_URLS + 1, None)
    (one,) = client.get(f"/api/coverage?site={site}&day=2026-03-01").json()["items"]
    assert len(one["urls"]) == MOST_URLS + 1


def test_a_page_that_is_excluded_is_counted_and_not_named(client: Client, shelf: Shelf) -> None:
    site = "courier.example"
    shelf.catalog.listings.add(
        [
            Listing(
                site, f"example,courier)/{n}", f"https://courier.example/{n}", DAY, "https://courier.example/f", True
            )
            for n in range(3)
        ]
    )
    for n in range(2):
        shelf.keep(f"https://courier.example/{n}", b"<p>x</p>")
    for n, access in ((0, Access.BLOCK), (1, Access.EXCLUDE)):
        match, url = target_of(f"https://courier.example/{n}")
        add_rule(shelf.catalog, access=access, match=match, url=url, reason="a test", actor="tester")
    (one,) = client.get(f"/api/coverage?site={site}&day=2026-03-01").json()["items"]
    assert (one["listed"], one["held"], one["missing"]) == (3, 2, {"not-yet-due": 1})
    assert [row["url"][-1] for row in one["urls"]] == ["0", "2"]
    (counts,) = client.get(f"/api/coverage?site={site}").json()["items"]
    assert counts == one


def test_what_is_asked_wrongly_is_said(client: Client) -> None:
    assert client.get("/api/coverage").status_code == 400
    assert client.get("/api/coverage?site=nobody").status_code in {400, 404}
    assert client.get("/api/coverage?site=vnexpress&day=yesterday").status_code == 400
