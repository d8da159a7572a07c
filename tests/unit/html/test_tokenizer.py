"""The tokens of a page: what browsers see as tags, attributes and text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.html.tokenizer import HtmlToken, tokens, unescape_attribute


def shape(text: str) -> list[tuple[str, str]]:
    return [(t.kind, t.name or text[t.start : t.end]) for t in tokens(text)]


def first(text: str) -> HtmlToken:
    return next(t for t in tokens(text) if t.kind == "start")


@pytest.mark.parametrize(
    ("tag", "attributes"),
    [
        ("<a href=x title='a b' DATA-X=\"1\" hidden>", {"href": "x", "title": "a b", "data-x": "1", "hidden": ""}),
        ("<a/href=x/y>", {"href": "x/y"}),
        ("<a href = 'x'class=y>", {"href": "x", "class": "y"}),
        ("<a href=1 href=2 HREF=3>", {"href": "1"}),
        ("<a =x=y>", {"=x": "y"}),
        ("<a href=>", {"href": ""}),
        ('<a href="a>b" x>', {"href": "a>b", "x": ""}),
        ("<a href='?a=1&amp;b=2&copy=3&lt;'>", {"href": "?a=1&b=2&copy=3<"}),
        ('<a"b onx=1>', {"onx": "1"}),
    ],
)
def test_attributes_are_read_as_the_standard_says(tag: str, attributes: dict[str, str]) -> None:
    assert first(tag).attributes == attributes


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("&amp;&#38;&#x26;", "&&&"),
        ("&notit;", "&notit;"),
        ("&not;it", "¬it"),
        ("&amp", "&"),
        ("&ampx", "&ampx"),
        ("&amp=", "&amp="),
        ("&#128;&#0;&#xD800;", "€\ufffd\ufffd"),
        ("&nosuch;", "&nosuch;"),
        ("&sect=1", "&sect=1"),
    ],
)
def test_references_in_attributes(value: str, meant: str) -> None:
    assert unescape_attribute(value) == meant


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a<b>c</b>", [("text", "a"), ("start", "b"), ("text", "c"), ("end", "b")]),
        ("<style><img src=x></style>", [("start", "style"), ("raw", "style"), ("end", "style")]),
        ("<title><b></title>", [("start", "title"), ("raw", "title"), ("end", "title")]),
        ("<script>'</scripty></script>x", [("start", "script"), ("raw", "script"), ("end", "script"), ("text", "x")]),
        (
            "<script><!-- <script></script> --></script>x",
            [("start", "script"), ("raw", "script"), ("end", "script"), ("text", "x")],
        ),
        ("<script><!--></script>x", [("start", "script"), ("raw", "script"), ("end", "script"), ("text", "x")]),
        ("<noscript><img></noscript>", [("start", "noscript"), ("start", "img"), ("end", "noscript")]),
        ("<plaintext><b>", [("start", "plaintext"), ("raw", "plaintext")]),
        ("<!--><b>", [("comment", "<!-->"), ("start", "b")]),
        ("<!-- a --!><b>", [("comment", "<!-- a --!>"), ("start", "b")]),
        ("<!doctype html><?x?></ >", [("doctype", "<!doctype html>"), ("comment", "<?x?>"), ("comment", "</ >")]),
        ("a < b <3 <", [("text", "a "), ("text", "<"), ("text", " b "), ("text", "<"), ("text", "3 "), ("text", "<")]),
        ("x<a href='", [("text", "x")]),
        ("x<a href", [("text", "x")]),
    ],
)
def test_what_is_a_tag_and_what_is_text(text: str, expected: list[tuple[str, str]]) -> None:
    assert shape(text) == expected


def test_inside_svg_a_style_has_tags_and_after_it_none() -> None:
    text = "<svg><style><a></style></svg><style><b></style>"
    assert [t.name for t in tokens(text) if t.kind == "start"] == ["svg", "style", "a", "style"]
    assert [t.foreign for t in tokens(text) if t.kind == "start"] == ["svg", "svg", "svg", ""]


def test_html_inside_svg_and_what_breaks_out_of_it() -> None:
    inside = "<svg><foreignObject><style><b></style></foreignObject><style><i></style></svg>"
    assert [t.name for t in tokens(inside) if t.kind == "start"] == ["svg", "foreignobject", "style", "style", "i"]
    out = "<svg><p><style><b></style>"
    assert [t.name for t in tokens(out) if t.kind == "start"] == ["svg", "p", "style"]
    assert shape("<svg/><style><b></style>")[-2] == ("raw", "style")
    assert ("text", "<![CDATA[<b>]]>") in shape("<svg><![CDATA[<b>]]></svg>")


@given(st.text(alphabet="<>/='\"!- abscriptylevg&;x\n\x00", max_size=200))
def test_tokens_follow_one_another_and_never_overlap(text: str) -> None:
    place = 0
    for token in tokens(text):
        assert token.start == place
        assert token.end > token.start
        place = token.end
    # Only a tag that the end cuts is left away.
    assert place == len(text) or text[place] == "<"


@pytest.mark.parametrize(
    "piece",
    ["<a ", "<!--", "<div>", "<style>", "<svg>", "<script><!--", "<a x='", "<a =", "<svg><title>", "</svg>", "&"],
)
def test_time_is_linear_in_the_length(piece: str) -> None:
    def seconds(count: int) -> float:
        began = time.process_time()
        for _ in tokens(piece * count):
            pass
        return time.process_time() - began

    assert seconds(100_000) < 5.0
