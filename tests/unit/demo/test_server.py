from __future__ import annotations

import gzip
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
from contextlib import closing, suppress
from urllib.parse import urlsplit

import pytest

from archiver.demo import EVENING, MORNING, DemoServer, Newspaper
from archiver.demo.exchange_log import read_exchanges

from .conftest import fetch, https, raw_exchange

SEED_PATH = "/nga-neu-quan-diem-ve-tam-nhin-cau-truc-an-ninh-a-au-post1073489.vnp"
WWW = "www.vietnamplus.vn"


def _request(host: str, target: str, *lines: str, method: str = "GET") -> bytes:
    head = (f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close", *lines)
    return "\r\n".join((*head, "", "")).encode()


def _split(response: bytes) -> tuple[int, list[bytes], bytes]:
    head, _, body = response.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    return int(status.split(b" ")[1]), lines, body


def _dechunked(body: bytes) -> bytes:
    """Strict: a size in hexadecimal, the bytes, CRLF; a last chunk of 0; nothing after."""
    whole = b""
    while True:
        size, mark, body = body.partition(b"\r\n")
        assert mark
        assert re.fullmatch(rb"[0-9A-Fa-f]+", size)
        length = int(size, 16)
        if length == 0:
            assert body == b"\r\n"
            return whole
        whole += body[:length]
        assert body[length : length + 2] == b"\r\n"
        body = body[length + 2 :]


def test_http_sends_everyone_to_https(server):
    status, lines, _ = _split(raw_exchange(server, _request(WWW, "/thegioi/?page=2")))
    assert status == 301
    assert b"Location: https://www.vietnamplus.vn/thegioi/?page=2" in lines


def test_bare_host_sends_everyone_to_www(server):
    status, lines, _ = _split(raw_exchange(server, _request("vietnamplus.vn", "/"), tls="vietnamplus.vn"))
    assert status == 301
    assert b"Location: https://www.vietnamplus.vn/" in lines


def test_pages_come_chunked_and_gzipped_even_to_identity(server):
    response = raw_exchange(server, _request(WWW, SEED_PATH, "Accept-Encoding: identity"), tls=WWW)
    status, lines, body = _split(response)
    assert status == 200
    assert b"Content-Type: text/html;charset=utf-8" in lines
    assert b"Transfer-Encoding: chunked" in lines
    assert b"content-encoding: gzip" in lines
    page = gzip.decompress(_dechunked(body))
    assert page == fetch(server.newspaper, f"https://{WWW}{SEED_PATH}").body


def test_headers_keep_case_spaces_and_repeats(server):
    _, lines, _ = _split(raw_exchange(server, _request(WWW, "/"), tls=WWW))
    assert b"X-POWERED-BY:ePi CMS" in lines
    assert b"x-cache:  HIT " in lines
    assert len([line for line in lines if line.lower().startswith(b"set-cookie:")]) == 2


def test_an_ordinary_client_reads_all_hosts_over_one_connection_each(server):
    for host, path in ((WWW, "/"), ("www.vietnam.vn", "/fr"), ("media.vietnamplus.vn", None), (WWW, "/robots.txt")):
        target = path or urlsplit(server.newspaper.articles()[0].images[0]).path
        with closing(https(server, host)) as client:
            for _ in range(2):
                client.request("GET", target)
                answer = client.getresponse()
                assert answer.status == 200
                assert answer.read()


def test_aggregator_codes_only_for_those_who_take_it(server):
    host = "www.vietnam.vn"
    _, lines, body = _split(raw_exchange(server, _request(host, "/en", "Accept-Encoding: identity"), tls=host))
    assert not [line for line in lines if line.lower().startswith(b"content-encoding")]
    _, lines, packed = _split(raw_exchange(server, _request(host, "/en", "Accept-Encoding: gzip, br"), tls=host))
    assert b"Content-Encoding: gzip" in lines
    assert gzip.decompress(packed) == body


@pytest.mark.parametrize("kind", ["article", "feed", "picture"])
def test_unchanged_things_answer_304(server, kind):
    articles = server.newspaper.articles()
    url = {
        "article": f"https://{WWW}{SEED_PATH}",
        "feed": f"https://{WWW}/rss/home.rss",
        "picture": next(image for article in articles for image in article.images if "media." in image),
    }[kind]
    parts = urlsplit(url)
    with closing(https(server, parts.netloc)) as client:
        client.request("GET", parts.path)
        first = client.getresponse()
        first.read()
        tag, since = first.headers["ETag"], first.headers["Last-Modified"]
        for headers, status in (
            ({"If-None-Match": tag}, 304),
            ({"If-None-Match": f'"other", {tag}'}, 304),
            ({"If-None-Match": '"other"'}, 200),
            ({"If-None-Match": '"other"', "If-Modified-Since": since or ""}, 200),
            ({"If-Modified-Since": "Tue, 01 Sep 2020 00:00:00 GMT"}, 200),
            ({"If-Modified-Since": "no date"}, 200),
        ):
            client.request("GET", parts.path, headers=headers)
            answer = client.getresponse()
            body = answer.read()
            assert answer.status == status, headers
            assert (body == b"") == (status == 304)
        if since is not None:
            client.request("GET", parts.path, headers={"If-Modified-Since": since})
            answer = client.getresponse()
            answer.read()
            assert answer.status == 304


def test_an_edit_changes_the_validators(server):
    edited = next(a for a in server.newspaper.articles(EVENING) if a.modified_at is not None)
    parts = urlsplit(edited.url)
    with closing(https(server, parts.netloc)) as client:
        client.request("GET", parts.path)
        first = client.getresponse()
        first.read()
        server.newspaper.at = EVENING
        client.request("GET", parts.path, headers={"If-None-Match": first.headers["ETag"]})
        second = client.getresponse()
        assert second.status == 200
        assert edited.title.encode() in gzip.decompress(second.read()) or "&" in edited.title


def test_the_log_holds_what_crossed_the_wire(server, tmp_path):
    requests = [
        (_request(WWW, SEED_PATH, "X-Odd:  spaces  "), WWW),
        (_request("fr.vietnamplus.vn", "/rss/home.rss"), "fr.vietnamplus.vn"),
        (_request(WWW, "/"), None),
        (_request(WWW, "/favicon.ico", method="HEAD"), WWW),
        (_request(WWW, "/no-such-page"), WWW),
    ]
    responses = [raw_exchange(server, request, tls=tls) for request, tls in requests]
    logged = read_exchanges(tmp_path / "log")
    assert [(tmp_path / "log" / one.request).read_bytes() for one in logged] == [request for request, _ in requests]
    assert [(tmp_path / "log" / one.response).read_bytes() for one in logged] == responses
    assert [(one.scheme, one.status, one.method) for one in logged] == [
        ("https", 200, "GET"),
        ("https", 200, "GET"),
        ("http", 301, "GET"),
        ("https", 200, "HEAD"),
        ("https", 404, "GET"),
    ]
    assert all(one.complete for one in logged)


def test_same_moment_same_wire_bytes(tmp_path):
    request = _request(WWW, SEED_PATH)
    seen = set()
    for name in ("one", "two"):
        with DemoServer(Newspaper(), directory=tmp_path / name) as running:
            seen.add(raw_exchange(running, request, tls=WWW))
    assert len(seen) == 1


def _move_clock(server: DemoServer, at: str, token: str) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=10)) as client:
        headers = {"Host": "control.demo", "Authorization": f"Bearer {token}"}
        client.request("POST", "/__demo__/clock", body=json.dumps({"at": at}), headers=headers)
        answer = client.getresponse()
        answer.read()
        return answer.status


def test_the_clock_moves_only_with_the_token_and_a_zone(server):
    assert _move_clock(server, EVENING.isoformat(), "wrong") == 403
    assert _move_clock(server, "2026-11-20T20:00:00", "let me") == 400
    assert _move_clock(server, "tomorrow", "let me") == 400
    assert server.newspaper.at == MORNING
    assert _move_clock(server, EVENING.isoformat(), "let me") == 200
    assert server.newspaper.at == EVENING


def test_without_a_token_there_is_no_control(tmp_path):
    with DemoServer(Newspaper(), directory=tmp_path) as running:
        assert _move_clock(running, EVENING.isoformat(), "let me") == 421
        assert running.newspaper.at == MORNING


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: www.vietnamplus.vn\r\nContent-Length: 99999999\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: www.vietnamplus.vn\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 200_000 + b"\r\n\r\n", 400),
        (_request("es.vietnamplus.vn", "/"), 421),
        (_request("media.vietnamplus.vn", "/none.png"), 404),
        (_request(WWW, "/", method="DELETE"), 405),
    ],
)
def test_what_is_no_request_of_ours_is_refused(server, request_bytes, status):
    with socket.create_connection(("127.0.0.1", server.http_port), timeout=10) as connection:
        connection.sendall(request_bytes)
        assert int(connection.recv(12)[9:12]) == status


def test_http_1_0_gets_no_chunks(server):
    response = raw_exchange(server, b"GET /thegioi/ HTTP/1.0\r\nHost: www.vietnamplus.vn\r\n\r\n", tls=WWW)
    _, lines, body = _split(response)
    assert b"Transfer-Encoding: chunked" not in lines
    assert gzip.decompress(body).startswith(b"<!DOCTYPE html>")


def test_describe_names_every_host_on_both_ports(server):
    told = server.describe()
    assert f"www.vietnamplus.vn:80:127.0.0.1:{server.http_port}" in told["connect_to"]
    assert f"www.vietnam.vn:443:127.0.0.1:{server.https_port}" in told["connect_to"]
    assert len(told["connect_to"]) == 2 * len(told["hosts"])
    assert set(told["hosts"]) == set(server.newspaper.hosts)


def test_stop_ends_open_connections_and_frees_the_ports(tmp_path):
    server = DemoServer(Newspaper(), directory=tmp_path).start()
    with socket.create_connection(("127.0.0.1", server.http_port), timeout=10) as idle:
        server.stop()
        with suppress(ConnectionResetError):
            assert idle.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.http_port), timeout=10)
    server.stop()


def test_a_taken_port_is_told(server, tmp_path):
    other = DemoServer(Newspaper(), port=server.http_port, directory=tmp_path / "other")
    with pytest.raises(OSError, match="address already in use"):
        other.start()
    other.stop()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_forever_prints_one_line_and_ends_on_a_signal(tmp_path, number):
    program = (
        "import sys, pathlib\n"
        "from archiver.demo import DemoServer, Newspaper, serve_forever\n"
        "server = DemoServer(Newspaper(), directory=pathlib.Path(sys.argv[1]))\n"
        "print(serve_forever(server, out=sys.stdout))\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        port = int(told["connect_to"][0].rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), timeout=10):
            process.send_signal(number)
            rest, errors = process.communicate(timeout=60)
    assert set(told) == {"connect_to", "ca_file", "hosts"}
    assert (process.returncode, rest, errors) == (0, f"{int(number)}\n", "")
