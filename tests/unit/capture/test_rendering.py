"""What a browser made of a page: records beside its response, and no row."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import unquote

import pytest
from exchanges import BEGUN, Bench, exchange
from warcs import index_lines

from archiver.capture.rendering import SCREENSHOT, Rendering, screenshot_uri
from archiver.model.record import RecordType
from archiver.model.surt import surt
from archiver.sealing.contents import read_contents
from archiver.warc import check_file, iter_records
from archiver.warc.field_rules import is_uri

PNG = b"\x89PNG\r\n\x1a\nnot really"
LATER = BEGUN + timedelta(seconds=3)


@pytest.fixture
def bench(tmp_path):
    made = Bench.make(tmp_path / "archive")
    yield made
    made.catalog.close()


def keep(bench: Bench, **what):
    """Commit a page and its rendering: the page's capture, the file, and its records by type."""
    committer = bench.committer()
    page = committer.submit(exchange("https://news.example/a?b=1")).result(60)
    done = committer.submit(Rendering("https://news.example/a?b=1", page.record_id, LATER, **what)).result(60)
    committer.close()
    assert done.capture is None
    records = list(iter_records(bench.sealed[0].path))
    assert done.record_id == records[-1].id
    return page.capture, bench.sealed[0], records[4:]


def test_document_and_picture_are_records_of_their_own_beside_the_response(bench):
    capture, file, (conversion, picture, metadata) = keep(
        bench, document="<p>Chào</p>".encode(), screenshot=PNG, facts=(("browser", "Chromium/1"),)
    )
    assert (conversion.type, picture.type, metadata.type) == (
        RecordType.CONVERSION,
        RecordType.RESOURCE,
        RecordType.METADATA,
    )
    assert {record.at for record in (conversion, picture, metadata)} == {LATER}
    assert conversion.block.read() == "<p>Chào</p>".encode()
    assert conversion.get("Content-Type") == "text/html; charset=utf-8"
    assert (conversion.url, conversion.refers_to) == (capture.url, capture.record_id)
    assert conversion.get("WARC-Concurrent-To") is None
    assert picture.block.read() == PNG
    assert picture.get("Content-Type") == "image/png"
    assert (metadata.refers_to, metadata.concurrent_to) == (capture.record_id, (picture.id,))
    assert dict(metadata.warc_fields()) == {"rendering": "done", "browser": "Chromium/1"}
    assert check_file(file.path).problems == ()


def test_a_page_that_could_not_be_rendered_leaves_its_reason_alone(bench):
    capture, file, (metadata,) = keep(bench, facts=(("error", "the page\r\ncrashed: \x00"),))
    assert dict(metadata.warc_fields()) == {"rendering": "failed", "error": "the page crashed:"}
    assert metadata.refers_to == capture.record_id
    assert check_file(file.path).problems == ()


def test_rows_read_from_the_file_are_those_of_the_commit(bench):
    capture, file, _ = keep(bench, document=b"<p>made", screenshot=PNG)
    assert read_contents(file.path, file.key).captures == (capture,)
    assert list(bench.catalog.captures.find()) == [capture]


def test_the_index_has_the_picture_and_not_the_document(bench):
    _, file, (_, picture, _) = keep(bench, document=b"<p>made", screenshot=PNG)
    lines = index_lines(file.path)
    assert len(lines) == 2
    (line,) = (line for line in lines if "urn:screenshot" in line)
    assert line.startswith(surt(picture.url) + " ")
    assert '"mime": "image/png"' in line


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example/",
        "https://news.example/a%20b?c=d&e=%3F#not-there".partition("#")[0],
        "https://[2001:db8::1]:8443/[x]?q=[y]|{z}",
        "https://news.example/%E1%BB%87?q='(*)'",
    ],
)
def test_the_name_of_a_picture_is_a_legal_urn_that_gives_the_url_back(url):
    name = screenshot_uri(url)
    assert is_uri(name)
    assert not set(name) & set('?#[]<>" ')
    assert unquote(name.removeprefix(SCREENSHOT)) == url
