from __future__ import annotations

import struct
import zlib

from archiver.demo.pictures import SMALL, WIDE, icon, landscape, paper


def _pixels(data: bytes) -> tuple[tuple[int, int], bytes, int]:
    """Size, rows and number of colours, read as PNG's chapter 5 says, with every checksum."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, parts = 8, {}
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        (check,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert check == zlib.crc32(kind + body)
        parts[kind] = body
        at += 12 + length
    width, height = struct.unpack(">II", parts[b"IHDR"][:8])
    return (width, height), zlib.decompress(parts[b"IDAT"]), len(parts[b"PLTE"]) // 3


def test_landscapes_are_whole_png_files():
    for size in (WIDE, SMALL):
        for number in range(20):
            got, rows, colours = _pixels(landscape(f"story-{number}", size))
            assert got == size
            assert len(rows) == (size[0] + 1) * size[1]
            assert set(rows[:: size[0] + 1]) == {0}
            assert max(rows) < colours


def test_each_story_has_its_own_picture():
    pictures = {landscape(f"story-{number}", SMALL) for number in range(30)}
    assert len(pictures) == 30
    assert landscape("story-1", SMALL) in pictures


def test_the_small_files_are_images_too():
    assert _pixels(paper())[0] == (16, 16)
    assert _pixels(icon()[22:])[0] == (32, 32)
