"""What the wire capture keeps is what the server got and sent, byte for byte."""

from __future__ import annotations

import asyncio
import base64
import gzip
import ssl
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import brotli
import pytest
import trustme
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.utils.defer import maybe_deferred_to_future
from scrapy.utils.reactor import install_reactor

from archiver.capture.exchange import Exchange
from archiver.catalog import Catalog
from archiver.config import Config
from archiver.errors import SpoolUnusable
from archiver.fetch.errors import AddressRefused, IdleDropped, UnreadableResponse
from archiver.fetch.network.handler import FRESH, CaptureHTTP11DownloadHandler
from archiver.fetch.run.options import CrawlOptions
from archiver.fetch.run.running import Running
from archiver.model.instant import SystemClock
from archiver.model.record import RecordId
from archiver.model.site import Host, Site
from archiver.model.surt import surt
from tests.proxy import Proxy, forwarded
from tests.wire_server import HTML, Case, Heard, WireServer, wire_cases

LIMIT = 200_000
HOST = "news.example"
SECRET = b"Basic " + base64.b64encode(b"user:s@cret")


@dataclass
class Kept:
    """An exchange as the sink got it."""

    exchange: Exchange
    response: bytes


@dataclass
class Record:
    record_id: RecordId
    capture: bool = True


class ListSession:
    """A session that keeps exchanges in a list; ``broken`` makes it a full disk."""

    def __init__(self, home: Path) -> None:
        self.catalog = Catalog.open(f"sqlite:///{home / 'catalog.sqlite3'}", clock=SystemClock())
        self.kept: list[Kept] = []
        self.broken = False

    def commit(self, exchange: Exchange) -> Future[Record]:
        future: Future[Record] = Future()
        if self.broken:
            future.set_exception(SpoolUnusable("/spool", "no space left on device"))
            return future
        self.kept.append(Kept(exchange, exchange.response.read()))
        exchange.response.close()
        future.set_result(Record(RecordId(f"urn:uuid:{len(self.kept)}")))
        return future


class Bench:
    """Server, handler and sink."""

    def __init__(
        self,
        server: WireServer,
        loop: asyncio.AbstractEventLoop,
        scheme: str,
        config: Config,
        proxy: Proxy | None = None,
    ) -> None:
        self.server = server
        self.proxy = proxy
        self.loop = loop
        self.scheme = scheme
        self.session = ListSession(config.home)
        site = Site("news.example", hosts=(Host(HOST),))
        self.crawler = Crawler(Spider, {"ADDONS": {"archiver.fetch.components.addon.ArchiveAddon": 100}})
        self.crawler.spider = Spider.from_crawler(self.crawler, name="bench")
        self.running = Running(config, site, CrawlOptions(), open_session=lambda *_, **__: self.session, key=surt)
        self.running.opened = self.session
        self.crawler.spider.running = self.running
        self.crawler._apply_settings()
        self.handler = CaptureHTTP11DownloadHandler.from_crawler(self.crawler)

    def fetch(self, path: str, *, method: str = "GET", timeout: float = 5, again: bool = True, **options: Any) -> Any:
        meta = {"download_timeout": timeout, **options.pop("meta", {})}
        request = Request(f"{self.scheme}://{HOST}{path}", method=method, meta=meta, **options)

        async def get() -> Any:
            if method == "POST":
                # Nobody sends it again when the connection of the case before turns out to be closed.
                await maybe_deferred_to_future(self.handler._pool.closeCachedConnections())
            for turn in range(2):
                try:
                    return await self.handler.download_request(request)
                except Exception as error:  # noqa: BLE001  errors are results here
                    if not again or turn or not isinstance(error, IdleDropped):
                        return error
                    request.meta[FRESH] = True  # as the downloader does, in its turn
            raise AssertionError("unreachable")

        self.request = request
        return self.loop.run_until_complete(get())

    def heard(self, path: str) -> Heard:
        return self.server.heard[path][-1]

    @property
    def last(self) -> Kept:
        return self.session.kept[-1]

    def close(self) -> None:
        self.loop.run_until_complete(self.handler.close())
        self.session.catalog.close()
        if self.proxy is not None:
            self.proxy.close()
        self.server.close()

    def sent_by_us(self, path: str) -> bytes:
        """The last request for a path as it left us: to the server, or to the proxy before it."""
        received = self.heard(path).received
        if self.proxy is None or self.scheme == "https":
            return received
        request = next(r for r in reversed(self.proxy.asked) if r.split(b" ")[1] == f"http://{HOST}{path}".encode())
        assert forwarded(request) == received
        assert SECRET in request
        return request.replace(b"Proxy-Authorization: " + SECRET + b"\r\n", b"")


@pytest.fixture(scope="module")
def loop() -> asyncio.AbstractEventLoop:
    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    from twisted.internet import reactor

    return reactor._asyncioEventloop


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def cases() -> dict[str, Case]:
    return wire_cases(br=brotli.compress(HTML), big=lambda: b"x" * (LIMIT + 50_000))


def bench_for(
    scheme: str,
    loop: asyncio.AbstractEventLoop,
    authority: trustme.CA,
    home: Path,
    *,
    proxied: bool = False,
    **fetch: Any,
) -> Bench:
    context = None
    if scheme == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(HOST).configure_cert(context)
    server = WireServer(cases(), context=context)
    port = {"http": 80, "https": 443}[scheme]
    rules = (f"{HOST}:{port}:127.0.0.1:{server.port}",)
    proxy = None
    if proxied:
        proxy = Proxy(server.port, authorization=SECRET)
        rules = (f"{HOST}:{port}::",)  # nobody asks where it stands; the proxy knows
        fetch = {"proxy": f"http://user:s%40cret@127.0.0.1:{proxy.port}", **fetch}
    config = Config(home).with_fetch(**{"connect_to": rules, "max_body": LIMIT, **fetch})
    return Bench(server, loop, scheme, config, proxy)


@pytest.fixture(scope="module", params=["http", "https", "http through a proxy", "https through a proxy"])
def bench(
    request: pytest.FixtureRequest,
    loop: asyncio.AbstractEventLoop,
    authority: trustme.CA,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Bench]:
    scheme, _, way = request.param.partition(" ")
    made = bench_for(scheme, loop, authority, tmp_path_factory.mktemp("home"), proxied=bool(way))
    yield made
    made.close()


@pytest.mark.parametrize("path", list(cases()))
def test_every_case_is_kept_as_it_crossed_the_wire(bench: Bench, path: str) -> None:
    case = cases()[path]
    body = b"a=1&b=2" if case.method == "POST" else b""
    outcome = bench.fetch(path, method=case.method, body=body, timeout=0.5 if "hang" in path else 5)
    heard, kept = bench.heard(path), bench.last

    assert kept.exchange.url == f"{bench.scheme}://{HOST}{path}"
    assert kept.exchange.request == bench.sent_by_us(path)
    assert SECRET not in kept.exchange.request
    assert isinstance(outcome, Exception) == case.error, outcome
    assert (kept.exchange.truncated or None) == case.truncated
    if case.notes is not None:
        assert kept.exchange.notes == case.notes
    sent = heard.sent[case.skip : len(heard.sent) - case.extra]
    if case.truncated:
        assert sent.startswith(kept.response)
        assert len(kept.response) > 10
    else:
        assert kept.response == sent
    assert bool(kept.exchange.error) == case.error
    assert kept.exchange.peer_ip == (None if bench.proxy else "127.0.0.1")
    assert (kept.exchange.tls is not None) == (bench.scheme == "https" and bool(kept.response))
    if not case.error:
        assert kept.exchange.status == outcome.status
        assert bench.request.meta["warc"] == {
            "record_id": f"urn:uuid:{len(bench.session.kept)}",
            "captured": True,
        }


def test_tls_version_and_cipher_are_told_by_their_iana_names(bench: Bench) -> None:
    bench.fetch("/empty")
    if bench.scheme == "http":
        assert (bench.last.exchange.tls, bench.last.exchange.cipher) == (None, None)
    else:
        assert bench.last.exchange.tls == "tls/1.3"
        assert bench.last.exchange.cipher in {
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_AES_128_GCM_SHA256",
        }


def test_a_connection_is_used_again_and_both_exchanges_are_exact(bench: Bench) -> None:
    for path in ("/gzip", "/chunked"):
        bench.fetch(path)
        assert bench.last.response == bench.heard(path).sent
    assert bench.heard("/gzip").connection == bench.heard("/chunked").connection


def test_what_a_dropped_idle_connection_swallowed_is_not_sent_again_behind_the_back_of_the_delay(bench: Bench) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    from tests.wire_server import CLOSE

    bench.server.cases["/stale"] = Case([], once_per=[[answer], [CLOSE], [answer]])
    bench.fetch("/stale")
    before = len(bench.session.kept)
    assert isinstance(bench.fetch("/stale", again=False), IdleDropped)
    assert len(bench.server.heard["/stale"]) == 2
    assert len(bench.session.kept) == before
    bench.fetch("/stale", meta={FRESH: True})
    assert bench.last.response == answer
    assert bench.last.exchange.request == bench.sent_by_us("/stale")


def test_a_broken_response_is_not_one_to_send_again(bench: Bench) -> None:
    assert isinstance(bench.fetch("/bad-status"), UnreadableResponse)


ODD = ["/te-gzip-chunked", "/odd-names", "/spaced-length", "/folded-first", "/chunk-lf", "/two-lengths-kept-alive"]


NOTED = ["/two-lengths", "/two-lengths-neither", "/two-lengths-torn", "/length-words", "/no-colon"]


@pytest.mark.parametrize("path", ODD)
def test_a_page_that_a_browser_shows_is_whole_its_oddity_is_noted_and_its_connection_closed(
    bench: Bench, path: str
) -> None:
    response = bench.fetch(path)
    assert response.body
    assert "dataloss" not in response.flags
    exchange = bench.last.exchange
    assert exchange.truncated is None
    assert exchange.notes
    first = bench.heard(path).connection
    assert bench.fetch("/gzip").status == 200
    assert bench.heard("/gzip").connection != first


def test_a_callback_sees_the_body_below_a_transfer_coding_decoded(bench: Bench) -> None:
    response = bench.fetch("/te-gzip-chunked")
    assert response.headers.getlist("Content-Encoding") == [b"gzip"]
    assert gzip.decompress(response.body) == HTML


@pytest.mark.parametrize("path", [path for path, case in cases().items() if not (case.error or path in ODD + NOTED)])
def test_what_is_not_odd_has_no_note_and_keeps_its_connection(bench: Bench, path: str) -> None:
    bench.fetch(path, method=cases()[path].method, body=b"a=1" if cases()[path].method == "POST" else b"")
    assert bench.last.exchange.notes == ()


def test_only_gzip_and_deflate_are_asked_for(bench: Bench) -> None:
    assert bench.crawler.settings["DEFAULT_REQUEST_HEADERS"]["Accept-Encoding"] == "gzip, deflate"


def test_a_large_body_is_kept_whole_and_shown_in_part(
    loop: asyncio.AbstractEventLoop, authority: trustme.CA, tmp_path: Path
) -> None:
    bench = bench_for("http", loop, authority, tmp_path, max_body=100_000_000)
    try:
        size = 6_000_000
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
        bench.server.cases["/large"] = Case([head, b"y" * size])
        response = bench.fetch("/large", timeout=20)
        assert len(bench.last.response) == len(head) + size
        assert bench.last.exchange.truncated is None
        assert len(response.body) == 4_000_000
        assert "capped" in response.flags
    finally:
        bench.close()


def test_a_private_address_is_not_connected_to(
    loop: asyncio.AbstractEventLoop, authority: trustme.CA, tmp_path: Path
) -> None:
    bench = bench_for("http", loop, authority, tmp_path, connect_to=())
    try:
        request = Request(f"http://127.0.0.1:{bench.server.port}/empty")
        with pytest.raises(AddressRefused, match="loopback"):
            loop.run_until_complete(bench.handler.download_request(request))
        assert bench.server.heard == {}
        assert bench.session.kept == []
    finally:
        bench.close()


def test_allow_private_opens_the_way(loop: asyncio.AbstractEventLoop, authority: trustme.CA, tmp_path: Path) -> None:
    bench = bench_for("http", loop, authority, tmp_path, connect_to=(), allow_private=True)
    try:
        request = Request(f"http://127.0.0.1:{bench.server.port}/gzip")
        assert loop.run_until_complete(bench.handler.download_request(request)).status == 200
    finally:
        bench.close()


@pytest.mark.parametrize(("trusted", "works"), [(True, True), (False, False)])
def test_certificates_are_verified_against_the_ca_file(
    loop: asyncio.AbstractEventLoop, authority: trustme.CA, tmp_path: Path, trusted: bool, works: bool
) -> None:
    pem = tmp_path / "ca.pem"
    (authority if trusted else trustme.CA()).cert_pem.write_to_path(pem)
    bench = bench_for("https", loop, authority, tmp_path, verify_certificates=True, ca_file=str(pem))
    try:
        outcome = bench.fetch("/empty")
        assert (not isinstance(outcome, Exception)) == works
        assert ("/empty" in bench.server.heard) == works
    finally:
        bench.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_another_password_is_an_error_that_shows_none(
    loop: asyncio.AbstractEventLoop, authority: trustme.CA, tmp_path: Path, scheme: str
) -> None:
    bench = bench_for(scheme, loop, authority, tmp_path, proxied=True)
    try:
        assert bench.proxy is not None
        bench.proxy.authorization = b"Basic other"
        outcome = bench.fetch("/gzip")
        assert bench.server.heard == {}
        if scheme == "http":
            assert outcome.status == 407
        else:
            assert "407" in str(outcome)
            assert bench.session.kept == []
        for kept in bench.session.kept:
            assert SECRET not in kept.exchange.request
        assert "s@cret" not in str(outcome)
        assert "Proxy-Authorization" not in bench.request.headers
        assert "proxy" not in bench.request.meta
    finally:
        bench.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("target", ["127.0.0.1", "169.254.169.254", "[::1]", "localhost", "2130706433", "0x7f.1"])
def test_a_proxy_is_not_asked_for_what_is_private(
    loop: asyncio.AbstractEventLoop, authority: trustme.CA, tmp_path: Path, scheme: str, target: str
) -> None:
    bench = bench_for(scheme, loop, authority, tmp_path, proxied=True)
    try:
        assert bench.proxy is not None
        with pytest.raises(AddressRefused, match="not public"):
            loop.run_until_complete(bench.handler.download_request(Request(f"{scheme}://{target}/x")))
        # The proxy itself is no page either, though it may be connected to.
        request = Request(f"{scheme}://127.0.0.1:{bench.proxy.port}/")
        with pytest.raises(AddressRefused, match="not public"):
            loop.run_until_complete(bench.handler.download_request(request))
        assert bench.proxy.asked == []
    finally:
        bench.close()


def test_a_proxy_of_a_spider_is_guarded_like_any_host(
    loop: asyncio.AbstractEventLoop, authority: trustme.CA, tmp_path: Path
) -> None:
    bench = bench_for("http", loop, authority, tmp_path)
    try:
        outcome = bench.fetch("/gzip", meta={"proxy": f"http://127.0.0.1:{bench.server.port}"})
        assert isinstance(outcome, AddressRefused)
        assert bench.server.heard == {}
    finally:
        bench.close()


def test_proxies_of_the_environment_are_not_asked(
    loop: asyncio.AbstractEventLoop, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    bench = bench_for("http", loop, authority, tmp_path)
    try:
        assert bench.fetch("/gzip").status == 200
        assert bench.crawler.settings.getbool("HTTPPROXY_ENABLED") is False
    finally:
        bench.close()


def test_a_full_disk_lets_no_response_go_up(
    loop: asyncio.AbstractEventLoop, authority: trustme.CA, tmp_path: Path
) -> None:
    bench = bench_for("http", loop, authority, tmp_path)
    try:
        bench.session.broken = True
        assert isinstance(bench.fetch("/empty"), SpoolUnusable)
        assert isinstance(bench.running.error, SpoolUnusable)
    finally:
        bench.close()
