"""One life of the archiver in a process of its own: it does its work with faults wrapped around the product's functions,
and may be killed (SIGKILL, by itself) before or after the n-th call of one of them. The product knows nothing of this.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from archiver.errors import ArchiverError


@dataclass
class Spec:
    """What a life does and what happens to it. ``kill`` and ``hurt`` are (point, n, when or errno name)."""

    home: str
    work: str  # crawl, recover or rebuild
    environment: dict[str, str]
    log: str
    connect_to: list[str] = field(default_factory=list)
    ca_file: str = ""
    limit: int | None = None
    kill: tuple[str, int, str] | None = None
    hurt: tuple[str, int, str] | None = None
    clock_shift: float = 0.0


def _points() -> dict[str, tuple[Any, str]]:
    """Every step at which a life may end, and the function that makes it."""
    from archiver.capture import committer, spoolfile
    from archiver.catalog import captures, files, frontier, journal, runs
    from archiver.ops import rebuild
    from archiver.sealing import finish, recovery, uploader
    from archiver.store import s3, s3_parts
    from archiver.warc import WarcWriter

    return {
        "record written": (WarcWriter, "write"),
        "group appended": (spoolfile.SpoolFile, "append"),
        "group synced": (spoolfile.SpoolFile, "sync"),
        "names synced": (spoolfile, "sync_directory"),
        "rows written": (captures.Captures, "add"),
        "file row opened": (files.Files, "opened"),
        "file sealed": (spoolfile.SpoolFile, "seal"),
        "file row sealed": (files.Files, "sealed"),
        "file row stored": (files.Files, "stored"),
        "committer seals": (committer.Committer, "_seal"),
        "torn tail cut": (recovery, "cut_torn_tail"),
        "leftovers settled": (recovery, "_sealed"),
        "file checked": (finish, "read_contents"),
        "file finished": (uploader, "finish"),
        "ingestion told": (finish, "record_event"),
        "object put": (s3.S3Store, "put"),
        "object sent": (s3.S3Store, "_put_whole"),
        "object verified": (s3.S3Store, "_verify"),
        "parts sent": (s3, "put_parts"),
        "part sent": (s3_parts, "_send"),
        "parts to be one": (s3_parts, "_check_sent"),
        "name moved": (Path, "rename"),
        "file removed": (Path, "unlink"),
        "rows leased": (frontier.Frontier, "lease"),
        "row done": (frontier.Frontier, "done"),
        "rows found": (frontier.Frontier, "add"),
        "run begun": (runs.Runs, "begin"),
        "run ended": (runs.Runs, "end"),
        "journal written": (journal.Journal, "record"),
        "journal stored": (journal.Journal, "stored"),
        "rebuild begins a file": (rebuild, "begin_row"),
        "rebuild ends a file": (rebuild, "restore_row"),
        "rebuild chains": (files.Files, "rechain"),
    }


POINTS = (
    "record written", "group appended", "group synced", "names synced", "rows written", "file row opened", "file sealed",
    "file row sealed", "file row stored", "committer seals", "torn tail cut", "leftovers settled", "file checked",
    "file finished", "ingestion told", "object put", "object sent", "object verified", "parts sent", "part sent",
    "parts to be one", "name moved", "file removed", "rows leased", "row done", "rows found", "run begun", "run ended",
    "journal written", "journal stored",
)  # fmt: skip
OFTEN = frozenset(
    {
        "record written",
        "group appended",
        "group synced",
        "rows written",
        "row done",
        "object put",
        "object sent",
        "object verified",
    }
)
REBUILD_POINTS = (
    "rows written",
    "rebuild begins a file",
    "rebuild ends a file",
    "rebuild chains",
    "run begun",
    "run ended",
)
HURTS = (
    ("record written", "ENOSPC"),
    ("group synced", "EIO"),
    ("group synced", "ENOSPC"),
    ("spool file made", "EMFILE"),
    ("spool file made", "EROFS"),
    ("name moved", "EROFS"),
    ("file checked", "EMFILE"),
    ("file checked", "EIO"),
    ("file removed", "EROFS"),
    ("torn tail cut", "EIO"),
)


class _Log:
    """Lines that are on the disk's cache before the process may die: one write each."""

    def __init__(self, path: str) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def say(self, *words: str) -> None:
        os.write(self._fd, ("\t".join(words) + "\n").encode())


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def _wrap(owner: Any, name: str, around: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    setattr(owner, name, around(getattr(owner, name)))


def _kill(spec: Spec, log: _Log) -> None:
    assert spec.kill is not None
    point, number, when = spec.kill
    owner, name = _points()[point]
    calls = 0

    def around(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            mine = calls == number
            if mine and when == "before":
                log.say("fault", f"kill before: {point}")
                _die()
            result = original(*arguments, **named)
            if mine and when == "torn" and point == "record written":
                offset, length = result
                os.ftruncate(arguments[0]._file.fileno(), offset + length // 2)
                log.say("fault", f"kill inside: {point}")
                _die()
            if mine:
                log.say("fault", f"kill after: {point}")
                _die()
            return result

        return call

    _wrap(owner, name, around)


def _hurt(spec: Spec, log: _Log) -> None:
    assert spec.hurt is not None
    point, number, code = spec.hurt
    owner, name = (Path, "open") if point == "spool file made" else _points()[point]
    calls = 0

    def around(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal calls
            if point == "spool file made" and "xb" not in arguments:
                return original(*arguments, **named)
            if point == "file removed" and not str(arguments[0]).endswith(".warc.gz"):
                return original(*arguments, **named)
            if point == "name moved" and not str(arguments[0]).endswith(".open"):
                return original(*arguments, **named)
            calls += 1
            if calls == number:
                log.say("fault", f"{code}: {point}")
                if point == "record written":
                    # A full disk takes a part of the bytes.
                    offset, length = original(*arguments, **named)
                    os.ftruncate(arguments[0]._file.fileno(), offset + length // 3)
                number_of = getattr(errno, code)
                raise OSError(number_of, os.strerror(number_of))
            return original(*arguments, **named)

        return call

    _wrap(owner, name, around)


def _acknowledge(log: _Log) -> None:
    """Write down each capture whose commit was acknowledged."""
    from archiver.fetch.run.session import RunSession

    def around(original: Callable[..., Any]) -> Callable[..., Any]:
        def count(self: Any, future: Any) -> None:
            if future.exception() is None and future.result().capture is not None:
                log.say("ack", future.result().record_id)
            original(self, future)

        return count

    _wrap(RunSession, "_count", around)


def _shift(seconds: float, log: _Log) -> None:
    """The clock jumps after a second."""
    from archiver.model.instant import SystemClock

    began = time.monotonic()
    log.say("fault", "clock put " + ("back" if seconds < 0 else "forward"))

    def around(original: Callable[..., Any]) -> Callable[..., Any]:
        def now(self: Any) -> Any:
            return original(self) + timedelta(seconds=seconds if time.monotonic() - began > 1 else 0)

        return now

    _wrap(SystemClock, "now", around)


def _hurry() -> None:
    """Waits of a test: the order of the tries is the product's own, only shorter."""
    from archiver.sealing import uploader
    from archiver.store.retry import RetryingStore

    RetryingStore.__init__.__kwdefaults__.update(first_wait=0.02, longest_wait=0.2)
    uploader.Uploader.__init__.__kwdefaults__.update(first_wait=0.05, longest_wait=0.5)


def live(spec: Spec) -> None:
    """The child's whole life; its exit code is the command's."""
    error_log = os.open(f"{spec.log}.err", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(error_log, 2)
    os.environ.update(spec.environment)
    log = _Log(spec.log)
    _hurry()
    _acknowledge(log)
    if spec.clock_shift:
        _shift(spec.clock_shift, log)
    if spec.hurt:
        _hurt(spec, log)
    if spec.kill:
        _kill(spec, log)
    try:
        code = _work(spec)
    except ArchiverError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        code = error.exit_code
    sys.stderr.flush()
    os._exit(code)


def _work(spec: Spec) -> int:
    from archiver.config import load

    config = load(Path(spec.home))
    if spec.work == "recover":
        from archiver.ops.recover import recover

        return next((error.exit_code for error in recover(config).failed.values()), 0)
    if spec.work == "rebuild":
        from archiver.ops.rebuild import rebuild

        return 8 if rebuild(config).problems else 0
    from archiver.config.sites import find_site
    from archiver.fetch.run.crawl import CrawlOptions, crawl

    config = config.with_fetch(connect_to=tuple(spec.connect_to), ca_file=spec.ca_file)
    crawl(
        config,
        find_site("vietnam.vn", config),
        options=CrawlOptions(limit=spec.limit, concurrency=8, extract=False),
        log_level="ERROR",
    )
    return 0
