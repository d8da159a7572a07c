"""Pages as the safe view writes them: nothing acts, every address is the archive's, and the rest is as it was."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.html.tokenizer import tokens
from archiver.model.capture import Capture, Kind
from archiver.model.record import BlobKey, RecordId, RecordRef, RecordType
from archiver.model.surt import surt
from archiver.replay.address import Links
from archiver.replay.parts import Parts
from archiver.replay.safe_html import Rewritten, rewrite_html

URL = "https://courier.example/news/a.html"
AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
STAMP = "20260301080000"


def capture(url: str, at: datetime = AT) -> Capture:
    return Capture(
        url=url,
        surt=surt(url),
        at=at,
        record_type=RecordType.RESPONSE,
        site="courier",
        run=None,
        record_id=RecordId("urn:uuid:1"),
        record=RecordRef(BlobKey("w"), 0, 1),
        kind=Kind.REQUISITE,
        status=200,
        mime=None,
        digest=None,
    )


def rewrite(text: str, *, missing: Iterable[str] = (), url: str = URL) -> Rewritten:
    """With everything held that is asked for, but for what ends in one of ``missing``."""

    def find(urls: Iterable[str], at: datetime) -> dict[str, Capture]:
        assert at == AT
        return {u: capture(u) for u in urls if not u.endswith(tuple(missing) or ("\n",))}

    return rewrite_html(text, url=url, parts=Parts(Links(""), AT), find=find)


def out(text: str, **more: Iterable[str]) -> str:
    return rewrite(text, **more).text


def web(path: str, modifier: str = "", host: str = "courier.example") -> str:
    return f"/web/{STAMP}{modifier}/https://{host}{path}"


@pytest.mark.parametrize(
    ("page", "written"),
    [
        ("<a href=b.html#x>t</a>", f'<a href="{web("/news/b.html")}#x" target="_top">t</a>'),
        ("<a href=#x>t</a>", "<a href=#x>t</a>"),
        ("<a href='//other.example/'>t</a>", f'<a href="{web("/", host="other.example")}" target="_top">t</a>'),
        ("<img src=p.png alt=x>", f'<img alt="x" src="{web("/news/p.png", "im_")}">'),
        ("<body background=/b.png>", f'<body background="{web("/b.png", "im_")}">'),
        ("<link rel=stylesheet href=/s.css>", f'<link rel="stylesheet" href="{web("/s.css", "cs_")}">'),
        ("<video src=f.mp4 poster=p.jpg></video>",
         f'<video poster="{web("/news/p.jpg", "im_")}" src="{web("/news/f.mp4", "oe_")}"></video>'),
        ("<p style='background:url(b.png)'>", f'<p style="background:url(&quot;{web("/news/b.png", "im_")}&quot;)">'),
        ("<style>@import 'i.css'; @font-face{src:url(f.woff)}</style>",
         f'<style>@import "{web("/news/i.css", "cs_")}"; @font-face{{src:url("{web("/news/f.woff", "oe_")}")}}</style>'),
        ("<svg><use href='s.svg#i'/><image xlink:href=p.png /></svg>",
         f'<svg><use href="{web("/news/s.svg", "im_")}#i"/><image xlink:href="{web("/news/p.png", "im_")}"/></svg>'),
        ("<svg><rect fill='url(#g)' filter='url(f.svg#x)'/></svg>",
         f'<svg><rect fill="url(#g)" filter="url(&quot;{web("/news/f.svg", "im_")}#x&quot;)"/></svg>'),
        ("<math><mi href=x.html>a</mi></math>", f'<math><mi href="{web("/news/x.html")}" target="_top">a</mi></math>'),
        ("<input type=image src=b.png>", f'<input type="image" src="{web("/news/b.png", "im_")}">'),
        ("<base href=/deep/><img src=p.png>", f'<img src="{web("/deep/p.png", "im_")}">'),
        ("<img src=a,b.png,>", f'<img src="{web("/news/a,b.png", "im_")}%2C">'),
        ("<object data=o.svg>f</object>", f'<object data="{web("/news/o.svg", "if_")}">f</object>'),
    ],
)  # fmt: skip
def test_addresses_become_the_archives(page: str, written: str) -> None:
    assert out(page) == written


def test_what_needs_no_change_stays_byte_for_byte() -> None:
    page = (
        "<!DOCTYPE html PUBLIC '-//W3C//DTD HTML 4.01//EN'>\n<HTML lang=vi>\n<Title>A < B &copy</title>\n"
        "<p CLASS=x id='y'>Đoạn <b>một<i>hai</b>ba</i> &nbsp; &lt;\n<table><tr><td>x<div></table>\n<xmp><b></xmp>"
    )
    assert out(page) == page


@pytest.mark.parametrize(
    "page",
    [
        "<script>alert(1)</script>",
        "<script src=x></script>",
        "<SCRIPT/x>alert(1)</SCRIPT >",
        "<svg><script>alert(1)</script></svg>",
        "<svg><script href=data:,alert(1) /></svg>",
        "<img src=x onerror=alert(1)>",
        "<body onload=alert(1)>",
        "<a href=javascript:alert(1)>x</a>",
        "<a href='&#1;java&#10;script:alert(1)'>x</a>",
        "<a href=vbscript:x>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<iframe src=javascript:alert(1)></iframe>",
        "<iframe src='data:text/html,<script>alert(1)</script>'></iframe>",
        "<iframe srcdoc='<script>alert(1)</script><img src=x onerror=alert(1)>'></iframe>",
        "<form action=javascript:alert(1)><button formaction=javascript:alert(1)>",
        "<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
        "<svg><animate attributeName=href values=javascript:alert(1) /></svg>",
        "<svg><set attributeName=onmouseover to=alert(1) /></svg>",
        "<math><mtext href=javascript:alert(1)>x</mtext></math>",
        "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
        "<object data=javascript:alert(1)></object>",
        "<embed src=javascript:alert(1)>",
        "<link rel=import href=javascript:alert(1)>",
        "<template><script>alert(1)</script></template>",
        "<div><template shadowrootmode=open><script>alert(1)</script><img src=x onerror=alert(1)></template></div>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<style></style><img src=x onerror=alert(1)>",
        "<x onclick=alert(1) style='behavior:url(&quot;javascript:alert(1)&quot;)'>",
        "<marquee onstart=alert(1)>",
        "<details open ontoggle=alert(1)>",
        "<a ping=https://evil.example/ href=x target=top download>",
        "<p title='javascript:alert(1)'>",
    ],
)  # fmt: skip
def test_nothing_that_acts_is_left(page: str) -> None:
    written = out(page).lower()
    assert "alert" not in written
    assert "script" not in written.replace("noscript", "")
    assert "evil.example" not in written
    assert not [
        name for token in tokens(written) for name in token.attributes or {} if name.startswith("on") or name == "ping"
    ]


@pytest.mark.parametrize(
    "page",
    [
        "<base href=https://live.example/>x",
        "<meta http-equiv=refresh content='0;url=https://live.example/'>",
        '<meta http-equiv=Content-Security-Policy content="report-uri https://live.example/">',
        "<meta name=referrer content=unsafe-url><meta property=og:image content=https://live.example/>",
        "<link rel=preconnect href=https://live.example><link rel=dns-prefetch href=//live.example>",
        "<link rel='preload prefetch prerender modulepreload manifest icon' as=image href=https://live.example/x>",
        "<form action=https://live.example/ method=post><input formaction=https://live.example/></form>",
        "<html manifest=https://live.example/m><head profile=https://live.example/>",
        "<blockquote cite=https://live.example/><img longdesc=https://live.example/ lowsrc=https://live.example/>",
        "<applet codebase=https://live.example/ code=x archive=https://live.example/></applet>",
        "<object classid=https://live.example/><param name=movie value=https://live.example/></object>",
        "<portal src=https://live.example/></portal><fencedframe src=https://live.example/></fencedframe>",
        "<svg><linearGradient xlink:href='https://live.example/#g'/><mpath href=https://live.example/ /></svg>",
        "<svg xml:base=https://live.example/><a/></svg>",
        "<iframe src=about:blank csp=https://live.example/ allow=https://live.example/></iframe>",
        "<a attributionsrc=https://live.example/ x>y</a>",
    ],
)
def test_what_asks_for_no_part_of_the_page_is_dropped(page: str) -> None:
    assert "live.example" not in out(page)


def test_no_address_of_a_part_or_link_is_left_as_it_was() -> None:
    page = """<img src=https://live.example/1 srcset="https://live.example/2 2x"><style>a{background:url(//live.example/3)}</style>
    <iframe src=//live.example/4></iframe><video><source src=//live.example/5><track src=//live.example/6></video>
    <table background=//live.example/7><picture><source srcset="//live.example/8"></picture><area href=//live.example/9>
    <iframe srcdoc="<img src=//live.example/10>"></iframe><div style="background:url(//live.example/11)">
    <svg><style>a{fill:url(//live.example/12)}</style><feImage href=//live.example/13 /></svg>"""
    written = out(page)
    for number in range(1, 14):
        assert f"/https://live.example/{number}" in written
    assert "//live.example" not in written.replace("/https://live.example", "")


def test_a_srcset_keeps_what_is_held() -> None:
    page = "<img src=a.png srcset='a.png 1x, b.png 2x, c.png 3x'>"
    written = out(page, missing=["b.png"])
    assert f'srcset="{web("/news/a.png", "im_")} 1x, {web("/news/c.png", "im_")} 3x"' in written
    only = out(page, missing=["a.png", "b.png"])
    assert f'src="{web("/news/c.png", "im_")}"' in only
    nothing = rewrite(page, missing=[".png"])
    assert "srcset" not in nothing.text
    assert f'src="{web("/news/a.png", "im_")}"' in nothing.text
    assert [part.capture for part in nothing.parts] == [None]


def test_a_picture_is_one_part_whichever_of_its_sources_is_held() -> None:
    page = "<picture><source srcset='w.webp 1x, w2.webp 2x' type=image/webp><source srcset=v.avif><img src=p.png></picture>"
    assert [part.url for part in rewrite(page, missing=["p.png", "v.avif"]).parts] == [
        "https://courier.example/news/w.webp"
    ]
    written = out(page, missing=["w.webp", "w2.webp"])
    assert '<source type="image/webp">' in written


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("<img class=lazyload data-src=l.jpg src='data:image/gif;base64,R0'>", "l.jpg"),
        ("<img data-original=l.jpg>", "l.jpg"),
        ("<img src=/img/placeholder.png data-lazy-src=l.jpg>", "l.jpg"),
        ("<img src=small.jpg data-src=l.jpg class='b-lazy x'>", "l.jpg"),
        ("<img src=real.jpg data-full-src=l.jpg>", "real.jpg"),
        ("<img data-src='{{not an address}}' src=real.jpg>", "real.jpg"),
        ("<amp-img src=l.jpg width=9 height=9></amp-img>", "l.jpg"),
    ],
)
def test_lazy_pictures_are_put_in_their_place(page: str, shown: str) -> None:
    written = out(page)
    assert f'src="{web("/news/" + shown, "im_")}"' in written
    assert written.startswith("<img")


def test_lazy_sets_backgrounds_and_frames_are_put_in_their_place() -> None:
    assert f'srcset="{web("/news/a.jpg", "im_")} 9w"' in out(
        "<img class=lazyload data-srcset='a.jpg 9w' data-sizes=auto>"
    )
    assert "lazyloaded" in out("<img class='lazyload big' data-src=a.jpg>")
    assert f"url(&quot;{web('/news/b.jpg', 'im_')}&quot;)" in out("<div data-bg=b.jpg>")
    assert f'src="{web("/news/f.html", "if_")}"' in out("<iframe data-src=f.html></iframe>")
    late = "<link rel=preload as=style href=s.css onload=\"this.rel='stylesheet'\">"
    assert out(late) == f'<link rel="stylesheet" href="{web("/news/s.css", "cs_")}">'
    printed = "<link rel=stylesheet href=s.css media=print onload=\"this.media='all'\">"
    assert "media" not in out(printed)


def test_noscript_is_kept_for_its_pictures_and_left_out_when_they_are_there() -> None:
    lazy = "<img data-src=/l.jpg class=lazyload><noscript><img src=/l.jpg></noscript>"
    assert out(lazy).count("<img") == 1
    assert out("<noscript><img src=/n.jpg></noscript>").count("<img") == 1
    assert "turn on" not in out("<noscript>Please turn on JavaScript</noscript>x")
    assert "stylesheet" in out("<noscript><link rel=stylesheet href=s.css></noscript>")
    assert out("a<noscript>b<p>c") == "a<noscript>b<p>c"


def test_frames_are_boxed_in() -> None:
    written = out("<iframe src=f.html name=x allow=camera sandbox='allow-scripts'></iframe>")
    assert f'src="{web("/news/f.html", "if_")}"' in written
    assert 'sandbox="allow-same-origin allow-top-navigation-by-user-activation"' in written
    assert "camera" not in written
    deep = "<p>x"
    for _ in range(6):
        deep = f'<iframe srcdoc="{deep.replace("&", "&amp;").replace(chr(34), "&quot;")}"></iframe>'
    assert out(deep).count("srcdoc") == 3


def test_data_pictures_stay_and_other_data_does_not() -> None:
    assert out("<img src='data:image/png;base64,AA=='>") == "<img src='data:image/png;base64,AA=='>"
    assert "data:" not in out("<img src='data:text/html,x'>")
    assert "data:" not in out("<link rel=stylesheet href='data:text/css,*{color:red}'>")
    assert "url(data:image/png,x)" in out("<p style='background:url(data:image/png,x)'>")


def test_missing_backgrounds_paint_nothing_and_count() -> None:
    page = rewrite(
        "<style>a{background:url(b.png)}@font-face{src:url(f.woff),url(g.woff)}</style>", missing=["b.png", "f.woff"]
    )
    assert 'a{background:url("data:,")}@font-face{src:url("data:,"),url("/web/' in page.text
    assert sorted(part.url.rpartition("/")[2] for part in page.parts if part.capture is None) == ["b.png", "f.woff"]


def test_templates_are_not_counted_and_shadow_roots_are() -> None:
    assert rewrite("<template><img src=a.png></template>").parts == ()
    assert len(rewrite("<template shadowrootmode=open><img src=a.png></template>").parts) == 1


@given(st.text(alphabet="<>/='\"! abscriptonvgmxhref:;&#-\n", max_size=300))
def test_no_text_brings_it_down_or_leaves_a_handler(text: str) -> None:
    written = out(text)
    for token in tokens(written):
        if token.kind == "start":
            assert token.name != "script"
            assert not [name for name in token.attributes or {} if name.startswith("on")]


@pytest.mark.parametrize(
    "piece",
    [
        "<div>", "<noscript>", "<svg><style>url(", "<a href=x>", "<img src=x srcset='", "<picture>", "<template>", "<script>",
        "<style>a{b:url(", "<svg>", "</svg>", "<img data-src=x>", "<iframe srcdoc='", "<p style='url(('>", "&#1;<b onx=",
        "<link rel=stylesheet href=a>",
    ],
)  # fmt: skip
def test_hostile_repetition_costs_linear_time(piece: str) -> None:
    began = time.process_time()
    out(piece * 20_000)
    assert time.process_time() - began < 8.0
