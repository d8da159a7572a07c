"""The capture that is nearest to a time, by whatever door one asks: absolute distance, on a tie the earlier."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from archiver.replay.address import read_address
from archiver.replay.cdx import answer, read_ia_query, read_pywb_query
from archiver.replay.instants import http_date
from archiver.replay.lookup import closest, nearest
from tests.shelf import Shelf
from tests.unit.web.conftest import Client

URL = "https://courier.example/a"
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)


def second(seconds: float, edge: datetime) -> datetime:
    return edge + timedelta(seconds=seconds)


@pytest.mark.parametrize("edge", [YEAR, MIDNIGHT])
@pytest.mark.parametrize(
    ("before", "after", "goal", "wanted"),
    [
        (-1, 1, 0, -1),
        (-2, 1, 0, 1),
        (-1, 2, 0, -1),
        (-1, 0, -1, -1),
        (-3, 1, -2, -3),
        (-3, 1, -1, -3),
        (-0.5, 0.9, 0, 0.9),  # it is of the second that was named
        (-1.2, 1.1, 0, 1.1),
    ],
)
def test_every_door_leads_to_the_nearest_and_on_a_tie_to_the_earlier(
    shelf: Shelf, client: Client, edge: datetime, before: float, after: float, goal: float, wanted: float
) -> None:
    for seconds in (before, after):
        shelf.keep(URL, b"x", at=second(seconds, edge))
    at, expected = second(goal, edge), second(wanted, edge)
    stamp = f"{expected:%Y%m%d%H%M%S}"
    digits = f"{at:%Y%m%d%H%M%S}"
    assert closest(shelf.catalog, URL, at).at == expected
    assert nearest(shelf.catalog, URL, at=at).at == expected
    gate = client.get(f"/web/{URL}", headers={"Accept-Datetime": http_date(at)})
    memento = client.get(f"/web/{digits}/{URL}", headers={"Prefer": "rewritten"})
    found = client.get(f"/wayback/available?url={URL}&timestamp={digits}").json()["archived_snapshots"]["closest"]
    assert gate.headers["Location"].split("/")[4] == found["timestamp"] == stamp
    assert memento.headers.get("Location", f"///{0}/{digits}").split("/")[4] == stamp
    for read in (read_ia_query, read_pywb_query):
        query = read([("url", URL), ("sort", "closest"), ("closest", digits), ("fl", "timestamp"), ("output", "text")])
        assert "".join(answer(shelf.catalog, query).body).split()[0] == stamp


@pytest.mark.parametrize("digits", ["2025", "202512", "20251231", "2025123123", "202512312359"])
def test_of_a_year_or_a_day_the_last_second_is_wished_for(shelf: Shelf, client: Client, digits: str) -> None:
    shelf.keep(URL, b"x", at=second(-1, YEAR))
    shelf.keep(URL, b"y", at=YEAR)
    goal = read_address(f"{digits}/{URL}".encode()).goal
    assert closest(shelf.catalog, URL, goal).at == second(-1, YEAR)
    assert client.get(f"/web/{digits}/{URL}").headers["Location"].split("/")[4] == "20251231235959"
    rows = client.get(f"/cdx/search/cdx?url={URL}&sort=closest&closest={digits}").text
    assert re.findall(r"\d{14}", rows)[0] == "20251231235959"
