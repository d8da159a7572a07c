from __future__ import annotations

import pytest

from archiver.html import loose_json
from archiver.html.page_tree import MAX_DEPTH, parse_page, short_language, squeeze

URL = "https://news.example/a/b.html"


def _parse(html: str, **more):
    page = parse_page(html.encode(), url=URL, **more)
    assert page is not None
    return page


def test_the_head_of_a_page_is_read():
    page = _parse(
        '<html lang="vi-VN"><head><title> A  title </title><meta name="Author" content="Anna Berg"><meta property="og:title" content="One"><meta property="og:title" content="Two">'
        '<link rel="canonical" href="/x"><link rel="ALTERNATE" hreflang="en-GB" href="https://en.news.example/x"></head><body><p>t</p></body></html>'
    )
    assert page.title == "A title"
    assert page.language == "vi"
    assert page.canonical == "https://news.example/x"
    assert page.alternates == {"en": "https://en.news.example/x"}
    assert page.first("author") == "Anna Berg"
    assert page.meta["og:title"] == ("One", "Two")
    assert page.first("nothing", "og:title") == "One"


def test_base_is_the_ground_of_relative_addresses():
    page = _parse('<html><head><base href="https://cdn.example/root/"></head><body></body></html>')
    assert page.absolute("x.jpg") == "https://cdn.example/root/x.jpg"
    assert page.absolute("javascript:alert(1)") is None
    assert page.absolute("http://[bad") is None
    assert page.absolute(None) is None


def test_json_ld_graphs_and_lists_are_opened():
    page = _parse(
        '<script type="application/ld+json">[{"@graph":[{"@type":"A"},{"@type":"B"}]},{"@type":"C"}]</script><script type="application/ld+json">{"@type":"D"</script><p>x</p>'
    )
    assert [node["@type"] for node in page.json_ld] == ["A", "B", "C", "D"]


def test_nothing_is_no_page():
    for data in (b"", b"  \n", b"\0\0"):
        assert parse_page(data, url=URL) is None


def test_depth_is_bounded_and_the_text_kept():
    page = _parse("<html><body>" + "<div>" * 5000 + "deep text" + "</div>" * 5000)
    depth, element = 0, page.root
    while len(element):
        element, depth = element[-1], depth + 1
    assert depth <= MAX_DEPTH + 1


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"a": 1}', [{"a": 1}]),
        ('{"a": [1, 2,], "b": "x",}', [{"a": [1, 2], "b": "x"}]),
        ('{"a": "one\ntwo"}', [{"a": "one\ntwo"}]),
        ('{"a": 1} {"b": 2}', [{"a": 1}, {"b": 2}]),
        ('{"a": {"b": "c"}, "d": "cut of', [{"a": {"b": "c"}}]),
        ('{"a": "say "hello" to all", "b": true}', [{"a": 'say "hello" to all', "b": True}]),
        ('/* note */ {"a": 1, // why\n "b": null}', [{"a": 1, "b": None}]),
        ("{a: 1}", [{"a": 1}]),
        ('{"a": "\\u00e9\\n"', [{"a": "é\n"}]),
        ("nothing here", []),
        ("", []),
    ],
)
def test_loose_json(text, values):
    assert loose_json.read(text) == values


def test_loose_json_is_bounded():
    assert isinstance(loose_json.read("[" * 100_000), list)
    assert isinstance(loose_json.read('{"a":' * 100_000), list)
    assert isinstance(loose_json.read('"' * 10_000 + "{" * 10_000), list)


def test_comments_without_end_are_looked_through_once():
    text = '{"a": 1, ' + "/* " * 160_000
    assert loose_json.read(text) == [{"a": 1}]
    assert loose_json.read('{"a": 1, /* x */ /* "b": 2}') == [{"a": 1, "b": 2}]


@pytest.mark.parametrize(
    ("code", "short"),
    [("vi-VN", "vi"), ("en_US", "en"), ("zh-CN", "zh"), ("zh_TW", "zh-Hant"), ("nb-NO", "no"), ("FR", "fr")],
)
def test_languages_are_short(code, short):
    assert short_language(code) == short


def test_white_space_is_squeezed_but_a_single_no_break_space_stays():
    assert squeeze(" a \n\t b\u200b\u00ad ") == "a b"
    assert squeeze("\xa0100\xa0000 :\xa0") == "100\xa0000 :"
    assert squeeze("a \xa0 b") == "a b"
