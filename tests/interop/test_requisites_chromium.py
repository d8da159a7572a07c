"""What Chromium requests for a page without scripts, against what is read from the page and its style sheets."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from archiver.html.page_scan import scan_page
from archiver.html.requisites import Requisites, read_style_requisites
from archiver.model.url import clean_url

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: no browser to compare with")

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
    b'<defs><symbol id="s"><rect width="9" height="9"/></symbol>'
    b'<filter id="f"><feOffset dx="1"/></filter><clipPath id="c"><rect width="5" height="5"/></clipPath></defs>'
    b'<use href="#s"/></svg>'
)

LINK = '<header.png>; rel="preload"; as=image, </header.css>;rel=preload;as="style", </not-a-requisite.html>; rel=next'
PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>News &amp; views</title>
<link rel="preload" as="style" href="css/before-base.css">
<link rel="stylesheet" href="css/before-base.css">
<base href="/deep/er/">
<base href="/not-this/">
<link rel="shortcut icon" href="../icons/fav.png" type="image/png">
<link rel="apple-touch-icon" href="/icons/touch.png"><link rel="mask-icon" href="/icons/mask.svg">
<link rel="manifest" href="/app.webmanifest">
<link rel="stylesheet" href="main.css?v=1&amp;w=2" media="all">
<link rel="stylesheet" href="print.css" media="print">
<link rel="alternate stylesheet" href="dark.css" title="Dark">
<link rel="stylesheet" href="off.css" disabled>
<link rel="stylesheet" href="less.less" type="text/less">
<link rel="preload" as="image" href="pre.png" imagesrcset="pre1.png 1x, pre2.png 2x">
<link rel="preload" as="font" href="pre.woff2" crossorigin>
<link rel="prefetch" href="next.html">
<link rel="modulepreload" href="module.js">
<script src="app.js"></script><script type="module" src="app.mjs"></script>
<noscript><link rel="stylesheet" href="noscript.css"></noscript>
<style>
@import "inline-import.css" screen;
@import url(inline-import2.css) layer(base);
@namespace svg url(http://www.w3.org/2000/svg);
h1 { background: url('bg one.png') } /* url(comment.png) */
#set { background-image: image-set("set1.png" 1x, url(set2.png) 2x) }
#set2 { background-image: -webkit-image-set(url(wset1.png) 1x, url("wset2.png") 2x) }
#esc { background: url(esc\\28 1\\29.png) } #cur { cursor: url(cur.png), auto } #str::before { content: "url(string.png)" }
#cont::before { content: url(content.png) } #li { list-style: url(list.png) } #bord { border-image: url(border.png) 1 }
#mask { mask-image: url(mask.svg) ; clip-path: url(clip.svg#c); filter: url(filter.svg#f) }
#bad { background: url(bad one.png) } #var { --x: url(var.png); background: var(--x) }
@media screen { @import "nested-import.css"; #m { background: url(media.png) } }
@supports (display: grid) { #sup { background: url(supports.png) } }
#nest { & em { background: url(nested.png) } }
@layer late { #lay { background: url(layer.png) } }
</style>
</head><body background="attribute.png"><h1>.</h1>
<img src=" plain.png
 " alt=""><img src="a/./b/../dots.png"><img src="back\\slash.png"><img src="//OTHER/other.png"><img src="?query=1">
<img src="spaces in name.png"><img src="vi-ệt.png?q=a b"><img src="data:image/png;base64,AAAA"><img src="">
<img src="fallback.png" srcset="set,comma.png, small.png 2x ,big.png 3x">
<img sizes="100vw" srcset="w320.png 320w, w640.png 640w, w1280.png 1280w, w2560.png 2560w" src="wsrc.png">
<picture><source media="(max-width: 10px)" srcset="tiny.png"><source type="image/png" srcset="pic1.png 1x, pic2.png 2x">
<img src="pic.png"></picture>
<img loading="lazy" src="native-lazy.png" style="margin-top: 9000px">
<img src="data:," data-src="lazy.jpg" data-srcset="lazy1.jpg 1x, lazy2.jpg 2x"><noscript><img src="noscript.png"></noscript>
<image src="image-tag.png"></image>
<table background="table.png"><tr background="row.png"><td background="cell.png">x</td></tr></table>
<input type="image" src="button.png"><input type="text" src="no-button.png">
<video poster="poster.png" src="film.mp4" preload="auto"></video>
<video preload="auto"><source src="film2.webm"><track default kind="subtitles" src="film.vtt" srclang="en"></video>
<audio preload="auto" src="sound.ogg" controls></audio>
<embed src="embed.svg" type="image/svg+xml"><object data="object.svg" type="image/svg+xml"></object>
<object data="object.png"></object>
<svg width="90" height="90" xmlns:xlink="http://www.w3.org/1999/xlink"><image href="svg-image.png" width="9" height="9"/>
<image xlink:href="svg-xlink.png" width="9" height="9"/><use href="sprite.svg#s"/><use xlink:href="sprite2.svg#s"/>
<filter id="g"><feImage href="fe.png"/></filter><rect filter="url(#g)" width="9" height="9"/>
<rect filter="url(attr-filter.svg#f)" clip-path="url(attr-clip.svg#c)" width="9" height="9"/>
<style><![CDATA[ #z { cursor: url(svg-style.png), auto } ]]> #y { background: url(&quot;svg-style2.png&quot;) }</style></svg>
<div style="background-image: url(&quot;style.png&quot;), url(style2.png)">x</div>
<div id="set">.</div><div id="set2">.</div><div id="esc">.</div><div id="cur">.</div><div id="str">.</div><div id="cont">.</div>
<ul><li id="li">.</li></ul><div id="bord" style="border: 3px solid">.</div><div id="mask">.</div><div id="bad">.</div>
<div id="var">.</div><div id="m">.</div><div id="sup">.</div><div id="nest"><em>.</em></div><div id="lay">.</div>
<div id="y">.</div><p class="face">Font one</p><p class="face2">Font two</p><p class="gb">.</p>
<template><img src="template.png"></template>
<div><template shadowrootmode="open"><style>p { background: url(shadow.png) }</style><p>.</p><img src="shadow2.png"></template></div>
<!-- <img src="comment.png"> --><textarea><img src="textarea.png"></textarea><xmp><img src="xmp.png"></xmp>
<iframe src="/frame/page.html"></iframe><iframe src="//OTHER/frame.html"></iframe>
<iframe srcdoc="<img src='srcdoc.png'><style>body{background:url(srcdoc-bg.png)}</style><link rel=stylesheet href=srcdoc.css>"></iframe>
<iframe src="about:blank"></iframe><iframe src="javascript:1"></iframe>
<p><b><i><table><a><img src="misnested.png"></p></table><img src='unclosed.png"""

MAIN = """@charset "utf-8";
@import url("level1.css");
@font-face { font-family: one; src: local("Nothing Of The Name"), url(font1.woff2) format("woff2"), url('font1.woff') format("woff") }
@font-face { font-family: two; src: url(//OTHER/font2.woff2) }
.face { font-family: one } .face2 { font-family: two; background: url(../up.png) }
"""

BODIES: dict[str, tuple[str, bytes]] = {
    "/news/page.html": ("text/html", PAGE.encode()),
    "/deep/er/main.css": ("text/css", MAIN.encode()),
    "/deep/er/level1.css": ("text/css", b"@import 'sub/level2.css' screen; h1,p{list-style:none}"),
    "/deep/er/sub/level2.css": ("text/css", b"@import url( level3.css );div{background:url(level2.png)}"),
    "/deep/er/sub/level3.css": (
        "text/css; charset=gb18030",
        '@import "level1.css";.gb{background:url("图.png")}'.encode("gb18030"),
    ),
    "/news/css/before-base.css": ("text/css", b"html{background:url(../html.png)}"),
    "/frame/page.html": (
        "text/html",
        b"<link rel=stylesheet href=f.css>Text<img src=f.png><iframe src=inner.html></iframe>",
    ),
    "/frame/f.css": ("text/css", b"@font-face{font-family:f;src:url(f.ttf)}body{font-family:f}"),
    "/frame/inner.html": ("text/html", b"<body background=inner.png>x<frame src=no.html>"),
    "/frame.html": ("text/html", b"<frameset><frame src=/set1.html><frame src=/set2.html></frameset>"),
    "/set1.html": ("text/html", b"<img src=set1.png>"),
    "/set2.html": (
        "text/html; charset=utf-16le",
        "<!doctype html><title>A longer page</title><img src=sét2.png>".encode("utf-16-le"),
    ),
    "/bare.html": ("text/html", b"<p>A page that names no icon"),
}
TYPES = {"css": "text/css", "svg": "image/svg+xml", "html": "text/html", "png": "image/png", "mp4": "video/mp4"}


class Site:
    """A loopback server that knows every path and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(f"http://{self.headers['Host']}{self.path}")
                kind, body = site.answer(self.path)
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                if self.path == "/news/page.html":
                    self.send_header("Link", LINK)
                self.send_header("Access-Control-Allow-Origin", "*")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Nothing on the screen."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.origin = f"http://127.0.0.1:{self.port}"
        self.other = f"localhost:{self.port}"

    def answer(self, path: str) -> tuple[str, bytes]:
        path = path.partition("?")[0]
        if path in BODIES:
            kind, body = BODIES[path]
            return kind, body.replace(b"OTHER", self.other.encode())
        suffix = path.rpartition(".")[2]
        body = {"png": PNG, "ico": PNG, "svg": SVG, "html": b"<p>x", "css": b"p{margin:1px}"}.get(suffix, b"")
        return TYPES.get(suffix, "application/octet-stream"), body


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()
        thread.join(10)


def browse(url: str, folder: Path, *, width: int = 1000) -> None:
    assert CHROMIUM is not None
    # Scripts are off for every site; the switch that turns them off would stop the headless shell's own page too.
    preferences = folder / "profile" / "Default" / "Preferences"
    preferences.parent.mkdir(parents=True, exist_ok=True)
    preferences.write_text(json.dumps({"profile": {"default_content_setting_values": {"javascript": 2}}}))
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-sync",
        "--no-proxy-server",
        "--host-resolver-rules=MAP * 127.0.0.1",
        f"--user-data-dir={folder / 'profile'}",
        f"--window-size={width},900",
        "--virtual-time-budget=8000",
        f"--screenshot={folder / 'shot.png'}",
        url,
    ]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    assert (folder / "shot.png").stat().st_size > 0


def read(url: str, kind: str, body: bytes) -> Requisites:
    link = LINK if url.endswith("/news/page.html") else None
    if kind.startswith("text/css"):
        return read_style_requisites(body, url=url, content_type=kind)
    if kind.startswith(("text/html", "image/svg")):
        return scan_page(body, url=url, content_type=kind, link_header=link).requisites
    return Requisites()


def closure(site: Site, url: str) -> dict[str, str]:
    """All that a page asks for, and what that asks for: URL to role."""
    roles: dict[str, str] = {}
    todo = deque([url])
    while todo:
        address = todo.popleft()
        kind, body = site.answer("/" + address.split("/", 3)[3])
        for requisite in read(address, kind, body):
            if requisite.url not in roles:
                roles[requisite.url] = requisite.role
                if requisite.role in {"stylesheet", "frame", "object"}:
                    todo.append(requisite.url)
    return roles


@pytest.fixture(scope="module")
def visit(site: Site, tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], dict[str, str]]:
    """What Chromium asked for besides the page, and what we read."""
    page = f"{site.origin}/news/page.html"
    site.asked.clear()
    browse(page, tmp_path_factory.mktemp("chromium"))
    asked = {clean_url(url) for url in site.asked}
    assert page in asked
    return asked - {page}, closure(site, page)


def test_every_request_of_chromium_is_read_from_the_page(visit: tuple[set[str], dict[str, str]]) -> None:
    asked, read = visit
    assert len(asked) > 80
    assert not [url for url in asked if url.endswith((".js", ".mjs"))], "scripts are not off"
    assert sorted(asked - read.keys()) == []


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/news/css/before-base.css", "stylesheet"),
        ("/news/html.png", "image"),
        ("/news/header.png", "image"),
        ("/header.css", "stylesheet"),
        ("/deep/er/main.css?v=1&w=2", "stylesheet"),
        ("/deep/er/sub/level3.css", "stylesheet"),
        ("/deep/er/sub/%E5%9B%BE.png", "image"),
        ("/deep/er/noscript.css", "stylesheet"),
        ("/deep/er/noscript.png", "image"),
        ("/deep/er/inline-import2.css", "stylesheet"),
        ("/deep/er/font1.woff2", "font"),
        ("/deep/er/esc(1).png", "image"),
        ("/deep/er/set,comma.png", "image"),
        ("/deep/er/w1280.png", "image"),
        ("/deep/er/pic1.png", "image"),
        ("/deep/er/native-lazy.png", "image"),
        ("/deep/er/a/dots.png", "image"),
        ("/deep/er/back/slash.png", "image"),
        ("/deep/er/spaces%20in%20name.png", "image"),
        ("/deep/er/attribute.png", "image"),
        ("/deep/er/svg-xlink.png", "image"),
        ("/deep/er/sprite.svg", "image"),
        ("/deep/er/attr-filter.svg", "image"),
        ("/deep/er/poster.png", "image"),
        ("/deep/er/shadow.png", "image"),
        ("/deep/er/srcdoc-bg.png", "image"),
        ("/deep/er/misnested.png", "image"),
        ("/deep/er/object.svg", "object"),
        ("/frame/page.html", "frame"),
        ("/deep/er/next.html", "preload"),
        ("/app.webmanifest", "manifest"),
        ("/deep/er/dark.css", "stylesheet"),
        ("/deep/er/film.vtt", "media"),
        ("/deep/icons/fav.png", "icon"),
        ("/deep/er/set1.png", "image"),
        ("/deep/er/supports.png", "image"),
        ("/deep/er/nested.png", "image"),
        ("/deep/er/fe.png", "image"),
        ("/frame/f.ttf", "font"),
        ("/frame/inner.png", "image"),
    ],
)
def test_the_page_makes_chromium_ask_for_each_kind(
    site: Site, visit: tuple[set[str], dict[str, str]], path: str, role: str
) -> None:
    """So that the comparison above is of something."""
    asked, read = visit
    assert site.origin + path in asked
    assert read[site.origin + path] == role


def test_other_hosts_are_asked_too(site: Site, visit: tuple[set[str], dict[str, str]]) -> None:
    asked, _ = visit
    paths = {url.split("/", 3)[3] for url in asked if url.startswith(f"http://{site.other}/")}
    assert {"other.png", "font2.woff2", "frame.html", "set1.html", "set1.png", "s%C3%A9t2.png"} <= paths


def test_what_no_browser_asks_for_is_not_read(site: Site, visit: tuple[set[str], dict[str, str]]) -> None:
    _, read = visit
    never = {
        "template",
        "comment",
        "textarea",
        "xmp",
        "string",
        "no-button",
        "less",
        "nested-import",
        "bad one",
        "no",
        "not-a-requisite",
    }
    names = {url.rpartition("/")[2].partition(".")[0] for url in read}
    assert names & never == set()


def test_what_is_read_beyond_chromium_is_what_waits_for_a_script_a_window_or_a_reader(
    site: Site, visit: tuple[set[str], dict[str, str]]
) -> None:
    asked, read = visit
    names = {url.rpartition("/")[2] for url in read.keys() - asked}
    assert {"lazy.jpg", "lazy2.jpg", "app.js", "off.css", "big.png", "w2560.png"} <= names


def test_a_page_that_names_no_icon_has_the_one_of_its_host(site: Site, tmp_path: Path) -> None:
    site.asked.clear()
    browse(f"{site.origin}/bare.html", tmp_path)
    read = closure(site, f"{site.origin}/bare.html")
    asked = {clean_url(url) for url in site.asked}
    # Whether Chromium asks for the icon before its picture of the page is taken is a matter of luck.
    assert f"{site.origin}/bare.html" in asked <= {f"{site.origin}/bare.html", *read}
    assert list(read.items()) == [(f"{site.origin}/favicon.ico", "icon")]


@pytest.mark.parametrize("width", [320, 2000])
def test_what_other_windows_ask_for_is_read_too(site: Site, tmp_path: Path, width: int) -> None:
    page = f"{site.origin}/news/page.html"
    site.asked.clear()
    browse(page, tmp_path, width=width)
    asked = {clean_url(url) for url in site.asked} - {page}
    assert len(asked) > 80
    assert sorted(asked - closure(site, page).keys()) == []
