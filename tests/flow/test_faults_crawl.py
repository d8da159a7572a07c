"""The site of faults is crawled whole by the real command, over http and over https, and every endpoint is held against
its documented outcome, the server's log against the records, and the files against everybody's validators."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from faultcrawl import SERVER, Crawled, crawl
from faultsite import Endpoint, Exchange, Outcome
from faultsite.rebinding import PUBLIC
from warcs import index_lines

from archiver.model.capture import Kind
from archiver.model.digest import Digest, sha1
from archiver.model.surt import surt
from archiver.warc import check_file, deframe, iter_records, split_head, unpack_lines

pytestmark = pytest.mark.slow

MEMORY = 420_000_000
"""Bytes that the crawler's process may ever hold, on a site that does its worst."""
SECONDS = 300
SCHEMES = ("http", "https")
NOT_OVER_HTTPS = {"url-port"}
"""Its link names port 80, where nobody speaks TLS."""


@pytest.fixture(scope="module")
def crawls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Crawled]:
    """Both crawls, side by side; pages are read into articles in one of them."""
    folder = tmp_path_factory.mktemp("faults")
    with ThreadPoolExecutor(2) as pool:
        http = pool.submit(crawl, folder / "http", "http")
        https = pool.submit(crawl, folder / "https", "https", "--no-extract")
        return {"http": http.result(), "https": https.result()}


@pytest.fixture(params=SCHEMES)
def crawled(request: pytest.FixtureRequest, crawls: dict[str, Crawled]) -> Crawled:
    return crawls[request.param]


def endpoints(crawled: Crawled) -> Iterator[Endpoint]:
    for endpoint in crawled.site.endpoints:
        if crawled.scheme == "http" or endpoint.name not in NOT_OVER_HTTPS:
            yield endpoint.over(crawled.scheme)


def test_the_crawl_ends_within_its_time_and_memory(crawled: Crawled) -> None:
    assert crawled.code == 0, crawled.stderr[-2000:]
    assert crawled.run["outcome"] in {"finished", "limit"}
    assert "Traceback" not in crawled.stderr
    assert crawled.seconds < SECONDS
    assert crawled.peak < MEMORY


def test_every_endpoint_is_recorded_as_the_table_says(crawled: Crawled) -> None:
    wrong = {}
    for endpoint in endpoints(crawled):
        expected, found = endpoint.expected.outcomes, crawled.outcomes(endpoint)
        if not expected & found and endpoint.name != "rebinding":
            wrong[endpoint.name] = (sorted(expected), sorted(found), crawled.reason(endpoint.url))
    assert wrong == {}


def test_the_status_is_the_one_that_was_answered(crawled: Crawled) -> None:
    wrong = {}
    for endpoint in endpoints(crawled):
        status = endpoint.expected.status
        held = crawled.held.get(crawled.key(endpoint.url)) if status else None
        last = held.answers[-1] if held and held.answers else None
        if last is not None and last.http is not None and last.http.head.status != status:
            wrong[endpoint.name] = (status, last.http.head.status)
    assert wrong == {}


def test_what_is_not_captured_has_its_reason(crawled: Crawled) -> None:
    """A page that was never asked for, or never answered, stands in the frontier with words."""
    silent = []
    for endpoint in endpoints(crawled):
        if endpoint.expected.outcome in {Outcome.NO_RECORD, Outcome.NOT_FETCHED_ROBOTS, Outcome.NOT_FETCHED_GUARD}:
            state = crawled.state(endpoint.url)
            if state is None or not state.reason:
                silent.append(endpoint.name)
    assert silent == []


# Nothing private is reached.


def test_no_private_address_is_connected_to(crawled: Crawled) -> None:
    assert crawled.escapes == []
    assert set(crawled.tried) <= {"127.0.0.1", PUBLIC}
    assert "rebind.example" in crawled.asked


def test_every_private_address_is_refused_with_its_reason(crawled: Crawled) -> None:
    """Links, sitemaps, indexes of sitemaps and feeds lead there. (Requisites of hosts that no rule covers are not asked for at all.)"""
    named = [state for state in crawled.frontier.values() if "/canary/" in state.entry.url]
    assert len(named) > 150
    # An index of ten thousand sitemaps may be read before another and use up the sources of a run: the rest waits for the next.
    rows = [state for state in named if state.reason or state.entry.kind is not Kind.SOURCE]
    assert len(rows) > 120
    assert len(rows) == len(named) or crawled.run["outcome"] == "limit"
    refused = Counter((state.reason or "").partition(":")[0] for state in rows)
    assert set(refused) <= {"address refused", "robots unreachable", "timeout", "no such host"}, refused
    assert refused["address refused"] + refused["robots unreachable"] > 0.9 * len(rows)
    assert {state.visits for state in named} == {0}
    kinds = {state.entry.url.partition("/canary/")[2].partition("-")[0] for state in named}
    assert kinds >= {"links", "sitemap", "index", "feed"}


def test_a_redirect_to_a_private_address_is_recorded_and_ends_there(crawled: Crawled) -> None:
    wrong = {}
    for endpoint in endpoints(crawled):
        if endpoint.expected.outcome is Outcome.REDIRECT and endpoint.expected.then is Outcome.NOT_FETCHED_GUARD:
            reason = crawled.reason(endpoint.url)
            if not reason.startswith(("address refused", "robots unreachable: address refused")):
                wrong[endpoint.name] = reason
    # robots.txt is no row of its own.
    wrong.pop("robots-redirect-private", None)
    # No URL, so not followed.
    assert (wrong.pop("redirect-to-ipv6-zone"), wrong.pop("redirect-to-percent")) == ("", "")
    # Names without an IPv4 address, and one that has a public address beside the private one: there nobody answers.
    assert {name: reason.removeprefix("robots unreachable: ") for name, reason in wrong.items()} == {
        "redirect-to-localhost-name": "no such host",
        "redirect-to-name-mapped": "no such host",
        "redirect-to-name-mixed": "connection refused",
    }


# Traps.


def test_every_trap_is_left_after_a_bounded_number_of_pages(crawled: Crawled) -> None:
    visits = {e.name: len(crawled.sent_for(e.name)) for e in endpoints(crawled) if e.group == "Traps"}
    assert {name: count for name, count in visits.items() if not 0 < count < SERVER.trap_pages} == {}


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/calendar/", "in a row"),
        ("/calendar-query", "in a row"),
        ("/deep/", "a path segment more than 3 times"),
        ("/deep-two/", "a path segment more than 3 times"),
        ("/deep-new/", "path segments"),
        ("/facets", "combinations of query parameters"),
        ("/pagination", "in a row"),
        ("/session-path/", "in a row"),
        ("/random-links/", "in a row"),
        ("/soft-404/", "in a row"),
        ("/relative-loop/", "a path segment more than 3 times"),
        ("/link-flood", "queries for one path"),
    ],
)
def test_what_a_trap_leads_to_is_kept_with_its_reason(crawled: Crawled, path: str, why: str) -> None:
    reasons = {state.reason for state in crawled.trapped(path)}
    assert any(why in (reason or "") for reason in reasons), reasons
    assert all(state.entry.due_at is None for state in crawled.trapped(path))


def test_redirects_without_end_end_at_the_limit(crawled: Crawled) -> None:
    for name in (
        "redirect-self",
        "redirect-loop",
        "redirect-loop-hosts",
        "redirect-chain-30",
        "redirect-endless",
        "cookie-wall",
    ):
        assert len(crawled.sent_for(name)) == 11, name
        assert crawled.reason(crawled.site.endpoint(name).url) == "limit: more than 10 redirects"
    assert crawled.reason(crawled.site.endpoint("redirect-8k").url).startswith("limit: a redirect to a URL longer than")


def test_sources_are_bounded_in_number(crawled: Crawled) -> None:
    wide = len(crawled.sent_for("sitemap-wide"))
    assert 0 < wide <= 90
    assert "enough sources for one run" in crawled.stderr


# Byte for byte.


def received(exchange: Exchange) -> tuple[bytes, bytes] | None:
    """Head and body of a message as our rule of framing stores them; None where no head is whole."""
    message = exchange.message
    split = split_head(message)
    if split is None:
        return None
    plain = deframe(*split)
    return plain.head, plain.body.read()


def test_what_is_recorded_is_what_was_sent(crawled: Crawled) -> None:
    """Each response and revisit has an exchange of the server's log with the same head, and the same body or a longer one
    where the record says that it was cut."""
    sent: dict[str, list[tuple[bytes, bytes]]] = defaultdict(list)
    for exchange in crawled.log:
        if exchange.ended != "stale" and (message := received(exchange)):
            sent[surt(f"{exchange.scheme}://{exchange.host}{exchange.target}")].append(message)
    wrong = []
    checked = Counter[str]()
    for key, held in crawled.held.items():
        for answer in held.answers:
            if surt(answer.url or "").startswith("example,rebind"):
                continue
            head = answer.block.read(1 << 21) if answer.get("WARC-Type") == "revisit" else answer.http.head_bytes  # type: ignore[union-attr]
            body = answer.http.body.read() if answer.http and answer.get("WARC-Type") == "response" else None
            cut = answer.get("WARC-Truncated") is not None
            if not any(_same(one, head=head, body=body, cut=cut, digest=answer.payload_digest) for one in sent[key]):
                wrong.append((answer.get("WARC-Type"), answer.url, answer.get("WARC-Truncated")))
            checked[str(answer.get("WARC-Type"))] += 1
    assert wrong == []
    assert checked["response"] > 400
    assert checked["revisit"] > 50


def _same(message: tuple[bytes, bytes], *, head: bytes, body: bytes | None, cut: bool, digest: Digest | None) -> bool:
    if message[0] != head:
        return False
    if body is None:
        return digest is None or digest == sha1(message[1])
    return message[1].startswith(body) if cut else message[1] == body


def test_every_request_that_the_server_heard_is_recorded(crawled: Crawled) -> None:
    """What the pool sends again on a new connection, since an old one gave no byte, is one exchange."""
    connections = Counter[int]()
    heard = Counter[str]()
    for exchange in crawled.log:
        connections[exchange.connection] += 1
        if exchange.message or connections[exchange.connection] == 1:
            heard[surt(f"{exchange.scheme}://{exchange.host}{exchange.target}")] += 1
    kept = {key: len(held.requests) for key, held in crawled.held.items()}
    missing = {key: (count, kept.get(key, 0)) for key, count in heard.items() if kept.get(key, 0) < count}
    assert missing == {}


def test_no_request_is_recorded_where_none_was_sent(crawled: Crawled) -> None:
    tls = ("closed-on-accept", "cut-in-handshake", "hang", "is-plain", "alert", "garbage")
    for name in (f"tls-{how}" for how in tls):
        held = crawled.held[surt(f"https://{name}.example/robots.txt")]
        assert (held.requests, held.answers) == ([], []), name
        assert all(dict(record.warc_fields()).get("error") for record in held.alone), name


# Nothing breaks out of its place.


def test_nothing_is_injected_into_records_index_or_log(crawled: Crawled) -> None:
    names = {name.lower() for path in crawled.warcs for record in iter_records(path) for name, _ in record.fields}
    assert not [name for name in names if "inject" in name]
    for path in crawled.warcs:
        answers = sum(record.get("WARC-Type") in {"response", "revisit"} for record in iter_records(path))
        lines = index_lines(path)
        assert len(lines) == answers
        assert all(line.isascii() and line.isprintable() for line in lines)
    keys = [str(file.relative_to(crawled.home / "store")) for file in crawled.home.glob("store/**/*") if file.is_file()]
    assert keys
    assert all(re.fullmatch(r"[A-Za-z0-9._/-]+", key) for key in keys), keys
    for line in crawled.stderr.splitlines():
        assert line.isprintable(), line
        assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[|faults: |archiver: ", line), line


def test_the_stored_index_has_a_line_for_each_answer(crawled: Crawled) -> None:
    for path in crawled.warcs:
        (index,) = crawled.home.glob(f"store/index/**/{path.name.removesuffix('.warc.gz')}.cdxj.gz")
        held = sum(record.get("WARC-Type") in {"response", "revisit"} for record in iter_records(path))
        assert (
            len(gzip.decompress(index.read_bytes()).splitlines()) == held == len(list(unpack_lines(index.read_bytes())))
        )


def test_no_request_carries_what_a_page_put_there(crawled: Crawled) -> None:
    for exchange in crawled.log:
        head = exchange.request.lower()
        assert b"\r\ncookie:" not in head
        assert b"\r\nauthorization:" not in head
        assert b"\r\nx-injected" not in head
        assert b"secret" not in head.replace(b"/secret/", b"").replace(b"/%73ecret/", b""), exchange.target


# The files.


def test_our_strict_check_finds_nothing(crawled: Crawled) -> None:
    assert crawled.warcs
    for path in crawled.warcs:
        report = check_file(path)
        assert report.problems == ()


def tool(*command: str) -> tuple[int, str]:
    script = Path(sys.executable).parent / command[0]
    if not script.exists():
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run([str(script), *command[1:]], capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout + done.stderr


def test_warcio_check_passes(crawled: Crawled, tmp_path: Path) -> None:
    """All records but those coded with brotli: with brotli 1.2 warcio 1.8 fails in its own decoder on any file's."""
    for path in crawled.warcs:
        data = path.read_bytes()
        copy = tmp_path / path.name
        with copy.open("wb") as file:
            for record in iter_records(path):
                if not (record.http and "br" in record.http.head.codings()):
                    file.write(data[record.offset : record.offset + record.length])
        code, said = tool("warcio", "check", "-v", str(copy))
        assert code == 0, [line for line in said.splitlines() if "fail" in line or "Error" in line][-5:]
        assert "digest failed" not in said


def test_fastwarc_check_fails_for_revisits_only(crawled: Crawled, tmp_path: Path) -> None:
    for path in crawled.warcs:
        details = tmp_path / "details.txt"
        assert tool("fastwarc", "check", "-q", str(path))[0] == 0
        tool("fastwarc", "check", "-q", "-p", "-o", str(details), str(path))
        failed = set(re.findall(r"^<(.*)>: .*FAIL", details.read_text(), re.MULTILINE))
        assert failed
        # Nor does it always find the end of a head whose lines end in a bare LF.
        odd = {
            record.id
            for record in iter_records(path)
            if record.get("WARC-Type") == "revisit" or b"\r\n" not in record.block.read(100)
        }
        assert failed <= odd
