"""The site as a whole: everything is reachable, answered, bounded and documented."""

from __future__ import annotations

import html
import re
import socket
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from faultsite import MAIN, PRIVATE_NAMES, REBIND, Kind, Outcome, RebindingResolver, table
from faultsite.fault import Group
from faultsite.faults.catalogue import all_faults
from faultsite.outcome import whole


def links(body: bytes) -> list[str]:
    return [html.unescape(link) for link in re.findall(r'<a href="([^"]*)"', body.decode())]


def test_there_are_more_than_seventy_endpoints_of_different_names(site):
    names = [endpoint.name for endpoint in site.endpoints]
    assert len(names) > 70
    assert Counter(names).most_common(1)[0][1] == 1


def test_every_endpoint_says_what_is_wrong_and_what_is_expected(site):
    for endpoint in site.endpoints:
        assert re.fullmatch(r"[a-z0-9.-]+", endpoint.name)
        assert endpoint.description
        assert isinstance(endpoint.expected.outcome, Outcome)
        assert endpoint.url.isascii()
        assert not re.search(r"[\s\x00-\x1f]", endpoint.url)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_index_links_to_every_page(client, site, scheme):
    base = f"{scheme}://{MAIN}/"
    _, body = client.get(base)
    found = [urljoin(base, link.strip()) for link in links(body)]
    pages = [endpoint.over(scheme) for endpoint in site.endpoints if endpoint.kind is Kind.PAGE]
    assert len(found) == len(pages)
    plain = [e.url for e in pages if not e.name.startswith("url-")]
    assert set(plain) <= set(found)


def test_feeds_and_sitemaps_are_named(client, site):
    _, home = client.get(site.home)
    _, robots = client.get(f"http://{MAIN}/robots.txt")
    _, sitemaps = client.get(f"http://{MAIN}/sitemaps.xml")
    _, pages = client.get(f"http://{MAIN}/sitemap.xml")
    for endpoint in site.endpoints:
        path = urlsplit(endpoint.url).path
        if endpoint.kind is Kind.FEED:
            assert f'href="{path}"'.encode() in home
        elif endpoint.kind is Kind.SITEMAP:
            assert f"<loc>{endpoint.url}</loc>".encode() in sitemaps
    assert b"Disallow: /disallowed\n" in robots
    assert robots.count(b"Sitemap: ") > 10
    assert f"<loc>http://{MAIN}/gzip</loc>".encode() in pages


def test_every_endpoint_is_answered_within_its_limits(client, site):
    """All of them at once, from a few threads: none fails, hangs, or sends more than it may."""
    failed: list[str] = []
    mute = {"closed-on-accept", "reset-on-accept", "connection-refused"}
    endpoints = [e for e in site.endpoints if e.url.startswith("http:") and not e.url.startswith(f"http://{REBIND}")]
    rest = iter(endpoints)
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                endpoint = next(rest, None)
            if endpoint is None:
                return
            try:
                answer = client.ask(endpoint.url)
            except ConnectionError:
                if endpoint.name not in mute:
                    failed.append(f"{endpoint.name}: no connection")
                continue
            if answer.end == "open" or len(answer.received) > site_limit:
                failed.append(f"{endpoint.name}: {answer.end}, {len(answer.received)} bytes")

    site_limit = 400_000
    workers = [threading.Thread(target=work) for _ in range(16)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failed == []
    assert site.wait_idle()
    reached = {exchange.endpoint for exchange in site.log}
    assert {e.name for e in endpoints if e.name not in mute} <= reached


@pytest.mark.parametrize(
    "endpoint", [f.endpoint for f in all_faults() if f.group == "URLs" and "long" not in f.name], ids=lambda e: e.name
)
def test_odd_urls_are_found_by_their_legal_form(client, site, endpoint):
    response, body = client.get(endpoint.url)
    assert response.status == 200
    assert b"Found" in body


def test_trap_leads_on_and_ends_after_its_pages(fresh):
    url, seen, statuses = fresh.site.endpoint("calendar").url, set(), []
    while url not in seen and len(seen) < 40:
        seen.add(url)
        response, body = fresh.get(url)
        statuses.append(response.status)
        found = links(body)
        if not found:
            break
        url = urljoin(url, found[-1])
    assert statuses[-1] == 410
    assert set(statuses[:-1]) == {200}
    assert 5 < len(statuses) <= 13


@pytest.mark.parametrize(
    "name", ["deep", "facets", "session-path", "pagination", "query-growth", "case-loop", "soft-404"]
)
def test_trap_links_to_pages_that_are_new(fresh, name):
    url = fresh.site.endpoint(name).url
    _, first = fresh.get(url)
    new = [urljoin(url, link) for link in links(first) if urljoin(url, link) != url]
    assert new
    assert all(urlsplit(link).hostname == MAIN for link in new)


def test_chain_of_redirects_has_thirty_hops(client, site):
    url, hops = site.endpoint("redirect-chain-30").url, 0
    while True:
        response, _ = client.get(url)
        if response.status != 302:
            break
        hops += 1
        url = urljoin(url, response.headers["Location"])
    assert (hops, response.status) == (30, 200)


def test_private_forms_lead_to_the_canary_of_the_site_itself(client, site):
    for name in ("redirect-to-decimal", "redirect-to-ipv6-mapped", "redirect-to-octal"):
        response, _ = client.get(site.endpoint(name).url)
        assert f":{site.http_port}/canary/" in response.headers["Location"]
        assert site.endpoint(name).expected.then is Outcome.NOT_FETCHED_GUARD


def test_request_by_a_private_address_is_an_escape(site):
    before = len(site.escapes)
    with socket.create_connection(("127.0.0.1", site.http_port), timeout=60) as wire:
        wire.sendall(b"GET /canary/hex HTTP/1.1\r\nHost: 0x7f000001\r\nConnection: close\r\n\r\n")
        while wire.recv(65536):
            pass
    assert site.wait_idle()
    assert [e.target for e in site.escapes[before:]] == ["/canary/hex"]


def test_no_rule_covers_the_names_that_only_a_resolver_knows(site):
    covered = {rule.split(":")[0] for rule in site.connect_to}
    assert covered == set(site.hosts)
    assert not covered & {REBIND, *PRIVATE_NAMES}


def test_resolver_answers_public_first_and_loopback_then():
    resolver = RebindingResolver()
    assert resolver.resolve("Rebind.Example.") == ["93.184.216.34"]
    assert resolver.getaddrinfo("rebind.example", 80)[0][4] == ("127.0.0.1", 80)
    assert resolver.getaddrinfo(b"mapped.nip.example", 80)[0][0] == socket.AF_INET6
    assert resolver.resolve("mixed.nip.example") == ["93.184.216.34", "127.0.0.1"]
    assert resolver.asked == ["rebind.example", "rebind.example", "mapped.nip.example", "mixed.nip.example"]
    with pytest.raises(socket.gaierror):
        resolver.resolve("unknown.example")


def test_client_that_resolves_twice_is_caught(site, monkeypatch):
    resolver = RebindingResolver()
    monkeypatch.setattr(socket, "getaddrinfo", resolver.getaddrinfo)
    socket.getaddrinfo(REBIND, site.http_port)  # the check
    before = len(site.escapes)
    with socket.create_connection((REBIND, site.http_port), timeout=60) as wire:  # the connection
        wire.sendall(f"GET / HTTP/1.1\r\nHost: {REBIND}\r\nConnection: close\r\n\r\n".encode())
        while wire.recv(65536):
            pass
    assert site.wait_idle()
    assert [e.endpoint for e in site.escapes[before:]] == ["rebinding"]


def test_table_has_a_row_for_every_endpoint(site):
    text = table(site.endpoints)
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == len(site.endpoints)
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 4 for line in text.splitlines())
    assert (
        "| `no-bytes` | the request is read, no byte is sent, FIN | metadata only: no whole header block came." in text
    )


def test_table_escapes_what_markdown_would_read():
    group = Group("A | B")
    group.says("odd", "a | and <b> and *", whole(), b"")
    assert "| `odd` | a \\| and &lt;b&gt; and \\* |" in table(fault.endpoint for fault in group)


def test_table_is_printed_by_the_runner():
    folder = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "faultsite", "--table"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout == table(fault.endpoint for fault in all_faults())
