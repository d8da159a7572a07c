from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from archiver.errors import RecordDamaged
from archiver.warc import (
    CaptureEvent,
    Record,
    RecordBlock,
    WarcWriter,
    check_file,
    cut_torn_tail,
    iter_records,
    response,
)

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


def test_whole_file_is_not_touched(whole: Path) -> None:
    before = whole.read_bytes()
    assert cut_torn_tail(whole) == 0
    assert whole.read_bytes() == before


def test_empty_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.touch()
    assert cut_torn_tail(path) == 0


def test_file_cut_anywhere_keeps_exactly_its_whole_records(whole: Path) -> None:
    data = whole.read_bytes()
    ends = [0] + [record.offset + record.length for record in iter_records(whole)]
    near = {end + step for end in ends for step in (-9, -1, 0, 1, 2, 9, 11)}
    for size in sorted(near & set(range(len(data)))) + list(range(0, len(data), 97)):
        whole.write_bytes(data[:size])
        kept = max(end for end in ends if end <= size)
        assert cut_torn_tail(whole) == size - kept
        assert whole.read_bytes() == data[:kept]


@pytest.mark.parametrize(
    "tail",
    [
        bytes(4096),
        b"\x1f\x8b\x08\x00" + bytes(4096),
        b"garbage",
        b"\r\n\r\n",
        gzip.compress(b""),
        gzip.compress(b"WARC/1.1\r\n"),
    ],
    ids=["zeros", "begun member", "garbage", "line ends", "empty member", "begun record"],
)
def test_other_tails_are_cut_too(whole: Path, tail: bytes) -> None:
    data = whole.read_bytes()
    whole.write_bytes(data + tail)
    assert cut_torn_tail(whole) == len(tail)
    assert whole.read_bytes() == data
    assert check_file(whole).ok


def test_damage_before_whole_records_is_not_cut(whole: Path) -> None:
    places = [record.offset for record in iter_records(whole)]
    data = bytearray(whole.read_bytes())
    data[places[2] + 40] ^= 0xFF
    whole.write_bytes(data)
    with pytest.raises(RecordDamaged) as caught:
        cut_torn_tail(whole)
    assert caught.value.offset == places[2]
    assert whole.read_bytes() == data


def test_damaged_first_record_is_not_cut_either(whole: Path) -> None:
    data = bytearray(whole.read_bytes())
    data[40] ^= 0xFF
    whole.write_bytes(data)
    with pytest.raises(RecordDamaged):
        cut_torn_tail(whole)
    assert whole.read_bytes() == data


def test_torn_body_that_is_itself_a_warc_is_cut(tmp_path: Path, whole: Path, event: CaptureEvent) -> None:
    """Stored at level 0, a body's own gzip members lie readable in the torn record; they are a stranger's."""
    strange = tmp_path / "strange.warc.gz"
    with strange.open("wb") as file:
        other = replace(event, warcinfo="urn:uuid:00000000-0000-4000-8000-00000000000f")
        for number in range(5):
            WarcWriter(file).write(response(other, RecordBlock.of(bytes([number]) * 50, head=HEAD)))
    data = whole.read_bytes()
    with whole.open("ab") as file:
        WarcWriter(file).write(response(event, RecordBlock.of(strange.read_bytes(), head=HEAD)), level=0)
    grown = whole.read_bytes()
    whole.write_bytes(grown[:-20])
    assert cut_torn_tail(whole) == len(grown) - 20 - len(data)
    assert whole.read_bytes() == data


def test_known_whole_part_is_not_read_again(whole: Path) -> None:
    places = [record.offset for record in iter_records(whole)]
    data = bytearray(whole.read_bytes())
    data[places[1] + 40] ^= 0xFF
    whole.write_bytes(data + b"torn")
    assert cut_torn_tail(whole, start=places[2]) == 4
    assert whole.read_bytes() == data


def test_writing_goes_on_after_the_cut(whole: Path, records: list[Record]) -> None:
    whole.write_bytes(whole.read_bytes()[:-1])
    cut_torn_tail(whole)
    with whole.open("ab") as file:
        WarcWriter(file).write(records[-1])
    assert [record.id for record in iter_records(whole)] == [record.id for record in records]
    assert check_file(whole).ok
