"""Takedown: nobody sees it at once, and what was deleted is nowhere, while the rest of the archive is as it was."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from archives import Kept, content, make
from exchanges import exchange

from archiver.archive import Archive
from archiver.articles.sidecar import write_sidecar
from archiver.capture.lock import SiteLock
from archiver.catalog import CaptureFilter, FileState
from archiver.errors import Busy, NotHeld, UsageError, Withheld
from archiver.extract import EXTRACTOR
from archiver.fetch.run.session import RunSession
from archiver.model.access import Access, Match
from archiver.model.article import Article, Extraction
from archiver.model.capture import Verdict
from archiver.model.manifest import Manifest
from archiver.model.record import BlobKey, RecordId, RecordRef, RecordType
from archiver.model.run import Outcome
from archiver.ops.rebuild import rebuild
from archiver.ops.replicate import replicate
from archiver.ops.takedown import resume, takedown
from archiver.ops.takedown_file import Mode, TakenDown
from archiver.ops.verify import verify
from archiver.search import SearchIndex
from archiver.store import open_url
from archiver.warc import check_file, iter_records

URL = "https://news.example/a"


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return make(tmp_path / "home")


def take(
    kept: Kept, *, mode: Mode = Mode.DELETE, match: Match = Match.EXACT, url: str = URL, **more: object
) -> TakenDown:
    return takedown(
        kept.config,
        mode=mode,
        match=match,
        url=url,
        reason="file 17",
        actor="tester",
        clock=kept.clock,
        **more,  # type: ignore[arg-type]
    )


def bytes_of(root: Path) -> bytes:
    """Everything that lies under a directory, unpacked where it is gzip."""
    parts = []
    for path in sorted(root.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            parts.append(gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data)
    return b"\0".join(parts)


def bodies(kept: Kept, url: str) -> list[bytes]:
    with Archive(kept.config, clock=kept.clock) as archive:
        return [archive.reader.read(capture.record).http.body.read() for capture in archive.captures(url)]  # type: ignore[union-attr]


def test_what_is_deleted_is_in_no_object_row_or_index(kept: Kept) -> None:
    secrets = bodies(kept, URL)
    assert len(secrets) == 2
    assert all(secret in bytes_of(kept.root) for secret in secrets)
    result = take(kept)
    assert result.captures == 2
    assert len(result.files) == 2
    left = bytes_of(kept.root)
    assert not any(secret in left for secret in secrets)
    with kept.catalog() as catalog:
        assert not catalog.captures.has_url("example,news)/a")
    assert "https://news.example/a" not in {url for url, _, _ in content(kept)["found"]}  # type: ignore[attr-defined]


def test_everything_else_is_as_it_was(kept: Kept) -> None:
    before = content(kept)
    take(kept)
    after = content(kept)
    others = [c for c in before["captures"] if c.url != URL]  # type: ignore[attr-defined]
    assert [(c.record_id, c.at, c.digest, c.verdict) for c in after["captures"]] == [  # type: ignore[attr-defined]
        (c.record_id, c.at, c.digest, c.verdict) for c in others
    ]
    assert [r for r in after["found"] if r[0] != URL] == [r for r in before["found"] if r[0] != URL]  # type: ignore[attr-defined]
    with Archive(kept.config, clock=kept.clock) as archive:
        for capture in archive.captures():
            assert archive.reader.read(capture.record).id == capture.record_id


def test_verification_is_content_and_the_chain_explains_itself(kept: Kept) -> None:
    result = take(kept)
    report = verify(kept.config, clock=kept.clock)
    assert report.problems == []
    for old, new in result.files.items():
        manifest = Manifest.from_bytes(kept.store.get(f"manifests/{new[6:-8]}.json"))
        assert manifest.replaces == old
        assert kept.store.stat(f"manifests/{old[6:-8]}.json") is not None
        assert kept.store.stat(old) is None
        assert not check_file(kept.root / new).problems


def test_a_tombstone_stands_where_each_capture_was(kept: Kept) -> None:
    with kept.catalog() as catalog:
        gone = [capture.record_id for capture in catalog.captures.find(CaptureFilter(url=URL))]
    result = take(kept)
    stones = []
    for new in result.files.values():
        for record in iter_records(kept.root / new):
            facts = dict(record.warc_fields()) if record.type == "metadata" else {}
            if "takedown" in facts:
                stones.append((record.url, facts["removed"], facts["takedown"], facts["reason"]))
    assert sorted(stones) == sorted((URL, record_id, result.id, "file 17") for record_id in gone)


def test_a_swapped_in_old_file_is_found(kept: Kept) -> None:
    old, _ = next(iter(take(kept).files.items()))
    kept.store.put(old, b"back", sha256=hashlib.sha256(b"back").hexdigest(), metadata={})
    assert [(p.kind.value, p.key) for p in verify(kept.config, clock=kept.clock).problems] == [("unknown", old)]


def test_rebuilt_from_the_store_alone_it_stays_taken_down(kept: Kept, tmp_path: Path) -> None:
    take(kept)
    take(kept, mode=Mode.HIDE, url="https://other.example/x")
    before = content(kept)
    empty = kept.on_an_empty_machine(tmp_path / "empty")
    result = rebuild(empty.config, clock=empty.clock)
    assert result.problems == []
    after = content(empty)
    assert after["chains"] == before["chains"]
    assert after["captures"] == before["captures"]
    assert {f.key: f.state for f in after["files"]} == {f.key: f.state for f in before["files"]}  # type: ignore[attr-defined]
    with Archive(empty.config, clock=empty.clock, for_readers=True) as readers:
        with pytest.raises(NotHeld):
            readers.get("https://other.example/x")
        assert readers.catalog.access.of_url("example,news)/a", empty.clock.now())[0] is Access.BLOCK
    again = rebuild(empty.config, clock=empty.clock)
    assert (again.files, again.captures, again.journal) == (0, 0, 0)


def test_copies_lose_it_too(kept: Kept, tmp_path: Path) -> None:
    at_once = open_url(str(tmp_path / "one"), section=kept.config.store)
    later = open_url(str(tmp_path / "two"), section=kept.config.store)
    for copy in (at_once, later):
        replicate(kept.config, copy, clock=kept.clock)
    secrets = bodies(kept, URL)
    take(kept, replica=at_once)
    assert replicate(kept.config, later, clock=kept.clock).removed > 0
    for folder in ("one", "two"):
        left = bytes_of(tmp_path / folder)
        assert not any(secret in left for secret in secrets)
    assert replicate(kept.config, later, clock=kept.clock).removed == 0


def held_objects(kept: Kept) -> list[str]:
    return [key for key in kept.store.keys("") if not key.startswith("journal/")]


class Broken(Exception):
    """Stands for a crash."""


@pytest.mark.parametrize("after", [0, 1])
def test_one_that_was_broken_off_is_taken_up_again(kept: Kept, after: int) -> None:
    secrets = bodies(kept, URL)
    seen = []

    def crash(key: str) -> None:
        seen.append(key)
        if len(seen) > after:
            raise Broken

    with pytest.raises(Broken):
        take(kept, on_file=crash)
    with Archive(kept.config, clock=kept.clock, for_readers=True) as readers, pytest.raises(NotHeld):
        readers.get(URL)
    assert len(resume(kept.config, clock=kept.clock)) == 1
    assert resume(kept.config, clock=kept.clock) == []
    left = bytes_of(kept.root)
    assert not any(secret in left for secret in secrets)
    assert verify(kept.config, clock=kept.clock).problems == []


def test_the_same_bytes_elsewhere_and_revisits_that_lose_theirs_are_told(kept: Kept) -> None:
    with kept.catalog() as catalog:
        same = list(catalog.captures.find(CaptureFilter(url="https://other.example/same")))
        assert [c.record_type.value for c in same] == ["response", "revisit"]
    kept.run("news", "/same")
    result = take(kept, url="https://other.example/same")
    assert result.captures == 2
    assert result.orphans == ["https://news.example/same"]


def test_while_a_run_is_under_way_nothing_is_changed(kept: Kept) -> None:
    before = kept.keys()
    with SiteLock(kept.config.spool_dir, "news", owner="a run"), pytest.raises(Busy):
        take(kept)
    assert kept.keys() == before
    with kept.catalog() as catalog:
        assert catalog.access.find() == []


@pytest.mark.parametrize(("mode", "error"), [(Mode.BLOCK, Withheld), (Mode.HIDE, NotHeld)])
def test_block_and_hide_keep_the_bytes_and_show_them_to_no_reader(kept: Kept, mode: Mode, error: type) -> None:
    before = held_objects(kept)
    result = take(kept, mode=mode, match=Match.DOMAIN, url="news.example")
    assert result.captures > 4
    assert held_objects(kept) == before
    with Archive(kept.config, clock=kept.clock, for_readers=True) as readers, pytest.raises(error):
        readers.get(URL)


def test_what_others_made_is_not_written_anew_and_nothing_is_changed(kept: Kept) -> None:
    key = BlobKey("warcs/imported/0123456789abcdef/theirs.warc.gz")
    with kept.catalog() as catalog:
        capture = next(catalog.captures.find(CaptureFilter(url=URL)))
        theirs = replace(capture, record_id=RecordId("urn:uuid:theirs"), record=RecordRef(key, 0, 10))
        catalog.captures.add([theirs])
    before = content(kept)["files"]
    with pytest.raises(UsageError, match="imported"):
        take(kept)
    assert content(kept)["files"] == before
    with kept.catalog() as catalog:
        assert catalog.access.find() == []
    assert take(kept, mode=Mode.HIDE).captures == 3


def test_a_reason_is_needed(kept: Kept) -> None:
    with pytest.raises(UsageError):
        takedown(kept.config, mode=Mode.HIDE, match=Match.EXACT, url=URL, reason="  ", actor="t", clock=kept.clock)


def test_a_url_that_is_not_held_can_be_taken_down_before_it_is(kept: Kept) -> None:
    result = take(kept, url="https://news.example/never")
    assert (result.captures, result.files) == (0, {})
    with kept.catalog() as catalog:
        assert {row.state for row in catalog.files.find()} == {FileState.STORED}
    assert replace(result, id="") == TakenDown("", Mode.DELETE, result.rule)


def raw_bytes(root: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file())


def read_words(kept: Kept, words: dict[str, str]) -> None:
    """What the extractor is to have read of URLs, as it puts it into catalogue and index."""
    with kept.catalog() as catalog:
        index = SearchIndex(catalog)
        for url, text in words.items():
            for capture in catalog.captures.find(CaptureFilter(url=url)):
                article = Article(
                    title=text, text=f"{text} everywhere", paragraphs=(f"{text} everywhere",), extractor=EXTRACTOR
                )
                catalog.articles.put(
                    capture.record_id, Extraction(Verdict.ARTICLE, "", EXTRACTOR, article), at=kept.clock.now()
                )
                index.add(capture, article)


def test_no_word_of_what_was_deleted_stays_in_the_home_as_text_or_as_the_index_writes_it(kept: Kept) -> None:
    read_words(kept, {URL: "xylophonist", "https://news.example/c": "quicksilver"})
    assert raw_bytes(kept.config.home).count(b"xylophonist")
    take(kept)
    left = raw_bytes(kept.config.home)
    assert b"xylophonist" not in left
    assert b"quicksilver" in left  # the scan sees what is there
    with kept.catalog() as catalog:
        assert [hit.url for hit in SearchIndex(catalog).search("quicksilver").hits] == ["https://news.example/c"]


def test_a_takedown_that_was_broken_off_before_the_index_was_cleaned_goes_on(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_words(kept, {URL: "xylophonist"})

    def killed(_: SearchIndex) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(SearchIndex, "purge", killed)
        with pytest.raises(KeyboardInterrupt):
            take(kept)
    (done,) = resume(kept.config, clock=kept.clock)
    assert done.mode is Mode.DELETE
    assert b"xylophonist" not in raw_bytes(kept.config.home)
    assert resume(kept.config, clock=kept.clock) == []


def test_what_was_read_of_the_same_bytes_under_another_url_goes_with_the_record_that_held_them(kept: Kept) -> None:
    first, second = "https://other.example/same", "https://other.example/twin"
    session = RunSession.open(kept.config, kept.site("other"), clock=kept.clock, extract=False)
    again = exchange(second, response=b"", at=kept.clock.now())
    again.response.append(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>/same</h1>")
    capture = session.commit(again).result(60).capture
    session.close(Outcome.FINISHED)
    assert capture is not None
    assert (capture.url, capture.record_type) == (second, RecordType.REVISIT)
    read_words(kept, {first: "xylophonist", second: "xylophonist"})
    with kept.catalog() as catalog:
        write_sidecar(capture.record.file, catalog=catalog, store=kept.store)
    assert b"xylophonist" in bytes_of(kept.root)
    take(kept, url=first)
    with kept.catalog() as catalog:
        assert catalog.articles.get(capture.record_id) is None
        assert SearchIndex(catalog).search("xylophonist").hits == ()
    assert b"xylophonist" not in raw_bytes(kept.config.home)
    assert b"xylophonist" not in bytes_of(kept.root)
    assert verify(kept.config, clock=kept.clock).problems == []
