"""Reading one record back by its reference: from the spool while its file is there, else by one ranged read of the store."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import BinaryIO

from archiver.catalog import Catalog
from archiver.errors import BlobMissing, NotHeld, RecordDamaged, Withheld
from archiver.model.access import Access
from archiver.model.keys import is_imported
from archiver.model.record import RecordRef
from archiver.records.shared_file import held_open
from archiver.records.spool import find_spooled
from archiver.store import Store
from archiver.warc import ReadRecord, read_record

LARGE = 8_000_000
"""Bytes of a record as it is stored; of one that is larger no more than this is in memory at once."""


class RecordReader:
    """Reads records by reference, whether their file is still open, sealed, or in the store."""

    def __init__(self, spool_dir: Path, store: Store) -> None:
        self._spool_dir = spool_dir
        self._store = store

    def read(self, ref: RecordRef) -> ReadRecord:
        """The record; a large one is read again piece by piece and never stands whole in memory.

        Raises ``BlobMissing``, ``StorageError`` or ``RecordDamaged``.
        """
        if ref.length <= LARGE:
            return read_record(
                self.member(ref), file=ref.file, file_offset=ref.offset, strict=not is_imported(ref.file)
            )
        stream, offset = self._large(ref)
        return read_record(
            stream,
            offset=offset,
            length=ref.length,
            file=ref.file,
            file_offset=ref.offset,
            strict=not is_imported(ref.file),
        )

    def _large(self, ref: RecordRef) -> tuple[BinaryIO, int]:
        """A stream that holds a record, and where in it the record begins."""
        spooled = self._open_spooled(ref)
        if spooled is not None:
            return spooled, ref.offset
        try:
            return self._copied(ref), 0
        except BlobMissing:
            spooled = self._open_spooled(ref)  # as in ``member``
            if spooled is None:
                raise
            return spooled, ref.offset

    def _open_spooled(self, ref: RecordRef) -> BinaryIO | None:
        path = find_spooled(self._spool_dir, ref.file)
        try:
            return None if path is None else held_open(path)
        except FileNotFoundError:
            return None

    def _copied(self, ref: RecordRef) -> BinaryIO:
        with tempfile.TemporaryFile(prefix="archiver-") as file:
            end = ref.offset + ref.length
            for start in range(ref.offset, end, LARGE):
                length = min(LARGE, end - start)
                data = self._store.get(ref.file, offset=start, length=length)
                if len(data) != length:
                    raise RecordDamaged(f"wanted {length} bytes, got {len(data)}", ref.file, start)
                file.write(data)
            file.flush()
            return held_open(file.fileno())

    def member(self, ref: RecordRef) -> bytes:
        """The record's bytes as they lie there: one gzip member."""
        try:
            data = self._from_spool(ref) or self._store.get(ref.file, offset=ref.offset, length=ref.length)
        except BlobMissing:
            # The file may have been sealed, stored and removed between our two looks, or not stored yet.
            spooled = self._from_spool(ref)
            if spooled is None:
                raise
            data = spooled
        if len(data) != ref.length:
            raise RecordDamaged(f"wanted {ref.length} bytes, got {len(data)}", ref.file, ref.offset)
        return data

    def _from_spool(self, ref: RecordRef) -> bytes | None:
        path = find_spooled(self._spool_dir, ref.file)
        if path is None:
            return None
        try:
            with path.open("rb") as file:
                file.seek(ref.offset)
                return file.read(ref.length)
        except FileNotFoundError:
            return None


class ReadersReader(RecordReader):
    """The same for readers: what the access rules withhold is not read, whoever found its reference and how."""

    def __init__(self, spool_dir: Path, store: Store, *, catalog: Catalog) -> None:
        super().__init__(spool_dir, store)
        self._catalog = catalog

    def read(self, ref: RecordRef) -> ReadRecord:
        """As ``RecordReader.read``. Raises ``Withheld`` for what is blocked, ``NotHeld`` for what is excluded."""
        self._check(ref)
        return super().read(ref)

    def member(self, ref: RecordRef) -> bytes:
        """As ``RecordReader.member``, and raises as ``read`` does."""
        self._check(ref)
        return super().member(ref)

    def _check(self, ref: RecordRef) -> None:
        access = self._catalog.access.of_record(ref)
        if access is Access.BLOCK:
            raise Withheld(f"the record at offset {ref.offset} of {ref.file}")
        if access is not Access.ALLOW:
            raise NotHeld(f"the record at offset {ref.offset} of {ref.file}")
