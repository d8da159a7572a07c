"""The requisites of a page. What a browser makes of a whole page is compared in tests/interop."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.html.page_scan import scan_page
from archiver.html.requisites import Requisite, Requisites, read_style_requisites

URL = "https://news.example/a/page.html"
AT = "https://news.example/a/"


def read(html: str | bytes, **options: object) -> Requisites:
    data = html.encode() if isinstance(html, str) else html
    if "limit" in options:
        options["most_requisites"] = options.pop("limit")
    return scan_page(data, url=URL, **options).requisites  # type: ignore[arg-type]


def asked(html: str | bytes, **options: object) -> list[tuple[str, str]]:
    """What is asked for but the icon of the host: (path, role)."""
    return [
        (item.url.removeprefix(AT).removeprefix("https://news.example"), item.role)
        for item in read(html, **options)
        if not item.url.endswith("/favicon.ico")
    ]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<link rel='StyleSheet foo' href=a.css>", [("a.css", "stylesheet")]),
        ("<link rel=stylesheet href=a.less type=text/less>", []),
        ("<link rel=stylesheet/less href=a.less>", []),
        ("<link rel=stylesheet href=''><link rel=stylesheet>", []),
        ("<link rel='shortcut icon' href=a.ico>", [("a.ico", "icon")]),
        ("<link rel=preload as=style href=a.css>", [("a.css", "stylesheet")]),
        ("<link rel=preload as=fetch href=a.json>", [("a.json", "preload")]),
        ("<link rel=modulepreload href=a.js>", [("a.js", "script")]),
        ("<link rel=manifest href=a.json>", [("a.json", "manifest")]),
        ("<link rel='canonical' href=a><link rel=alternate href=b><link rel=preconnect href=//c.example>", []),
        ("<script src=a.js></script>", [("a.js", "script")]),
        ("<script type=text/template src=a.js></script>", []),
        ("<script>document.write('<img src=a.png>')</script>", []),
        ("<noscript><img src=a.png></noscript>", [("a.png", "image")]),
        ("<head><noscript><link rel=stylesheet href=a.css></noscript>", [("a.css", "stylesheet")]),
        ("<noscript><iframe src=a.html></iframe></noscript>", [("a.html", "frame")]),
        ("<img src=a.png srcset='b,c.png 2x, d.png 3x'>", [("a.png", "image"), ("b,c.png", "image"), ("d.png", "image")]),
        ("<picture><source src=x srcset='a.webp 1x'><img src=a.jpg></picture>", [("a.webp", "image"), ("a.jpg", "image")]),
        ("<video src=a.mp4 poster=a.jpg></video>", [("a.jpg", "image"), ("a.mp4", "media")]),
        ("<audio><source src=a.ogg><track src=a.vtt></audio>", [("a.ogg", "media"), ("a.vtt", "media")]),
        ("<embed src=a.svg><object data=b.swf></object>", [("a.svg", "object"), ("b.swf", "object")]),
        ("<input type=IMAGE src=a.png><input src=b.png>", [("a.png", "image")]),
        ("<table background=a.png><td background=b.png></table><p background=c.png>", [("a.png", "image"), ("b.png", "image")]),
        ("<svg><image xlink:href=a.png /><use href=b.svg#i /><use href=#i /></svg>", [("a.png", "image"), ("b.svg", "image")]),
        ("<svg><rect fill='url(a.svg#g)' filter='url(#f)'/></svg><p fill='url(b.svg)'>", [("a.svg", "image")]),
        ("<frameset><frame src=a.html><frame src=b.html></frameset>", [("a.html", "frame"), ("b.html", "frame")]),
        ("<iframe srcdoc='&lt;img src=a.png&gt;' src=b.html></iframe>", [("a.png", "image")]),
        ("<p style='background:url(&quot;a.png&quot;)'>", [("a.png", "image")]),
        ("<style>@import 'a.css';@font-face{src:url(b.woff)}p{x:url(c.png)}</style>", [("a.css", "stylesheet"), ("b.woff", "font"), ("c.png", "image")]),
        ("<style>p{x:url(a.png)}", [("a.png", "image")]),
        ("<style type=text/x-template>p{x:url(a.png)}</style>", []),
        ("<template><img src=a.png><template><img src=b.png></template><img src=c.png></template><img src=d.png>", [("d.png", "image")]),
        ("<template shadowrootmode=open><img src=a.png></template><template><img src=b.png></template>", [("a.png", "image")]),
        ("<!-- <img src=a.png> --><!--[if IE]><img src=b.png><![endif]--><![if !IE]><img src=c.png><![endif]>", [("c.png", "image")]),
        ("<textarea><img src=a.png></textarea><title><img src=b.png></title>", []),
        ("<img src='data:image/png;base64,AAAA'><img src=about:blank><img src='javascript:1'><img src=blob:x><img src=#x>", []),
        ("<img src=page.html><img src='page.html#x'><img src=''>", []),
        ("<img src=a.png><img src=' a.png\n'><img src=./a.png#x>", [("a.png", "image")]),
        ("<a href=a.html><area href=b.html><form action=c></form><meta property=og:image content=d.png>", []),
        ("<amp-img src=a.jpg></amp-img>", [("a.jpg", "image")]),
    ],
)  # fmt: skip
def test_each_form_is_read(html: str, expected: list[tuple[str, str]]) -> None:
    assert asked(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<img src='data:,' data-src=a.jpg>", ["a.jpg"]),
        ("<img data-src='/resize?id=5'>", ["/resize?id=5"]),
        ("<img data-srcset='a.jpg 1x, b.jpg 2x' data-sizes=auto>", ["a.jpg", "b.jpg"]),
        ("<img data-original=a.jpg><img data-lazy-src=b.webp>", ["a.jpg", "b.webp"]),
        ("<img src=t.jpg data-photo-original-src='https://news.example/a/o.jpg'>", ["t.jpg", "o.jpg"]),
        ("<picture><source data-srcset='a 100w, /i/b 200w'></picture>", ["/i/b"]),
        ("<div data-bg=a.jpg></div><div data-bg='url(\"b.jpg\")'></div>", ["a.jpg", "b.jpg"]),
        (
            "<div data-background-image='/x/c.png?w=1'></div><video data-poster=d.jpg></video>",
            ["/x/c.png?w=1", "d.jpg"],
        ),
        ("<div data-src='widget.html' data-url='https://news.example/a/story.html' data-bg='#fff'></div>", []),
        ("<img data-src='true' data-lazy='{\"a\": \"/b.jpg\"}' data-original='{{url}}.jpg'>", []),
        ("<div data-image-caption='see /photo.jpg now' data-id=/x/y.jpg></div>", []),
        ("<script data-src='/app.js'></script>", []),
    ],
)
def test_lazy_pictures_are_read_when_they_look_like_one(html: str, expected: list[str]) -> None:
    assert asked(html) == [(path, "image") for path in expected]


def test_the_page_of_no_icon_has_the_icon_of_its_host() -> None:
    assert Requisite("https://news.example/favicon.ico", "icon") in read("<p>x").items
    assert [item.url for item in read("<link rel=icon href=i.png>")] == [AT + "i.png"]


def test_alternate_and_disabled_sheets_are_marked() -> None:
    page = read(
        "<link rel=icon href=i><link rel='alternate stylesheet' href=a.css title=x><link rel=stylesheet disabled href=b.css>"
        "<link rel=stylesheet media=print href=c.css><link rel=stylesheet href=a.css>"
    )
    assert [(item.url.removeprefix(AT), item.alternate) for item in page.of("stylesheet")] == [
        ("a.css", False),
        ("b.css", True),
        ("c.css", False),
    ]


def test_a_base_holds_for_what_follows_it_and_only_the_first() -> None:
    html = (
        "<img src=1.png><base target=x><base href='../b/'><img src=2.png><base href=/c/><style>p{x:url(3.png)}</style>"
    )
    assert [path for path, _ in asked(html)] == ["1.png", "/b/2.png", "/b/3.png"]


def test_a_base_of_another_scheme_is_none() -> None:
    assert asked("<base href='data:text/html,x'><img src=1.png>") == [("1.png", "image")]


def test_the_role_that_asks_most_wins_at_the_first_place() -> None:
    html = "<link rel=preload as=fetch href=x><img src=y.png><img src=x><link rel=stylesheet href=x>"
    assert asked(html) == [("x", "stylesheet"), ("y.png", "image")]


def test_the_link_header_names_requisites() -> None:
    header = '<a.css>; rel="preload"; as=style, </b.woff2>;rel=preload;as="font";crossorigin, <c>; rel=next, <d'
    assert asked("<img src=e.png>", link_header=header) == [
        ("a.css", "stylesheet"),
        ("/b.woff2", "font"),
        ("e.png", "image"),
    ]


def test_addresses_are_made_legal() -> None:
    html = (
        "<img src='a b.png?c d'><img src='\\\\h.example\\x.png'><img src='//Bücher.example/y.png'><img src='http://[/'>"
    )
    page = read(html)
    assert page.urls[:3] == (
        AT + "a%20b.png?c%20d",
        "https://h.example/x.png",
        "https://xn--bcher-kva.example/y.png",
    )
    assert page.bad == 1


def test_the_charset_of_the_page_is_used() -> None:
    html = "<meta charset=windows-1251><p>Новости дня, погода и спорт</p><img src='новости.png'>".encode("cp1251")
    assert [path for path, _ in asked(html)] == ["%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8.png"]


def test_a_style_sheet_has_requisites_too() -> None:
    page = read_style_requisites(b"@import 'a.css';@font-face{src:url(b)}p{x:url(c);y:url(s.css)}", url=AT + "s.css")
    assert page.items == (
        Requisite(AT + "a.css", "stylesheet"),
        Requisite(AT + "b", "font"),
        Requisite(AT + "c", "image"),
    )


def test_the_limit_cuts_and_says_so() -> None:
    page = read("".join(f"<img src={n}.png>" for n in range(10)), limit=4)
    assert page.cut
    assert page.urls == tuple(f"{AT}{n}.png" for n in range(4))
    assert not read("<img src=1.png>", limit=2).cut


def test_pages_in_pages_are_read_to_a_depth() -> None:
    html = "<img src=5.png>"
    for depth in range(5, 0, -1):
        inner = html.replace("&", "&amp;").replace('"', "&quot;")
        html = f'<iframe srcdoc="{inner}"></iframe><img src={depth - 1}.png>'
    page = read(html)
    assert page.cut
    assert {url.removeprefix(AT) for url in page.urls} >= {"0.png", "1.png", "2.png", "3.png"}
    assert AT + "5.png" not in page.urls


def test_a_deep_page_is_read_to_its_end() -> None:
    assert AT + "deep.png" in read("<div>" * 100_000 + "<img src=deep.png>").urls


@pytest.mark.parametrize(
    "piece",
    ["<div><p>", "<img srcset='a 1x, ", "<p style='a:url(x'>", "<style>", "<b><i>", "<table><a>", '<iframe srcdoc="', "<!--",
     "<svg><style>&quot;", "<template>", "<a b=c d=e ", "&#60;", "<p style='x:url(a) url(b)'>", "\x00<", "<base href=a>"],
)  # fmt: skip
def test_hostile_repetition_takes_time_in_proportion(piece: str) -> None:
    begin = time.process_time()
    read(piece * (300_000 // len(piece)))
    assert time.process_time() - begin < 10


def test_many_different_addresses_end_in_a_cut() -> None:
    html = "".join(f"<p style='x:url(http://[{n}/)'><img src='http://[{n}/'>" for n in range(3000))
    page = read(html, limit=20)
    assert page.cut
    assert page.bad <= 20 * 20


@given(html=st.binary(max_size=300))
def test_any_bytes_are_read(html: bytes) -> None:
    assert all(url.startswith(("http://", "https://")) for url in read(html).urls)


_PIECES = [
    "<img src=",
    "a.png",
    ">",
    "'",
    '"',
    "<template>",
    "</template>",
    "<svg>",
    "<style>",
    "</style>",
    "url(",
    ")",
]


@given(html=st.lists(st.sampled_from([*_PIECES, "<base href=", "//x", "<iframe srcdoc=", "&lt;", "\x00"]), max_size=20))
def test_any_mixture_of_tags_is_read(html: list[str]) -> None:
    page = read("".join(html))
    assert len(set(page.urls)) == len(page.urls)
