"""Files that other tools wrote, sound ones and ones broken on purpose."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fastwarc import warc as fastwarc
from warcs import index_lines

from archiver.errors import RecordDamaged
from archiver.warc import CdxjEntry, check_file, cut_torn_tail, iter_records, read_record

DATA = Path(os.environ.get("ARCHIVER_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the test data folder (ARCHIVER_TEST_DATA) is absent")


def files(folder: str) -> list[str]:
    """The names in a folder of the data; one for a test that is seen to be skipped, where there is no data."""
    return sorted(path.name for path in (DATA / folder).iterdir()) if DATA.is_dir() else ["absent.warc.gz"]


@needs_data
@pytest.mark.parametrize("name", [name for name in files("warc-good") if not name.endswith(".wacz")])
def test_sound_file_is_read_to_its_end(name: str) -> None:
    path = DATA / "warc-good" / name
    damage: list[RecordDamaged] = []
    records = list(iter_records(path, strict=False, on_damage=damage.append))
    assert records
    if name != "ipwb-samples__redirect.warc":  # its last Content-Length is wrong
        assert damage == []
    for record in records:
        assert record.type
        assert record.id
        assert record.at
        if record.http is not None:
            record.http.decoded(limit=1 << 20)
        with path.open("rb") as file:
            again = (
                read_record(file, offset=record.offset, file=name)
                if record.block.length and _strict(record, path)
                else record
            )
        assert again.fields == record.fields
        assert again.block.read() == record.block.read()


def _strict(record, path: Path) -> bool:  # type: ignore[no-untyped-def]
    """Whether the record, as it lies in the file, ends as the standard says."""
    with path.open("rb") as file:
        try:
            read_record(file, offset=record.offset)
        except RecordDamaged:
            return False
    return True


@needs_data
@pytest.mark.parametrize("name", [name for name in files("warc-good") if name.endswith(".warc.gz")])
def test_fastwarc_reads_the_same(name: str) -> None:
    path = DATA / "warc-good" / name
    with path.open("rb") as file:
        iterator = fastwarc.ArchiveIterator(file, parse_http=False, auto_decode="none")
        theirs = [(record.record_id, record.stream_pos, record.reader.read()) for record in iterator]
    ours = [
        (record.get("WARC-Record-ID"), record.offset, record.block.read())
        for record in iter_records(path, strict=False)
    ]
    assert [record[1:] for record in ours] == [record[1:] for record in theirs]


@needs_data
@pytest.mark.parametrize("folder", ["warc-good", "warc-bad"])
def test_nothing_ends_in_an_untyped_error(folder: str, tmp_path: Path) -> None:
    for path in sorted((DATA / folder).iterdir()):
        report = check_file(path)
        assert report.size == path.stat().st_size
        if (
            folder == "warc-bad"
            and path.name
            not in {
                "jwat-testres__invalid-warcfile-contenttype-warcinfo-recommended.warc",  # its block is empty, so it needs none
                "warcio-testdata__example-wget-bad-target-uri.warc.gz",  # WARC 1.0, which brackets URIs
            }
        ):
            assert report.problems, path.name
        for line in index_lines(path, foreign=True):
            assert CdxjEntry.parse(line).line() == line
        copy = tmp_path / "copy.warc.gz"
        copy.write_bytes(path.read_bytes())
        try:
            cut_torn_tail(copy)
        except RecordDamaged:
            assert copy.read_bytes() == path.read_bytes()


@needs_data
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("fastwarc-testdata__clipped.warc.gz", {"truncated"}),
        ("jwat-testres__invalid-warcfile-duplicate-fields.warc", {"repeated-field"}),
        ("warcio-testdata__example-space-in-target-uri.warc.gz", {"bad-uri", "missing-field", "warcinfo"}),
        ("warcio-testdata__example-wrong-chunks.warc.gz", {"damaged"}),
        ("gowarc__test.warc.gz", {"chunked-body"}),
    ],
)
def test_broken_file_is_broken_in_the_known_way(name: str, kinds: set[str]) -> None:
    assert {problem.kind.value for problem in check_file(DATA / "warc-bad" / name).problems} == kinds
