"""Reading one record back by its reference: from the spool while its file is there, else by one ranged read of the store."""

from __future__ import annotations

import io
import os
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, cast

from archiver.catalog import Catalog
from archiver.errors import BlobMissing, NotHeld, RecordDamaged, Withheld
from archiver.model.access import Access
from archiver.model.keys import is_imported, manifest_key
from archiver.model.manifest import MAX_MANIFEST, BadRange, Manifest
from archiver.model.record import RecordRef
from archiver.records.spool import find_spooled
from archiver.store import Store
from archiver.warc import ReadRecord, begin_record, read_record

LARGE = 8_000_000
"""Bytes of a record as it is stored; of one that is larger no more than this is in memory at once."""
STEP = 1 << 18
"""Bytes that are had from the store at a time where a record is read no further than is asked for."""
KNOWN = 200
"""Imported files whose bad places are remembered."""


class RecordReader:
    """Reads records by reference, whether their file is still open, sealed, or in the store."""

    def __init__(self, spool_dir: Path, store: Store) -> None:
        self._spool_dir = spool_dir
        self._store = store
        self._bad_places = lru_cache(KNOWN)(self._read_bad_places)

    def read(self, ref: RecordRef) -> ReadRecord:
        """The record; a large one is read again piece by piece and never stands whole in memory.

        Raises ``BlobMissing``, ``StorageError`` or ``RecordDamaged``.
        """
        self._check(ref)
        strict = not is_imported(ref.file)
        if ref.length <= LARGE:
            return read_record(self._member(ref), file=ref.file, file_offset=ref.offset, strict=strict)
        stream, offset = self._large(ref)
        return read_record(
            stream, offset=offset, length=ref.length, file=ref.file, file_offset=ref.offset, strict=strict
        )

    def begin(self, ref: RecordRef) -> ReadRecord:
        """The record, of whose block no more is read than is asked for; its end and its check sum stay unseen.

        Raises as ``read``.
        """
        self._check(ref)
        strict = not is_imported(ref.file)
        spooled = self._open_spooled(ref)
        if spooled is None:
            stored = io.BufferedReader(_StoredFile(self._store, ref), STEP)
            try:
                return begin_record(
                    stored, offset=0, length=ref.length, file=ref.file, file_offset=ref.offset, strict=strict
                )
            except BlobMissing:
                spooled = self._open_spooled(ref)  # as in ``_member``
                if spooled is None:
                    raise
        return begin_record(
            spooled, offset=ref.offset, length=ref.length, file=ref.file, file_offset=ref.offset, strict=strict
        )

    def _check(self, ref: RecordRef) -> None:
        """Raise ``RecordDamaged`` where the manifest of an imported file says that there is no sound record."""
        try:
            places = self._bad_places(ref.file) if is_imported(ref.file) else ()
        except (BlobMissing, ValueError):
            return  # `archiver verify` names a manifest that is gone or damaged
        for place in places:
            if ref.offset < place.end and place.offset < ref.offset + ref.length:
                raise RecordDamaged(f"its manifest names it as bad ({place.why})", ref.file, place.offset)

    def _read_bad_places(self, file: str) -> tuple[BadRange, ...]:
        return Manifest.from_bytes(self._store.get(manifest_key(file), length=MAX_MANIFEST)).bad

    def _large(self, ref: RecordRef) -> tuple[BinaryIO, int]:
        """A stream that holds a record, and where in it the record begins."""
        spooled = self._open_spooled(ref)
        if spooled is not None:
            return spooled, ref.offset
        try:
            return self._copied(ref), 0
        except BlobMissing:
            spooled = self._open_spooled(ref)  # as in ``_member``
            if spooled is None:
                raise
            return spooled, ref.offset

    def _open_spooled(self, ref: RecordRef) -> BinaryIO | None:
        path = find_spooled(self._spool_dir, ref.file)
        try:
            return None if path is None else reopened(path)
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
            return reopened(file.fileno())

    def member(self, ref: RecordRef) -> bytes:
        """The record's bytes as they lie there: one gzip member. Raises as ``read`` does."""
        self._check(ref)
        return self._member(ref)

    def _member(self, ref: RecordRef) -> bytes:
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

    def _check(self, ref: RecordRef) -> None:
        """As in ``RecordReader``. Raises also ``Withheld`` for what is blocked, ``NotHeld`` for what is excluded."""
        access = self._catalog.access.of_record(ref)
        if access is Access.BLOCK:
            raise Withheld(f"the record at offset {ref.offset} of {ref.file}")
        if access is not Access.ALLOW:
            raise NotHeld(f"the record at offset {ref.offset} of {ref.file}")
        super()._check(ref)


class _Seekable(io.RawIOBase):
    """A file to read from that knows its place."""

    def __init__(self) -> None:
        super().__init__()
        self._at = 0

    def readable(self) -> bool:
        """See ``io.RawIOBase``."""
        return True

    def seekable(self) -> bool:
        """See ``io.RawIOBase``."""
        return True


class _StoredFile(_Seekable):
    """The stored bytes of a record, from 0 on, each had from the store when it is read."""

    def __init__(self, store: Store, ref: RecordRef) -> None:
        super().__init__()
        self._store = store
        self._ref = ref

    def readinto(self, buffer: Any) -> int:
        """See ``io.RawIOBase``."""
        ref = self._ref
        count = max(0, min(len(buffer), ref.length - self._at))
        data = self._store.get(ref.file, offset=ref.offset + self._at, length=count) if count else b""
        if len(data) != count:
            raise RecordDamaged(f"wanted {count} bytes, got {len(data)}", ref.file, ref.offset + self._at)
        buffer[:count] = data
        self._at += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """See ``io.RawIOBase``."""
        self._at = {os.SEEK_SET: 0, os.SEEK_CUR: self._at}.get(whence, self._ref.length) + offset
        return self._at


class _SharedFile(_Seekable):
    """A descriptor and a place of its own, for as long as a record reads from it; closed when the last one lets go of it."""

    def __init__(self, fd: int) -> None:
        super().__init__()
        self._fd = fd

    def readinto(self, buffer: Any) -> int:
        """See ``io.RawIOBase``."""
        count = os.preadv(self._fd, [buffer], self._at)
        self._at += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """See ``io.RawIOBase``."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at}.get(whence)
        self._at = (os.fstat(self._fd).st_size if base is None else base) + offset
        return self._at

    def close(self) -> None:
        """See ``io.RawIOBase``."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        super().close()


def reopened(file: Path | int) -> BinaryIO:
    """Open a path, or an open file once more by its descriptor. Raises ``OSError``."""
    fd = os.dup(file) if isinstance(file, int) else os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    return cast("BinaryIO", io.BufferedReader(_SharedFile(fd), 1 << 16))
