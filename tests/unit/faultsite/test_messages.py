"""The endpoints send what they promise, byte for byte, over http and https."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
import zstandard

PLAIN = [
    ("odd-headers", b"cOnTeNt-TyPe:text/html\r\nX-Twice: a\r\nx-twice:   b  \r\nX-Tab:\tc\t\r\nX-Empty:\r\n"),
    ("folded-header", b"X-Folded: one\r\n two\r\n\tthree\r\n"),
    ("latin1-reason", b"HTTP/1.1 200 Trouv\xe9e \xe0 l'\xe9t\xe9\r\n"),
    ("no-reason", b"HTTP/1.1 200\r\n"),
    ("no-colon", b"\r\nthis line has no colon\r\n"),
    ("bare-lf", b"HTTP/1.1 200 OK\nContent-Type"),
    ("chunked", b"0;last\r\nX-Sum: 12\r\nX-More: y\r\n\r\n"),
    ("no-content", b"HTTP/1.1 204 No Content\r\n"),
    ("te-and-length", b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"),
    ("te-gzip-chunked", b"Transfer-Encoding: gzip, chunked\r\n"),
    ("close-1.0", b"HTTP/1.0 200 OK\r\n"),
    ("partial-unasked", b"HTTP/1.1 206 Partial Content\r\n"),
    ("length-twice-different", b"Content-Length: 10\r\nContent-Length: "),
    ("length-negative", b"Content-Length: -1\r\n"),
    ("chunk-size-huge", b"\r\n\r\nFFFFFFFFFFFFFFFF\r\n"),
    ("http-0.9", b"<!doctype html>"),
    ("status-099", b"HTTP/1.1 099 Odd\r\n"),
    ("status-999", b"HTTP/1.1 999 Denied\r\n"),
    ("value-nul", b"X-Bad: a\0b\r\n"),
    ("value-bare-cr", b"X-Bad: a\rWARC-Injected: 1\r\n"),
    ("304-unasked", b"HTTP/1.1 304 Not Modified\r\n"),
    ("redirect-file", b"Location: file:///etc/passwd\r\n"),
    ("redirect-bare-cr", b"Location: /urls/a\rWARC-Injected: 1\r\n"),
    ("refresh-header", b"Refresh: 0; url=/empty\r\n"),
    ("content-location", b"Content-Location: http://other.example/evil\r\n"),
]


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(("name", "part"), PLAIN, ids=[name for name, _ in PLAIN])
def test_bytes_cross_the_wire_as_described(ask, name, part, scheme):
    assert part in ask(name, scheme=scheme).received


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_log_holds_what_the_client_received(ask, site, scheme):
    for name in ("odd-headers", "chunked", "gzip", "value-nul", "short-length-fin", "http-2-preface"):
        answer = ask(name, scheme=scheme)
        assert site.wait_idle()
        logged = site.exchanges_of(name)[-1]
        assert logged.sent == answer.received
        assert logged.message == answer.received
        assert logged.scheme == scheme
        assert logged.request.startswith(b"GET /" + name.encode())


def test_interim_messages_are_no_part_of_the_logged_message(ask, site):
    answer = ask("early-hints")
    assert answer.received.startswith(b"HTTP/1.1 103 Early Hints\r\n")
    assert site.wait_idle()
    assert site.exchanges_of("early-hints")[-1].message.startswith(b"HTTP/1.1 200 OK\r\n")


def test_bytes_beyond_the_end_are_no_part_of_the_logged_message(ask, site):
    answer = ask("bytes-after-end")
    assert site.wait_idle()
    logged = site.exchanges_of("bytes-after-end")[-1]
    assert answer.received == logged.message + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"


@pytest.mark.parametrize(
    "name", ["odd-headers", "chunked", "chunks-of-one", "length-zeros", "chunk-size-zeros", "empty"]
)
def test_the_standard_library_reads_what_is_correct(client, site, name):
    response, body = client.get(site.endpoint(name).url)
    assert response.status == 200
    assert name == "empty" or b"Words of a page." in body


@pytest.mark.parametrize(
    ("name", "decode"),
    [
        ("gzip", gzip.decompress),
        ("br", brotli.decompress),
        ("deflate", zlib.decompress),
        ("zstd", zstandard.decompress),
        ("chunked-gzip", gzip.decompress),
        ("chunked-br", brotli.decompress),
        ("gzip-unsaid", gzip.decompress),
        ("br-said-gzip", gzip.decompress),
        ("gzip-said-plain", bytes),
        ("gzip-three-times", lambda body: gzip.decompress(gzip.decompress(gzip.decompress(body)))),
        ("br-of-gzip", lambda body: gzip.decompress(brotli.decompress(body))),
    ],
)
def test_bodies_are_coded_as_described(client, site, name, decode):
    _, body = client.get(site.endpoint(name).url)
    assert b"Words of a page." in decode(body)


@pytest.mark.parametrize("name", ["gzip-damaged", "gzip-wrong-crc", "gzip-garbage-after", "cut-gzip"])
def test_damaged_gzip_does_not_decode_in_one_piece(client, site, name):
    _, body = client.get(site.endpoint(name).url)
    with pytest.raises((OSError, EOFError, zlib.error)):
        gzip.decompress(body)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_bomb_is_small_on_the_wire_and_large_when_decoded(client, site, coding):
    _, body = client.get(site.endpoint(f"bomb-{coding}").url)
    decode = {"gzip": gzip.decompress, "deflate": zlib.decompress, "br": brotli.decompress}.get(coding)
    decoded = decode(body) if decode else zstandard.ZstdDecompressor().decompressobj().decompress(body)
    assert len(body) < 20_000
    assert len(decoded) > 4 << 20


def test_head_is_answered_without_a_body(ask):
    answer = ask("head", method="HEAD")
    assert b"Content-Length: " in answer.head
    assert answer.body == b""


def test_floods_have_as_many_lines_as_the_limits_say(ask):
    assert ask("header-flood").head.count(b"\r\nX-") == 600
    assert ask("cookie-flood").head.count(b"\r\nSet-Cookie: ") == 600
    assert ask("nested-elements").body.count(b"<div>") == 600
    assert ask("trailer-flood").body.count(b": y\r\n") == 600


def test_third_answer_is_the_good_one(fresh):
    statuses = [fresh.ask(fresh.site.endpoint("unavailable-twice").url).received[9:12] for _ in range(3)]
    assert statuses == [b"503", b"503", b"200"]


@pytest.mark.parametrize("name", ["wait-429-seconds", "wait-503-seconds", "wait-429-date", "wait-503-date"])
def test_busy_server_names_the_time_to_come_back(fresh, name):
    first, _ = fresh.get(fresh.site.endpoint(name).url)
    then, _ = fresh.get(fresh.site.endpoint(name).url)
    assert first.status == int(name[5:8])
    assert (
        first.headers["Retry-After"] == "1"
        if name.endswith("seconds")
        else first.headers["Retry-After"].endswith(" GMT")
    )
    assert then.status == 200


@pytest.mark.parametrize(
    ("name", "given", "condition"),
    [
        ("etag", "ETag", "If-None-Match"),
        ("etag-weak", "ETag", "If-None-Match"),
        ("last-modified", "Last-Modified", "If-Modified-Since"),
    ],
)
def test_condition_that_holds_is_answered_304(client, site, name, given, condition):
    url = site.endpoint(name).url
    first, body = client.get(url)
    again, nothing = client.get(url, **{condition: first.headers[given]})
    other, whole = client.get(url, **{condition: '"other"'})
    assert (first.status, again.status, other.status) == (200, 304, 200)
    assert body == whole
    assert nothing == b""


def test_stale_connection_drops_the_next_request_without_a_byte(client, site):
    url = site.endpoint("stale-keep-alive").url
    with client.connect(url) as wire:
        wire.sendall(b"GET /stale-keep-alive HTTP/1.1\r\nHost: faults.example\r\n\r\n")
        received = b""
        while b"</html>" not in received:
            received += wire.recv(65536)
        wire.sendall(b"GET /gzip HTTP/1.1\r\nHost: faults.example\r\n\r\n")
        assert wire.recv(65536) == b""
    assert site.wait_idle()
    assert [e.ended for e in site.exchanges_of("gzip") if e.ended == "stale"] == ["stale"]


def test_connection_is_kept_for_the_next_request(client, site):
    with client.connect(site.home) as wire:
        for _ in range(2):
            wire.sendall(b"GET /empty HTTP/1.1\r\nHost: faults.example\r\n\r\n")
            assert wire.recv(65536).endswith(b"Content-Length: 0\r\n\r\n")
    assert site.wait_idle()
    first, second = site.exchanges_of("empty")[-2:]
    assert first.connection == second.connection
