"""The ``srcset`` attribute."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.html.srcset import ImageCandidate, read_srcset, rewrite_srcset


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.png", ["a.png"]),
        ("a.png 1x, b.png 2x", ["a.png", "b.png"]),
        ("a.png,b.png", ["a.png,b.png"]),
        ("a.png, b.png", ["a.png", "b.png"]),
        ("a.png 1x,b.png 2x", ["a.png", "b.png"]),
        ("\n a.png\t320w ,\f b.png 640w\r", ["a.png", "b.png"]),
        (" , ,, a.png,, , b.png 2x", ["a.png", "b.png"]),
        ("w_100,h_50/a.png 1x, w_200,h_100/a.png 2x", ["w_100,h_50/a.png", "w_200,h_100/a.png"]),
        ("data:image/png;base64,AA== 1x, b.png 2x", ["data:image/png;base64,AA==", "b.png"]),
        ("a.png 1x 2x, b.png 2x", ["b.png"]),
        ("a.png 0w, b.png 10w", ["b.png"]),
        ("a.png -1x, b.png -0x", ["b.png"]),
        ("a.png 1q, b.png .5x, c.png 1e1x", ["b.png", "c.png"]),
        ("a.png 10h, b.png 10w 20h, c.png 10h 20w", ["b.png", "c.png"]),
        ("a.png (1x, b.png 2x), c.png 3x", ["c.png"]),
        ("a.png (1x, b.png 2x", []),
        ("", []),
        (" , ", []),
    ],
)
def test_candidates_are_read_as_the_standard_says(text: str, expected: list[str]) -> None:
    assert [candidate.address for candidate in read_srcset(text)] == expected


def test_widths_and_densities_are_told() -> None:
    assert read_srcset("a 100w, b 1.5x, c") == (
        ImageCandidate("a", width=100),
        ImageCandidate("b", density=1.5),
        ImageCandidate("c"),
    )


def test_rewriting_keeps_all_but_the_addresses() -> None:
    text = " a.png\t1x ,b,c.png 2x,, keep.png, d.png broken"
    new = rewrite_srcset(text, lambda address: None if address == "keep.png" else f"/r/{address}")
    assert new == " /r/a.png\t1x ,/r/b,c.png 2x,, keep.png, /r/d.png broken"


@given(text=st.text(alphabet="ab ,()12xw\n.-", max_size=50))
def test_any_text_comes_out_as_it_was_when_nothing_is_replaced(text: str) -> None:
    assert rewrite_srcset(text, lambda address: None) == text
    addresses = {candidate.address for candidate in read_srcset(text)}
    assert all(address and not address.endswith(",") and not set(address) & set(" \n") for address in addresses)


@pytest.mark.parametrize("piece", [",", "a ", "a 1x,", "a (", "(", "a,", " "])
def test_hostile_repetition_takes_time_in_proportion(piece: str) -> None:
    begin = time.process_time()
    read_srcset(piece * (500_000 // len(piece)))
    assert time.process_time() - begin < 5
