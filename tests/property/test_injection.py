"""Nothing that a server or a page says breaks out of its place: from an exchange through records, check, index, rows and keys."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import pytest
from exchanges import BEGUN, Bench, exchange
from hypothesis import example, given, settings
from hypothesis import strategies as st
from warcs import index_lines

from archiver.errors import NotHttpUrl, RecordRefused
from archiver.fetch.components.logs import OneLine
from archiver.model.surt import surt
from archiver.model.url import clean_url
from archiver.warc import check_file, iter_records

BREAKS = [
    "\r\n",
    "\n",
    "\r",
    "\0",
    "\x85",
    "\u2028",
    "\u2029",
    "\x0b",
    "\x0c",
    "\x1b[2J",
    "\t",
    " ",
    "%0d%0a",
    "\ud800",
]
INJECTED = [
    "WARC-Injected: 1",
    "X-Injected: 1",
    "\r\n\r\n",
    "WARC/1.1\r\n",
    '{"url": "x"}',
    "../../etc/passwd",
    "tiếng",
    "é",
    "%zz",
    "%",
]
texts = st.lists(st.one_of(st.sampled_from(BREAKS), st.sampled_from(INJECTED), st.text(max_size=8)), max_size=6).map(
    "".join
)
urls = st.builds(
    "{}://{}/{}?{}#{}".format,
    st.sampled_from(["http", "https", "HTTP"]),
    st.one_of(st.just("news.example"), st.builds("news.example{}".format, texts), texts),
    texts,
    texts,
    texts,
)
hostile = st.one_of(texts.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(max_size=40))
NAMES = [
    b"Content-Type",
    b"Location",
    b"ETag",
    b"Last-Modified",
    b"Content-Encoding",
    b"Transfer-Encoding",
    b"X-Bad",
    b"Link",
]
lines = st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), hostile), hostile), max_size=6)


@given(
    url=urls,
    via=st.none() | urls,
    reason=hostile,
    headers=lines,
    body=hostile,
    error=st.none() | texts,
)
@example(
    url="http://news.example/a\r\nWARC-Injected: 1\r\n\r\n",
    via="http://news.example/\nvia: x",
    reason=b"OK\rWARC-Injected: 1",
    headers=[
        (b"Location", b"/a\rWARC-Injected: 1"),
        (b"ETag", b'"a"\r\0'),
        (b"Content-Type", b"text/html\r\nWARC-X: 1"),
    ],
    body=b"\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\n",
    error="a\r\nWARC-Injected: 1",
)
@example(url="http://news.example/" + "x" * 8200, via=None, reason=b"", headers=[], body=b"", error=None)
@settings(max_examples=120, deadline=None)
@pytest.mark.slow
def test_nothing_is_injected_into_records_index_rows_or_keys(
    url: str, via: str | None, reason: bytes, headers: list[tuple[bytes, bytes]], body: bytes, error: str | None
) -> None:
    head = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    said = exchange(response=b"HTTP/1.1 200 " + reason + b"\r\n" + head + b"\r\n" + body, error=error)
    said.url, said.via = url, via if via is None else _or(via)
    plain = exchange("https://news.example/plain", at=BEGUN)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench.make(Path(folder))
        committer = bench.committer()
        hurt, whole = committer.submit(said), committer.submit(plain)
        committer.close()
        assert whole.exception() is None, "one bad page costs only itself"
        refused = hurt.exception()
        assert refused is None or isinstance(refused, RecordRefused)
        (file,) = bench.sealed
        records = list(iter_records(file.path))
        assert check_file(file.path).problems == ()
        names = {name.lower() for record in records for name, _ in record.fields}
        assert not [name for name in names if "inject" in name or "warc-x" in name]
        answers = [record for record in records if record.get("WARC-Type") in {"response", "revisit"}]
        index = index_lines(file.path)
        assert len(index) == len(answers)
        assert all(line.isascii() and line.isprintable() and line.count(" {") >= 1 for line in index)
        rows = list(bench.catalog.captures.find())
        assert len(rows) == len(answers)
        assert all(row.surt == surt(row.url) and row.surt.isascii() and row.surt.isprintable() for row in rows)
        assert {row.record.file for row in rows} == {file.key}
        bench.catalog.close()


def _or(url: str) -> str:
    """As the spider gives it: a response's URL, so a legal one."""
    try:
        return clean_url(url)
    except NotHttpUrl:
        return "https://news.example/"


@given(text=texts, more=texts)
def test_a_log_line_is_one_line(text: str, more: str) -> None:
    record = logging.LogRecord("a", logging.INFO, __file__, 1, "%s: %s", (text, more), None)
    OneLine().filter(record)
    line = logging.Formatter("%(levelname)s %(message)s").format(record)
    assert line.isprintable()
    assert line.startswith("INFO ")


def test_a_log_line_without_controls_stays_as_it_is() -> None:
    record = logging.LogRecord("a", logging.INFO, __file__, 1, "%s: %d tiếng", ("x", 3), None)
    OneLine().filter(record)
    assert record.getMessage() == "x: 3 tiếng"
