"""The order of a site's manifests is that of their chain, whatever they are called and wherever it broke."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from archiver.model.manifest import Manifest
from archiver.sealing.restore import Link, in_order

AT = datetime(2026, 11, 24, tzinfo=UTC)


def chain(length: int, *, start: str | None = None) -> list[Link]:
    links: list[Link] = []
    for number in range(length):
        manifest = Manifest(
            key=f"warcs/news/{number}.warc.gz",
            size=number,
            sha256="0" * 64,
            records={"response": 1},
            site="news",
            runs=("01R",),
            first_at=AT,
            last_at=AT,
            sealed_at=AT + timedelta(seconds=number),
            software="x/1",
            cdxj_sha256="1" * 64,
            previous=links[-1].sha256 if links else start,
        )
        links.append(Link(manifest, manifest.digest))
    return links


def test_a_whole_chain_is_put_in_order_whatever_order_it_was_listed_in():
    links = chain(50)
    mixed = random.Random(1).sample(links, 50)
    assert in_order(mixed) == (links, [])


def test_the_order_is_that_of_the_chain_not_of_the_clock():
    links = chain(3)
    late = replace(links[0].manifest, sealed_at=AT + timedelta(days=9))
    first = Link(late, late.digest)
    second = replace(links[1].manifest, previous=first.sha256)
    assert in_order([Link(second, second.digest), first])[0][0] == first


def test_a_gap_is_told_by_the_one_behind_it():
    links = chain(6)
    left = links[:2] + links[3:]
    assert in_order(left[::-1]) == (left, [links[3]])


def test_a_missing_start_is_told():
    links = chain(3)[1:]
    assert in_order(links) == (links, [links[0]])


def test_two_that_follow_the_same_one_are_told():
    links = chain(2)
    twin = replace(links[1].manifest, key="warcs/news/twin.warc.gz", sealed_at=AT + timedelta(days=1))
    ordered, broken = in_order([*links, Link(twin, twin.digest)])
    assert [link.key for link in ordered] == [links[0].key, links[1].key, "warcs/news/twin.warc.gz"]
    assert [link.key for link in broken] == ["warcs/news/twin.warc.gz"]


def test_nothing_has_no_order():
    assert in_order([]) == ([], [])


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"size": "5"},
        {"records": {"response": "1"}},
        {"records": []},
        {"key": 5},
        {"sealed_at": "2026-11-24T00:00:00"},
        {"sealed_at": 5},
        {"previous": 5},
        {"runs": [1]},
        {"runs": None},
    ],
)
def test_what_is_no_manifest_is_refused_with_one_error(change):
    raw = json.loads(chain(1)[0].manifest.to_bytes())
    with pytest.raises(ValueError):
        Manifest.from_bytes(json.dumps(raw | change).encode())


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_what_is_not_even_an_object_is_refused_with_the_same(data):
    with pytest.raises(ValueError):
        Manifest.from_bytes(data)
