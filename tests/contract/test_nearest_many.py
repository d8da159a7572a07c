"""The captures nearest to one time, of many URLs at once: the same as one by one."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.catalog import Catalog
from archiver.catalog.sql import CHUNK
from archiver.model.surt import surt
from tests.contract.test_catalog import T0, catalog, ids, make, url

__all__ = ["catalog", "url"]
A, B, C = (f"https://s.example/{name}" for name in "abc")


def find(catalog: Catalog, *urls: str, seconds: float = 0) -> list[int]:
    found = catalog.mementos.nearest_of_each([surt(u) for u in urls], T0 + timedelta(seconds=seconds))
    return ids(found[surt(u)] for u in urls if surt(u) in found)


def test_each_url_has_its_own_nearest(catalog: Catalog) -> None:
    catalog.captures.add([make(1, A), make(20, A), make(5, B), make(9, C, status=404)])
    assert find(catalog, A, B, C, "https://s.example/none", seconds=12) == [20, 5]
    assert find(catalog, A, seconds=10) == [1]
    assert find(catalog) == []


def test_a_tie_goes_to_the_earlier_and_a_redirect_only_where_nothing_else_is_held(catalog: Catalog) -> None:
    catalog.captures.add(
        [make(2, A), make(4, A), make(3, A, status=301, redirect=B), make(7, B, status=302, redirect=C)]
    )
    assert find(catalog, A, B, seconds=3) == [2, 7]


def test_many_urls_are_found_in_pieces(catalog: Catalog) -> None:
    urls = [f"https://s.example/{number:04}" for number in range(CHUNK + 30)]
    catalog.captures.add([make(number + 1, u) for number, u in enumerate(urls)])
    assert find(catalog, *urls) == list(range(1, len(urls) + 1))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from([A, B]), st.integers(0, 40), st.sampled_from([200, 301, 404])), max_size=8),
    st.integers(0, 40),
)
def test_it_agrees_with_one_by_one(catalog: Catalog, rows: list[tuple[str, int, int]], seconds: int) -> None:
    held = list(catalog.captures.find())
    catalog.captures.remove([capture.record_id for capture in held])
    catalog.captures.add(
        [
            make(number, u, at=T0 + timedelta(seconds=second), status=status, redirect=C if status == 301 else None)
            for number, (u, second, status) in enumerate(rows)
        ]
    )
    at = T0 + timedelta(seconds=seconds)
    for u in (A, B):
        one = catalog.mementos.nearest(surt(u), at) or catalog.mementos.nearest(surt(u), at, also_redirects=True)
        many = catalog.mementos.nearest_of_each([surt(u)], at).get(surt(u))
        assert (one and (one.at, one.status)) == (many and (many.at, many.status))
