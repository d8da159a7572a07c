"""Where warcio and our own reader see different records, it is told, and where they see the same nothing is."""

from __future__ import annotations

from pathlib import Path

from archiver.warc import check_file, iter_records
from archiver.warc.reference import SeenRecord, compare_with_warcio, differences

ONE = SeenRecord(0, "warcinfo", "<urn:uuid:1>", "a" * 64)
TWO = SeenRecord(100, "response", "<urn:uuid:2>", "b" * 64)
THREE = SeenRecord(300, "request", "<urn:uuid:3>", "c" * 64)


def test_a_file_of_ours_is_seen_alike(whole: Path) -> None:
    assert len(list(iter_records(whole))) > 3
    assert compare_with_warcio(whole) == []


def test_bad_places_are_passed_over(whole: Path) -> None:
    records = list(iter_records(whole))
    data = bytearray(whole.read_bytes())
    data[records[2].offset + 30] ^= 0xFF
    whole.write_bytes(bytes(data))
    bad = check_file(whole, foreign=True).bad
    assert [place.offset for place in bad] == [records[2].offset]
    assert compare_with_warcio(whole, foreign=True, known_bad=bad) == []
    assert [place.offset for place in compare_with_warcio(whole)] == [records[2].offset]


def test_each_record_that_one_sees_otherwise_is_told() -> None:
    other = SeenRecord(100, "response", "<urn:uuid:2>", "d" * 64)
    [found] = differences([ONE, TWO, THREE], [ONE, other, THREE])
    assert (found.offset, found.ours, found.theirs) == (100, str(TWO), str(other))


def test_where_only_one_sees_a_record_the_rest_is_not_compared() -> None:
    [found] = differences([ONE, TWO, THREE], [ONE, THREE])
    assert (found.offset, found.theirs) == (100, str(THREE))
    [found] = differences([ONE, TWO], [ONE])
    assert (found.offset, found.theirs) == (100, "no record")
    [found] = differences([ONE], [ONE, TWO])
    assert (found.offset, found.ours) == (100, "no record")
