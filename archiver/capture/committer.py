"""The first commit: one writer thread appends records to the spool, syncs a group, writes its capture rows, and only then
lets the responses go up."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime

from archiver.capture.exchange import Exchange
from archiver.capture.records import EventRecords, records_of
from archiver.capture.rendering import Rendering, records_of_rendering
from archiver.capture.spoolfile import SpoolFile, WriterFacts
from archiver.catalog import Catalog
from archiver.errors import ArchiverError, RecordRefused, SpoolUnusable
from archiver.model.capture import Capture, Kind, Verdict
from archiver.model.digest import Digest
from archiver.model.instant import Clock, cut
from archiver.model.keys import warc_key, warc_name
from archiver.model.record import RecordId, RecordRef
from archiver.model.surt import surt
from archiver.model.url import clean_url
from archiver.records.spool import find_spooled
from archiver.sealing.recovery import OpenFile

GROUP = 64
"""Exchanges that share one sync and one transaction at most."""


@dataclass(frozen=True, slots=True)
class Committed:
    """What came of an exchange: its capture (None when no whole header block came) and the id of the record that describes it.
    Of a rendering there is no capture.

    ``new`` says that no capture of this URL was held before.
    """

    capture: Capture | None
    record_id: RecordId
    new: bool


@dataclass(slots=True)
class _Waiting:
    what: Exchange | Rendering
    future: Future[Committed]


class Committer:
    """Takes exchanges from any thread and commits them in groups from one.

    ``submit`` gives a future that resolves when the records are synced and the rows written. When spool or catalogue
    fail, that future and all later ones carry the error: nothing more can be kept, so nothing more may be fetched.
    Files that are full or old, with or without a new exchange, are handed to ``on_sealed`` (from the writer thread).
    ``left_open``: the file of an earlier run that this one goes on with. With ``keep_open`` the last file is left so too,
    unless it is full or old.
    """

    def __init__(
        self,
        catalog: Catalog,
        facts: WriterFacts,
        *,
        clock: Clock,
        on_sealed: Callable[[SpoolFile], None],
        left_open: OpenFile | None = None,
        keep_open: bool = False,
    ) -> None:
        self._catalog = catalog
        self._facts = facts
        self._clock = clock
        self._on_sealed = on_sealed
        self._file: SpoolFile | None = None
        self._left_open = left_open
        self._keep_open = keep_open
        self._serial = 0
        self._broken: ArchiverError | None = None
        self.bytes = 0
        self.files: list[str] = []
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="archiver-committer", daemon=True)
        self._thread.start()

    def submit(self, what: Exchange | Rendering) -> Future[Committed]:
        """Commit an exchange, or the rendering of a page whose exchange is committed; see the class."""
        future: Future[Committed] = Future()
        self._queue.put(_Waiting(what, future))
        return future

    def close(self) -> None:
        """Commit what waits, seal the open file and end the thread. Raises the error that broke it, if one did."""
        self._queue.put(None)
        self._thread.join()
        if self._broken is not None:
            raise self._broken

    def _run(self) -> None:
        over = False
        while not over:
            try:
                first = self._queue.get(timeout=self._until_old())
            except queue.Empty:
                self._seal_old()
                continue
            group, over = self._gather(first)
            self._commit(group)
        if self._left_open is not None and not self._keep_open and self._broken is None:
            # Nothing was written, and nobody is to go on with it: it is sealed with a warcinfo of this run at its end.
            self._broken = self._tried(self._open_file)
        if self._file is not None and self._broken is None:
            file = self._file
            self._broken = self._tried(lambda: self._leave(file) if self._may_stay_open(file) else self._seal(file))
        elif self._file is not None:
            self._file.abandon()

    @staticmethod
    def _tried(step: Callable[[], object]) -> ArchiverError | None:
        try:
            step()
        except ArchiverError as error:
            return error
        return None

    def _may_stay_open(self, file: SpoolFile) -> bool:
        young = file.age(self._clock.now()) < self._facts.max_age
        return self._keep_open and young and file.size < self._facts.max_size

    def _leave(self, file: SpoolFile) -> None:
        file.leave()
        self._file = None
        # Last of all: with another size than this, the file was torn by a run that was killed.
        self._catalog.files.left_open(file.key, size=file.size)

    def _until_old(self) -> float | None:
        """Seconds until the open file is to be sealed for its age; None when there is none."""
        if self._file is None or self._broken is not None:
            return None
        # A wait of a day may be longer than a lock's time-out may be; who wakes early looks again.
        return min(max(0.0, self._facts.max_age - self._file.age(self._clock.now())), 3600.0)

    def _seal_old(self) -> None:
        file = self._file
        if file is None or file.age(self._clock.now()) < self._facts.max_age:
            return
        try:
            self._seal(file)
        except ArchiverError as error:
            self._broken = error

    def _gather(self, first: _Waiting | None) -> tuple[list[_Waiting], bool]:
        if first is None:
            return [], True
        group = [first]
        while len(group) < GROUP:
            try:
                more = self._queue.get_nowait()
            except queue.Empty:
                break
            if more is None:
                return group, True
            group.append(more)
        return group, False

    def _commit(self, group: list[_Waiting]) -> None:
        if not group:
            return
        error = self._broken
        done: list[Committed | RecordRefused] = []
        if error is None:
            try:
                done = self._write(group)
            except ArchiverError as broken:
                error = self._broken = broken
            except Exception as bug:  # noqa: BLE001  an internal error must stop the run as loudly as a full disk
                error = self._broken = ArchiverError(f"records could not be written: {type(bug).__name__}: {bug}")
                error.__cause__ = bug
        for waiting in group:
            if isinstance(waiting.what, Exchange):
                waiting.what.response.close()
        if error is not None:
            for waiting in group:
                waiting.future.set_exception(error)
            return
        for waiting, result in zip(group, done, strict=True):
            if isinstance(result, RecordRefused):
                waiting.future.set_exception(result)
            else:
                waiting.future.set_result(result)

    def _write(self, group: list[_Waiting]) -> list[Committed | RecordRefused]:
        file = self._open_file()
        start = file.size
        written: list[tuple[EventRecords, Capture | None] | RecordRefused] = []
        try:
            for waiting in group:
                try:
                    written.append(self._append(file, waiting.what))
                except RecordRefused as refused:
                    # One page that no record may hold costs only itself.
                    written.append(refused)
            file.sync()
        except OSError as error:
            file.rewind(start)
            raise SpoolUnusable(str(file.path), error.strerror or str(error)) from error
        self.bytes += file.size - start
        captures = [item[1] for item in written if not isinstance(item, RecordRefused) and item[1] is not None]
        held = {capture.surt: self._catalog.captures.has_url(capture.surt) for capture in captures}
        self._catalog.captures.add(captures)
        done: list[Committed | RecordRefused] = []
        for item in written:
            if isinstance(item, RecordRefused):
                done.append(item)
                continue
            event, capture = item
            new = capture is not None and capture.kind is Kind.PAGE and not held[capture.surt]
            if capture is not None:
                held[capture.surt] = True
            done.append(Committed(capture, event.primary_record_id, new))
        if file.size >= self._facts.max_size or file.age(self._clock.now()) >= self._facts.max_age:
            self._seal(file)
        return done

    def _append(self, file: SpoolFile, what: Exchange | Rendering) -> tuple[EventRecords, Capture | None]:
        start = file.size
        if isinstance(what, Rendering):
            event = records_of_rendering(what, warcinfo=file.warcinfo)
        else:
            event = records_of(what, warcinfo=file.warcinfo, find_same=self._same)
        try:
            ref = file.append(event)
        except RecordRefused:
            file.rewind(start)
            raise
        return event, _row(what, event, ref, self._facts) if isinstance(what, Exchange) else None

    def _same(self, digest: Digest, length: int, surt: str) -> Capture | None:
        """A response with the same payload whose row is committed, so that no revisit points to what may be lost."""
        return self._catalog.captures.same_payload(digest, length=length, surt=surt)

    def _open_file(self) -> SpoolFile:
        if self._file is None and self._left_open is not None:
            self._file = self._reopened(self._left_open)
        if self._file is None:
            at = cut(self._clock.now())
            while self._is_taken(at):
                self._serial += 1
            self._file = SpoolFile.create(self._facts, at=at, serial=self._serial)
            self._serial += 1
            self.bytes += self._file.size
            self.files.append(self._file.key)
            self._catalog.files.opened(
                self._file.key, site=self._facts.site, run=self._facts.run, at=self._file.opened_at
            )
        return self._file

    def _reopened(self, left: OpenFile) -> SpoolFile:
        self._left_open = None
        file = SpoolFile.reopen(self._facts, left.key, at=cut(self._clock.now()), opened_at=left.opened_at)
        self._catalog.files.add_run(file.key, self._facts.run)
        self.bytes += file.size - left.size
        self.files.append(file.key)
        return file

    def _is_taken(self, at: datetime) -> bool:
        """Whether a file of this archive bears the next name: one may, after the clock was put back."""
        key = warc_key(warc_name(self._facts.site, at, serial=self._serial, host=self._facts.host))
        return self._catalog.files.get(key) is not None or find_spooled(self._facts.spool_dir, key) is not None

    def _seal(self, file: SpoolFile) -> None:
        file.seal()
        self._file = None
        self._catalog.files.sealed(file.key, at=cut(self._clock.now()), size=file.size)
        self._on_sealed(file)


def _row(exchange: Exchange, event: EventRecords, ref: RecordRef | None, facts: WriterFacts) -> Capture | None:
    if event.answer is None or event.head is None or event.block is None or ref is None:
        return None
    original = event.original
    digest = original.digest if original else event.block.payload_digest
    return Capture(
        url=event.url,
        surt=surt(event.url),
        at=cut(exchange.began_at),
        status=event.head.status,
        mime=event.head.mime(),
        digest=digest,
        record_type=event.answer.type,
        kind=event.kind,
        site=facts.site,
        run=facts.run,
        record_id=event.answer.id,
        record=ref,
        verdict=Verdict.REQUISITE if event.kind is Kind.REQUISITE else None,
        truncated=event.truncated,
        # As the metadata record has it, or a rebuilt row would differ.
        via=clean_url(exchange.via) if exchange.via else None,
        hop=exchange.hop,
        payload_sha256=None if original else event.block.payload_sha256,
        payload_length=None if original else event.block.body.length,
        refers_to=original.record_id if original else None,
        refers_to_url=original.url if original else None,
        refers_to_at=original.at if original else None,
        redirect=event.redirect,
        etag=event.head.get("etag"),
        last_modified=event.head.get("last-modified"),
    )
