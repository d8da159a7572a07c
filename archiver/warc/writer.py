"""Appending records to a WARC file, one gzip member each."""

from __future__ import annotations

import zlib
from typing import BinaryIO

from archiver.errors import RecordRefused
from archiver.warc.build import Record
from archiver.warc.http import HttpHead

FAST = 1
"""The level for what is compressed already."""
NORMAL = 6
_GZIP = 31
_PACKED = ("image/", "video/", "audio/", "font/woff")
_UNPACKED = {"image/svg+xml", "image/bmp", "image/x-icon", "image/vnd.microsoft.icon"}
_PACKED_TYPES = {
    "application/gzip",
    "application/x-gzip",
    "application/zip",
    "application/pdf",
    "application/font-woff",
    "application/x-bzip2",
    "application/x-xz",
    "application/x-7z-compressed",
    "application/epub+zip",
}


def gzip_level(head: HttpHead | None) -> int:
    """1 where the body is content-coded or of a compressed media type, else 6."""
    if head is None:
        return NORMAL
    if head.codings():
        return FAST
    mime = head.mime() or ""
    if mime in _PACKED_TYPES or (mime.startswith(_PACKED) and mime not in _UNPACKED):
        return FAST
    return NORMAL


class WarcWriter:
    """Appends to a binary file that is open for writing. Syncing and closing it is the caller's."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.offset = file.seek(0, 2)

    def write(self, record: Record, *, level: int = NORMAL) -> tuple[int, int]:
        """Append one record as one gzip member; its offset and length in bytes.

        The block is read piece by piece. If that fails, or gives other than the announced number of bytes, or the file
        takes no more (``OSError``), the file is cut back to where it was and the error goes up. Raises ``RecordRefused``.
        """
        head = record.head()
        start = self.offset
        try:
            end = start + self._member(head, record, level)
        except BaseException:
            self._file.seek(start)
            self._file.truncate(start)
            raise
        self.offset = end
        return start, end - start

    def _member(self, head: bytes, record: Record, level: int) -> int:
        packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
        written = self._put(packer.compress(head))
        seen = 0
        for piece in record.block.pieces():
            seen += len(piece)
            written += self._put(packer.compress(piece))
        if seen != record.block.length:
            raise RecordRefused(f"the block gave {seen} bytes where {record.block.length} were announced")
        return written + self._put(packer.compress(b"\r\n\r\n") + packer.flush())

    def _put(self, data: bytes) -> int:
        if data:
            view = memoryview(data)
            while view:  # a raw file may take less than all
                view = view[self._file.write(view) or 0 :]
        return len(data)
