"""Connections end where and how the endpoints say, and never later than the limits allow."""

from __future__ import annotations

import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

CUTS = {
    "no-bytes": ("fin", b""),
    "no-bytes-reset": ("reset", b""),
    "cut-status-line": ("fin", b"HTTP/1.1 20"),
    "cut-after-status-line": ("fin", b"HTTP/1.1 200 OK\r\n"),
    "cut-headers": ("fin", b"X-Cut: ab"),
    "cut-headers-reset": ("reset", b"X-Cut: ab"),
    "cut-before-blank-line": ("fin", b"text/html\r\n"),
    "no-body": ("fin", b"\r\n\r\n"),
    "short-length-fin": ("fin", b"</html>\n"),
    "short-length-reset": ("reset", b"</html>\n"),
    "cut-chunk-size": ("fin", b"\r\n1f"),
    "cut-chunk": ("fin", b"ff\r\nonly a part"),
    "cut-chunk-reset": ("reset", b"ff\r\nonly a part"),
    "cut-between-chunks": ("fin", b"</html>\n\r\n"),
    "cut-trailers": ("fin", b"0\r\nX-Sum: 1"),
    "close-1.1": ("fin", b"</html>\n"),
    "close-reset": ("reset", b"</html>\n"),
}
ENDLESS = [
    "endless-body",
    "endless-chunks",
    "announced-too-large",
    "header-endless",
    "status-line-endless",
    "sitemap-endless",
    "robots-endless",
    "redirect-body-huge",
]
SLOW = [
    "slow-body",
    "slow-chunks",
    "slow-headers",
    "slow-status-line",
    "endless-trailers",
    "interim-endless",
    "robots-slow",
]
SILENT = ["hang", "headers-then-hang", "stalled-body", "robots-hang"]


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("name", CUTS)
def test_connection_ends_early_at_its_stage(ask, site, name, scheme):
    end, tail = CUTS[name]
    answer = ask(name, scheme=scheme)
    # Python's ssl module tells a reset and a missing close_notify not apart.
    assert answer.end == end or (scheme, end, answer.end) == ("https", "reset", "ragged")
    assert answer.received.endswith(tail)
    assert site.wait_idle()
    assert site.exchanges_of(name)[-1].sent == answer.received


def test_tls_can_end_without_its_close_notify(ask):
    assert ask("short-length-cut", scheme="https").end == "ragged"
    assert ask("short-length-fin", scheme="https").end == "fin"


@pytest.mark.parametrize("name", ENDLESS)
def test_endless_answer_stops_at_the_limit_of_bytes(ask, site, name):
    answer = ask(name)
    assert 300_000 < len(answer.received) <= 400_000
    assert site.wait_idle()
    logged = site.exchanges_of(name)[-1]
    assert logged.gave_up
    assert logged.sent == answer.received


@pytest.mark.parametrize("names", [SLOW, SILENT], ids=["slow", "silent"])
def test_slow_answers_stop_at_the_limit_of_seconds(ask, site, names):
    begun = time.monotonic()
    with ThreadPoolExecutor(len(names)) as pool:
        answers = dict(zip(names, pool.map(ask, names), strict=True))
    assert 0.4 < time.monotonic() - begun < 30
    assert site.wait_idle()
    for name in names:
        logged = site.exchanges_of(name)[-1]
        assert logged.gave_up
        assert logged.sent == answers[name].received
        assert 0.4 < logged.ended_at - logged.began_at < 30
        assert names is SILENT or 5 < len(answers[name].received) < 50_000


def test_log_of_an_endless_answer_covers_what_a_leaving_client_saw(client, site):
    url = site.endpoint("endless-body").url
    with client.connect(url) as wire:
        wire.sendall(b"GET /endless-body HTTP/1.1\r\nHost: faults.example\r\n\r\n")
        received = wire.recv(5000)
    assert site.wait_idle()
    assert site.exchanges_of("endless-body")[-1].sent.startswith(received)


def test_server_notices_that_the_client_left(client, site):
    with client.connect(site.endpoint("hang").url) as wire:
        wire.sendall(b"GET /hang HTTP/1.1\r\nHost: faults.example\r\n\r\n")
        # The request is in the log as soon as it is read; only then does the client leave.
        deadline = time.monotonic() + 60
        while not (found := [e for e in site.exchanges_of("hang") if not e.ended]) and time.monotonic() < deadline:
            wire.settimeout(0.02)
            with pytest.raises(TimeoutError):
                wire.recv(1)
        assert found
    assert site.wait_idle()
    assert found[0].ended == "left"
    assert not found[0].gave_up


@pytest.mark.parametrize("name", ["closed-on-accept", "reset-on-accept"])
def test_accepted_connection_ends_without_a_byte(client, site, name):
    with pytest.raises(ConnectionError):  # noqa: PT012  whichever call meets the end first
        if client.ask(site.endpoint(name).url).received == b"":
            raise ConnectionResetError


@pytest.mark.parametrize(
    "name", ["tls-closed-on-accept", "tls-cut-in-handshake", "tls-hang", "tls-is-plain", "tls-alert", "tls-garbage"]
)
def test_tls_never_comes_about(client, site, name):
    begun = time.monotonic()
    with pytest.raises(OSError):
        client.connect(site.endpoint(name).url)
    assert time.monotonic() - begun < 30


def test_part_of_a_server_hello_is_sent(client, site):
    port = client.routes["tls-cut-in-handshake.example", 443]
    hello = ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), hello, server_hostname="tls-cut-in-handshake.example")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
        wire.sendall(hello.read())
        received = b""
        while data := wire.recv(65536):
            received += data
    # A handshake record (22) that holds a ServerHello (2).
    assert received[0] == 22
    assert received[5] == 2


@pytest.mark.parametrize(
    ("name", "why"),
    [("tls-expired", "expired"), ("tls-wrong-name", "mismatch"), ("tls-self-signed", "issuer certificate")],
)
def test_certificate_does_not_verify(client, site, name, why):
    with pytest.raises(ssl.SSLCertVerificationError, match=why):
        client.connect(site.endpoint(name).url)


def test_older_tls_is_spoken_with_its_cipher(client, site):
    with client.connect(site.endpoint("tls-1.2").url) as wire:
        assert wire.version() == "TLSv1.2"
        assert wire.cipher()[0] == "ECDHE-ECDSA-AES128-GCM-SHA256"
    with client.connect(site.endpoint("gzip").over("https").url) as wire:
        assert wire.version() == "TLSv1.3"


def test_connection_is_refused(client, site):
    with pytest.raises(ConnectionRefusedError):
        client.connect(site.endpoint("connection-refused").url)
