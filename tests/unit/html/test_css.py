"""Style sheets: what they ask for, and the same text with other addresses."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.html.css import MAX_TOKENS, CssLinks, read_css, rewrite_css

URL = "https://news.example/css/site.css"
AT = "https://news.example/css/"


def read(css: bytes | str, content_type: str | None = None) -> CssLinks:
    return read_css(css, url=URL, content_type=content_type)


def images(css: bytes | str, content_type: str | None = None) -> list[str]:
    return [url.removeprefix(AT) for url in read(css, content_type).images]


@pytest.mark.parametrize(
    "rule",
    [
        '@import "a.css";',
        "@import 'a.css'",
        "@import url(a.css);",
        '@import url("a.css") screen;',
        "@IMPORT URL( a.css ) layer(base) supports(display: grid) print and (min-width: 1px);",
        "@import/* so */'a.css';",
        "@\\69mport url(a.css)",
        "@charset 'utf-8';@layer x, y;@import \"a.css\"layer;",
        "<!-- @import url(a.css); -->",
        '@import "a\\\n.css";',
        "@import u\\72l(a.css);",
    ],
)
def test_imports_are_read_in_all_forms(rule: str) -> None:
    assert read(rule) == CssLinks(imports=(AT + "a.css",))


@pytest.mark.parametrize(
    "css",
    [
        "/* @import 'a.css'; url(a.png) */",
        "a::before{content:'url(a.png)'}",
        '@namespace url(http://www.w3.org/1999/xhtml);@namespace svg "http://www.w3.org/2000/svg";',
        "@media print { @import 'a.css'; }",
        "@import;'a.css'",
        "@import screen 'a.css';",
        "@import 'a\n.css';",
        "a{background:url(a b.png)}",
        'a{background:url(a"b.png)}',
        "a{background:url()}b{background:url('')}c{background:url( )}",
        "a{fill:url(#gradient);background:url(data:image/png;base64,AAAA)}",
        "a{background:xurl(a.png)}b{background:1url(a.png)}",
        "@charset 'a.css';",
        "a{x:url(javascript:1);y:url(about:blank);z:url(blob:x)}",
        "a{content: image-set(url)}",
        "/* unclosed url(a.png)",
        "'unclosed url(a.png)",
    ],
)
def test_what_asks_for_nothing_is_not_read(css: str) -> None:
    assert read(css) == CssLinks()


def test_fonts_are_told_from_pictures() -> None:
    css = """@font-face { font-family: "A"; src: url(a.eot); src: local("A B"), url('a.eot?#iefix') format("eot"),
      url(a.woff2) format("woff2"), url(//fonts.example/a.woff) } p { background: url(p.png) }
      @media screen { @font-face { src: url(b.woff2) } i { background: url(i.png) } }"""
    links = read(css)
    assert links.fonts == (AT + "a.eot", AT + "a.woff2", "https://fonts.example/a.woff", AT + "b.woff2")
    assert links.images == (AT + "p.png", AT + "i.png")


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        ("a{background:url(a.png)}", ["a.png"]),
        ("background: url( 'a.png' ) no-repeat, URL(b.png)", ["a.png", "b.png"]),
        ("a{b:url(a\\(1\\).png)}", ["a(1).png"]),
        ("a{b:url('\\61\n.png')}", ["a.png"]),
        ("a{b:url('it\\'s.png')}", ["it's.png"]),
        ("a{b:url(\\61 b\\000063.png)}", ["abc.png"]),
        ("a{b:image-set('a.png' 1x, url(b.png) 2x type('image/avif'), \"c.png\" 3x)}", ["a.png", "b.png", "c.png"]),
        ("a{b:-webkit-image-set(url(a.png) 1x)}", ["a.png"]),
        ("a{cursor:url(a.cur) 1 2,auto;mask:url(b.svg#x);filter:url(c.svg)}", ["a.cur", "b.svg", "c.svg"]),
        ("@media x{@supports (a:b){.c{& d{background:url(a.png)}}}}", ["a.png"]),
        ("a{b:url(a.png", ["a.png"]),
        ("a{b:url('a.png", ["a.png"]),
        ("}}]) a{b:url(a.png)}", ["a.png"]),
        ("a{b:foo([{ ;} c{d:url(a.png)}", ["a.png"]),
        ("a{b:url(x y)} c{d:url(a.png)}", ["a.png"]),
        ("a{b:'x\n;c:url(a.png)}", ["a.png"]),
        ("@document url(http://x/){a{b:url(a.png)}}", ["a.png"]),
        ("--x:url(a.png)", ["a.png"]),
        ("a{b:url(a.png)}c{b:url( a.png )}", ["a.png"]),
        ("a{b:url(\ta\u1ec7.png)}", ["a%E1%BB%87.png"]),
        ("a{b:url(a,b;c{d}.png)}", ["a,b;c%7Bd%7D.png"]),
    ],
)
def test_pictures_are_read_as_browsers_read_them(css: str, expected: list[str]) -> None:
    assert images(css) == expected


def test_addresses_are_relative_to_the_sheet_as_browsers_have_it() -> None:
    css = "a{b:url(../x.png);c:url(/y.png);d:url(//h.example/z.png);e:url(./a/../b.png);f:url(https:q.png);g:url(?r)}"
    assert read(css).images == (
        "https://news.example/x.png",
        "https://news.example/y.png",
        "https://h.example/z.png",
        AT + "b.png",
        AT + "q.png",
        AT + "site.css?r",
    )


@pytest.mark.parametrize(
    ("css", "content_type"),
    [
        ("a{b:url(图.png)}".encode("gb18030"), "text/css; charset=GB2312"),
        (b'@charset "gbk";' + "a{b:url(图.png)}".encode("gb18030"), "text/css"),
        ("a{b:url(图.png)}".encode("utf-8-sig"), "text/css; charset=gbk"),
        ("\ufeffa{b:url(图.png)}".encode("utf-16-le"), None),
        ("a{b:url(图.png)}".encode(), "text/css; charset=no-such-thing"),
        (b'@charset "utf-16";' + "a{b:url(图.png)}".encode(), "text/css; charset=utf-8"),
    ],
)
def test_the_charset_is_found_as_the_standard_says(css: bytes, content_type: str | None) -> None:
    assert images(css, content_type) == ["%E5%9B%BE.png"]


def test_bad_addresses_are_counted() -> None:
    assert read("a{b:url(http://[x/);c:url(http:///)}").bad == 2


def test_the_limit_cuts_and_says_so() -> None:
    links = read_css("".join(f"a{{b:url({n}.png)}}" for n in range(10)), url=URL, limit=4)
    assert links.cut
    assert len(links.images) == 4


@pytest.mark.parametrize(
    "piece",
    ["(", "url(", '"', "'\\", "/*", "/", "\\", "@import", "{", "([{", ")", "url(x", "a-", "image-set('a'", "\\0"],
)
def test_hostile_repetition_takes_time_in_proportion(piece: str) -> None:
    css = piece * (300_000 // len(piece))
    begin = time.process_time()
    read(css)
    rewrite_css(css, lambda address: None)
    assert time.process_time() - begin < 10


def test_too_many_tokens_cut_the_sheet() -> None:
    css = "{" * MAX_TOKENS + "a{b:url(http://live.example/a.png)}"
    assert read(css).cut
    assert "live" not in rewrite_css(css, lambda address: None)


def test_rewriting_changes_addresses_and_nothing_else() -> None:
    css = (
        "@charset \"x\"; @import  url( a.css )  screen ; @import'b.css';/* url(c.png) */\r\n"
        "@namespace url(http://n/);@font-face{src:url(f.woff2)format('woff2')}\f"
        "p{background : URL( \"d\\29.png\" ), image-set('e.png' 1x);content:'url(x)'}bad{x:url(a b)} k{x:url(keep.png)}"
    )
    asked: list[str] = []

    def replace(address: str) -> str | None:
        asked.append(address)
        return None if address == "keep.png" else f"/r/{address}"

    assert rewrite_css(css, replace) == (
        '@charset "x"; @import  url( "/r/a.css" )  screen ; @import"/r/b.css";/* url(c.png) */\r\n'
        "@namespace url(http://n/);@font-face{src:url(\"/r/f.woff2\")format('woff2')}\f"
        'p{background : URL( "/r/d).png" ), image-set("/r/e.png" 1x);content:\'url(x)\'}bad{x:url(a b)} k{x:url(keep.png)}'
    )
    assert asked == ["a.css", "b.css", "f.woff2", "d).png", "e.png", "keep.png"]


def test_imports_that_a_browser_may_see_elsewhere_are_rewritten_too() -> None:
    assert rewrite_css("@media x{@import 'a.css'}", str.upper) == '@media x{@import "A.CSS"}'


@given(address=st.text(min_size=1, max_size=40))
def test_nothing_in_an_address_leaves_its_string(address: str) -> None:
    css = rewrite_css("a{b:url(x)}i{c:url(y)}", lambda old: address if old == "x" else None)
    assert "</" not in css
    assert "\n" not in css
    back: list[str] = []
    rewrite_css(css, back.append)
    # A NUL can't be in a style sheet.
    assert back == [address.replace("\x00", "\ufffd"), "y"]


@given(css=st.text(alphabet="u(rl)\"'\\/*@import{};[] a-1\n\r\f,:é#<!", max_size=60))
def test_any_text_comes_out_as_it_was_when_nothing_is_replaced(css: str) -> None:
    assert rewrite_css(css, lambda address: None) == css


@given(
    css=st.lists(
        st.sampled_from(
            ["url(", "a.png", "'", '"', ")", "\\", "\n", "/*", "*/", "@import ", ";", "{", "}", "(", "image-set("]
        ),
        max_size=12,
    ).map("".join)
)
def test_what_is_replaced_is_all_that_is_found_again(css: str) -> None:
    """A rewritten sheet holds the new addresses where the old ones were, and no old one."""
    before: list[str] = []
    after: list[str] = []
    again = rewrite_css(css, lambda address: before.append(address) or "/new")
    rewrite_css(again, after.append)
    assert after == ["/new"] * len(before)


@given(
    css=st.binary(max_size=200),
    content_type=st.none() | st.text(max_size=30).map(lambda text: f"text/css; charset={text}"),
)
def test_any_bytes_are_read(css: bytes, content_type: str | None) -> None:
    assert not read(css, content_type).cut
