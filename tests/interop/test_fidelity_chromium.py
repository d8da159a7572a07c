"""A page with fonts, srcset, lazy pictures and an imported style sheet looks the same in the safe view as live."""

from __future__ import annotations

import base64
import importlib.util
import os
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.interop.test_hostile_chromium import served
from tests.interop.test_requisites_chromium import CHROMIUM

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: nothing to take pictures with"),
    pytest.mark.skipif(
        importlib.util.find_spec("playwright") is None,
        reason="playwright is not installed: nothing to take pictures with",
    ),
]
HOST = "gazette.example"
WIDTH, HEIGHT = 900, 1500
TALL = 2600

FONT = next(iter(sorted(Path("/usr/share/fonts").rglob("*Mono*.ttf"))), None)
COMPARE = """async (both) => {
  const pixels = [], sizes = [];
  for (const data of both) {
    const bitmap = await createImageBitmap(await (await fetch("data:image/png;base64," + data)).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height), brush = canvas.getContext("2d");
    brush.drawImage(bitmap, 0, 0);
    sizes.push([bitmap.width, bitmap.height]);
    pixels.push(brush.getImageData(0, 0, bitmap.width, bitmap.height).data);
  }
  let count = 0;
  for (let i = 0; i < pixels[0].length; i += 4) {
    count += [0, 1, 2].some((c) => Math.abs(pixels[0][i + c] - (pixels[1][i + c] ?? 999)) > 24);
  }
  return {sizes, apart: count / (pixels[0].length / 4)};
}"""
PAGE = """<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Gazette</title>
<base href="/news/"><link rel="stylesheet" href="css/main.css"><link rel="stylesheet" href="css/late.css" media="print"
onload="this.media='all'"><noscript><link rel="stylesheet" href="css/late.css"></noscript>
<style>@import url(css/inline.css); aside { background: url(img/stripe.png) }</style></head>
<body background="/tile.png"><h1>Cầu mới qua sông Hương</h1><p class="boxes">AAAA BBB AA</p>
<img srcset="img/one.png 1x, img/two.png 2x" src="img/none.png" alt="">
<img sizes="400px" srcset="img/w200.png 200w, img/w400.png 400w, img/w800.png 800w" src="img/w200.png" alt="">
<picture><source media="(max-width: 100px)" srcset="img/small.png"><source srcset="img/wide.png"><img src="img/small.png" alt=""></picture>
<img class="lazyload" src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==" data-src="img/lazy.png" width="300" height="60" alt="">
<img class="lazyload" data-srcset="img/lazy1.png 1x, img/lazy2.png 2x" width="300" height="60" alt="">
<div data-bg="img/background.png" class="lazybg"></div>
<aside style="border-image: url(img/border.png) 3 round">Bên lề<br>hai dòng</aside>
<svg width="200" height="80" viewBox="0 0 200 80"><image href="img/in-svg.png" width="60" height="60"/><use href="img/shapes.svg#star" x="80"/>
<style>.r { fill: #0a7 }</style><rect class="r" x="150" width="40" height="40"/></svg>
<img src="img/drawing.svg" alt=""><object data="img/object.svg" type="image/svg+xml" width="90" height="50"></object>
<iframe src="/frame.html" width="300" height="90" frameborder="0"></iframe><iframe srcdoc="<body style='margin:0;background:url(img/stripe.png)'>" width="90" height="90" frameborder="0"></iframe>
<table background="/tile.png" width="300"><tr><td bgcolor="#fed">ô một<td>ô hai</table>
<div><template shadowrootmode="open"><style>p { color: #a00; background: url(img/shadow.png) }</style><p>Shadow</p></template></div>
<p><b>Đậm <i>nghiêng</b> lệch</i><ul><li>một<li>hai</ul><img loading="lazy" src="img/below.png" alt="">
<script>
for (const img of document.querySelectorAll('img.lazyload')) {
  if (img.dataset.src) img.src = img.dataset.src; if (img.dataset.srcset) img.srcset = img.dataset.srcset;
  img.classList.replace('lazyload', 'lazyloaded');
}
for (const box of document.querySelectorAll('[data-bg]')) box.style.backgroundImage = `url(${box.dataset.bg})`;
</script></body></html>"""
SHEETS = {
    "/news/css/main.css": '@charset "utf-8"; @import "deep/base.css" screen; @font-face { font-family: boxes; src: url(../fonts/boxes.woff) } '
    "body { margin: 20px; font: 18px/1.5 sans-serif } .boxes { font: 40px boxes; color: #246 } .lazyload { opacity: 0 } "
    ".lazybg { width: 300px; height: 50px } ul { list-style: url(../img/dot.png) } h1::after { content: url(../img/dot.png) }",
    "/news/css/deep/base.css": "@import url(more.css); h1 { color: #933; background: url(../../img/one.png) right no-repeat }",
    "/news/css/deep/more.css": "aside { width: 200px; padding: 12px; border: 6px solid } td { padding: 8px }",
    "/news/css/inline.css": "p { margin: 6px 0 } iframe { outline: 2px solid #963 }",
    "/news/css/late.css": "b { background: image-set(url(../img/one.png) 1x, url(../img/two.png) 2x) }",
    "/frame.css": "body { background: #ffd url(/news/img/wide.png) no-repeat; font: 16px serif }",
}
FRAME = '<!doctype html><meta charset="windows-1258"><link rel="stylesheet" href="frame.css"><p>Khung nho\u0309</p>'
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="50"><style>circle{fill:#c50}</style>'
    '<rect width="90" height="50" fill="#cde"/><circle cx="25" cy="25" r="20"/></svg>'
)
SHAPES = (
    '<svg xmlns="http://www.w3.org/2000/svg"><symbol id="star" viewBox="0 0 60 60" width="60" height="60">'
    '<path d="M30 2 60 58 0 20 60 20 0 58z" fill="#70a"/></symbol></svg>'
)


@cache
def picture(path: str) -> bytes:
    """A picture of its own for each path, of a size that its name hints at."""
    seed = sum(map(ord, path))
    width = {"w200": 200, "w400": 400, "w800": 800, "dot": 12, "stripe": 16, "border": 9, "tile": 24}.get(
        path.rpartition("/")[2].partition(".")[0], 120
    )
    height = max(9, width // 3)
    colour = bytes((seed * 37 % 200 + 40, seed * 53 % 200 + 40, seed * 71 % 200 + 40))
    rows = b"".join(
        b"\0" + b"".join(b"\xff" * 3 if x // 3 == y else colour for x in range(width)) for y in range(height)
    )
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    packed = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def answer(path: str) -> tuple[int, str, bytes]:
    if path == "/news/page.html":
        return 200, "text/html", PAGE.encode()
    if path == "/frame.html":
        return 200, "text/html", FRAME.encode("cp1258", "replace")
    if path in SHEETS:
        return 200, "text/css", SHEETS[path].encode()
    if path.endswith(".woff"):
        return (200, "font/ttf", FONT.read_bytes()) if FONT else (404, "text/plain", b"")
    if path.endswith("none.png") or path == "/robots.txt":
        return 404, "text/plain", b"no"
    if path.endswith("shapes.svg"):
        return 200, "image/svg+xml", SHAPES.encode()
    if path.endswith(".svg"):
        return 200, "image/svg+xml", DRAWING.encode()
    return 200, "image/png", picture(path)


@pytest.fixture(scope="module")
def live() -> Iterator[int]:
    """The port of the live server."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Nothing on the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture(scope="module")
def archive(live: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over an archive into which the real crawler put the page."""
    home = tmp_path_factory.mktemp("gazette")
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("ARCHIVER_", "AWS_"))}
    done = subprocess.run(
        [sys.executable, "-m", "archiver", "crawl", f"http://{HOST}/news/page.html", "--archive", str(home), "--no-extract",
         "--connect-to", f"{HOST}:80:127.0.0.1:{live}"],
        env=keep, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with served(home) as base:
        yield base


def shoot(live: int, url: str, *, frame: bool, without: str = "") -> tuple[bytes, list[str]]:
    """A picture of a page, whole; of the document in the frame where there is one. And what was asked for."""
    from playwright.sync_api import sync_playwright

    asked: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--hide-scrollbars", f"--host-resolver-rules=MAP {HOST}:80 127.0.0.1:{live}"],
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": TALL if frame else HEIGHT})
        page.on("request", lambda request: asked.append(request.url))
        if without:
            page.route(without, lambda route: route.abort())
        page.goto(url)
        if frame:
            box: Any = page.locator("main iframe").bounding_box()
            page.set_viewport_size({"width": WIDTH, "height": int(HEIGHT + box["y"])})
        page.wait_for_load_state("networkidle")
        taken = (page.locator("main iframe") if frame else page).screenshot(animations="disabled")
        browser.close()
    return taken, asked


def apart(one: bytes, other: bytes) -> float:
    """The part of all pixels that differ visibly; a browser decodes both pictures."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        found = page.evaluate(COMPARE, [base64.b64encode(data).decode() for data in (one, other)])
        browser.close()
    assert found["sizes"][0] == found["sizes"][1], found["sizes"]
    return float(found["apart"])


def test_the_safe_view_looks_like_the_live_page(live: int, archive: str, tmp_path: Path) -> None:
    page = f"http://{HOST}/news/page.html"
    was, asked_live = shoot(live, page, frame=False)
    shown, asked = shoot(live, f"{archive}/web/3000/{page}", frame=True)
    (tmp_path / "live.png").write_bytes(was)
    (tmp_path / "shown.png").write_bytes(shown)
    assert {url.rpartition("/")[2] for url in asked_live} >= {
        "boxes.woff", "one.png", "w400.png", "lazy.png", "lazy1.png", "background.png", "more.css", "late.css", "shadow.png",
        "shapes.svg", "frame.css", "below.png", "object.svg",
    }  # fmt: skip
    assert [url for url in asked if not url.startswith((f"{archive}/", "data:", "about:"))] == []
    assert apart(was, shown) < 0.002, tmp_path


def test_the_comparison_sees_what_is_missing(live: int, archive: str) -> None:
    """So that the likeness above is of something: without its font, style or pictures the page is another."""
    page = f"http://{HOST}/news/page.html"
    was, _ = shoot(live, page, frame=False)
    for without in ("**/*.woff", "**/background.png"):
        assert apart(was, shoot(live, page, frame=False, without=without)[0]) > 0.0005, without
