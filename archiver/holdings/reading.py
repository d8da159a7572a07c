"""Reading one record back by its reference: from the spool while its file is there, else by one ranged read of the store."""

from __future__ import annotations

from pathlib import Path

from archiver.errors import BlobMissing, RecordDamaged
from archiver.holdings.spool import find_spooled
from archiver.model.record import RecordRef
from archiver.store import Store
from archiver.warc import ReadRecord, read_record


class RecordReader:
    """Reads records by reference, whether their file is still open, sealed, or in the store."""

    def __init__(self, spool_dir: Path, store: Store) -> None:
        self._spool_dir = spool_dir
        self._store = store

    def read(self, ref: RecordRef) -> ReadRecord:
        """The record. Raises ``BlobMissing``, ``StorageError`` or ``RecordDamaged``."""
        return read_record(self.member(ref), file=ref.file, file_offset=ref.offset)

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
