"""A spool file: the WARC that a run is writing."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

from archiver import warc
from archiver.capture.records import EventRecords
from archiver.errors import SpoolUnusable
from archiver.model.keys import name_of, warc_key, warc_name
from archiver.model.record import BlobKey, RecordId, RecordRef
from archiver.records.spool import open_path, sealed_path, sync_directory


@dataclass(frozen=True, slots=True)
class WriterFacts:
    """What every file of a run has in common: where it lies, whose it is, when it is full, what its warcinfo says.

    ``max_size`` in bytes, ``max_age`` in seconds; ``warcinfo`` are the fields of the warcinfo record.
    """

    spool_dir: Path
    site: str
    run: str
    host: str
    max_size: int
    max_age: float
    warcinfo: Mapping[str, str] = field(default_factory=dict)


class SpoolFile:
    """One open WARC. Every error of the file system becomes ``SpoolUnusable`` at its edges."""

    def __init__(self, path: Path, key: BlobKey, file: BinaryIO, *, opened_at: datetime, warcinfo: RecordId) -> None:
        self.path = path
        self.key = key
        self.opened_at = opened_at
        self.warcinfo = warcinfo
        self._begun = time.monotonic()
        self._file = file
        self._writer = warc.WarcWriter(file)

    @classmethod
    def create(cls, facts: WriterFacts, *, at: datetime, serial: int) -> SpoolFile:
        """Open a new file with its warcinfo record, synced. Raises ``SpoolUnusable``."""
        name = warc_name(facts.site, at, serial=serial, host=facts.host)
        key = warc_key(name)
        path = open_path(facts.spool_dir, key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Unbuffered: a write that fails leaves nothing behind that a later flush would bring.
            file = cast("BinaryIO", path.open("xb", buffering=0))
            spool_file = cls(path, key, file, opened_at=at, warcinfo=warc.new_record_id())
            info = warc.warcinfo(at, filename=name, fields=facts.warcinfo.items(), id=spool_file.warcinfo)
            spool_file._writer.write(info)
            spool_file.sync()
            sync_directory(path.parent)
        except OSError as error:
            raise SpoolUnusable(str(path), error.strerror or str(error)) from error
        return spool_file

    @classmethod
    def reopen(cls, facts: WriterFacts, key: BlobKey, *, at: datetime, opened_at: datetime) -> SpoolFile:
        """Go on with a file that another run left open and whole, after a warcinfo record of this run, synced.

        Raises ``SpoolUnusable``."""
        path = open_path(facts.spool_dir, key)
        try:
            file = cast("BinaryIO", path.open("r+b", buffering=0))
            spool_file = cls(path, key, file, opened_at=opened_at, warcinfo=warc.new_record_id())
            start = spool_file.size
            info = warc.warcinfo(at, filename=name_of(key), fields=facts.warcinfo.items(), id=spool_file.warcinfo)
            try:
                spool_file._writer.write(info)
                spool_file.sync()
            except OSError:
                spool_file.rewind(start)
                raise
        except OSError as error:
            raise SpoolUnusable(str(path), error.strerror or str(error)) from error
        return spool_file

    def age(self, now: datetime) -> float:
        """Seconds since it was opened; a clock that was put back makes no file young again."""
        return max((now - self.opened_at).total_seconds(), time.monotonic() - self._begun)

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._writer.offset

    def append(self, event: EventRecords) -> RecordRef | None:
        """Append the records of an event; where its response or revisit lies, if it has one. Raises ``OSError``."""
        ref: RecordRef | None = None
        for record, level in event.records:
            offset, length = self._writer.write(record, level=level)
            if record is event.answer:
                ref = RecordRef(self.key, offset, length)
        return ref

    def sync(self) -> None:
        """Force what was appended to the disk."""
        os.fdatasync(self._file.fileno())

    def rewind(self, size: int) -> None:
        """Drop what was appended after ``size``: a group that could not be written whole leaves nothing behind."""
        try:
            self._file.truncate(size)
            self._file.seek(size)
            self._writer.offset = size
        except OSError:
            # The disk that refused the write may refuse this too; recovery cuts the torn tail.
            return

    def seal(self) -> None:
        """Close the file under its final name. Raises ``SpoolUnusable``."""
        try:
            self.sync()
            self._file.close()
            sealed = sealed_path(self.path.parent.parent, self.key)
            self.path.rename(sealed)
            sync_directory(sealed.parent)
        except OSError as error:
            raise SpoolUnusable(str(self.path), error.strerror or str(error)) from error
        self.path = sealed

    def leave(self) -> None:
        """Close the file under the name that it has, for the site's next run. Raises ``SpoolUnusable``."""
        try:
            self.sync()
            self._file.close()
        except OSError as error:
            raise SpoolUnusable(str(self.path), error.strerror or str(error)) from error

    def abandon(self) -> None:
        """Close the file as it is, for recovery to look after."""
        self._file.close()

    @property
    def name(self) -> str:
        """The file's name in the store."""
        return name_of(self.key)
