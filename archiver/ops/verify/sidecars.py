"""Article sidecars, and objects of the archiver's other tools: gzip and JSON that can be read, of captures that are known."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from archiver.articles.sidecar import sidecar_bytes
from archiver.catalog import FileState
from archiver.model.keys import extractor_of, warcs_of
from archiver.ops.damage import Damage, DamageKind
from archiver.ops.scratch import Fetched
from archiver.ops.verify.mend import Spare
from archiver.ops.verify.sweep import Sweep
from archiver.store.port import legal_keys

MAX_LINE = 64_000_000
UNREADABLE = (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError)
"""What reading a damaged sidecar raises."""


def check_sidecars(sweep: Sweep) -> None:
    """Check the sidecars that lie in the store, then ask for those that were written and are not there."""
    for key in legal_keys(sweep.store, "articles/"):
        warc = _warc_of(sweep, key)
        if warc is not None and sweep.due.is_due(key, sweep.last_checked(key)):
            _check(sweep, key, warc)
    for check in sweep.catalog.checks.find("articles/"):
        warc = _warc_of(sweep, check.key)
        if warc is not None and check.key not in sweep.bad and sweep.store.stat(check.key) is None:
            sweep.object(check.key, "sidecar", sha256=check.sha256, spare=_spare(sweep, check.key, warc))


def _warc_of(sweep: Sweep, key: str) -> str | None:
    for warc in warcs_of(key):
        row = sweep.catalog.files.get(warc)
        if row is not None:
            # What was read of a file that is gone went with it.
            return None if row.state is FileState.REPLACED else warc
    return None


def _spare(sweep: Sweep, key: str, warc: str) -> Spare | None:
    extractor = extractor_of(key)
    if extractor is None or sweep.catalog.readings.unread(extractor, file=warc, limit=1):
        return None
    return lambda: sidecar_bytes(warc, extractor, catalog=sweep.catalog)[0]


def _check(sweep: Sweep, key: str, warc: str) -> None:
    check = sweep.catalog.checks.get(key)
    sha256 = check.sha256 if check else None
    if sha256 is None:
        stat = sweep.store.stat(key)
        sha256 = stat.sha256 if stat else None
    spare = _spare(sweep, key, warc)

    def locate(fetched: Fetched, damage: Damage) -> Sequence[Damage]:
        return _if_another(sweep, fetched, damage, warc=warc)

    fetched = sweep.object(key, "sidecar", sha256=sha256, spare=spare, locate=locate)
    if fetched is None or key in sweep.bad:
        return
    try:
        stranger = _stranger(sweep, fetched.path, warc)
    except UNREADABLE:
        # Its checksum was not known, but these are not lines that the archiver writes.
        sweep.damaged(key, "sidecar", fetched, sha256=None, spare=spare)
        return
    if stranger is not None:
        sweep.problem(
            Damage(DamageKind.SWAPPED, key, expected=f"pages of {warc}", found=f"a line of the record {stranger}")
        )


def _if_another(sweep: Sweep, fetched: Fetched, damage: Damage, *, warc: str) -> Sequence[Damage]:
    """Whether the bytes are the sidecar of another WARC."""
    try:
        stranger = _stranger(sweep, fetched.path, warc)
    except UNREADABLE:
        return [damage]
    if stranger is None:
        return [damage]
    return [replace(damage, kind=DamageKind.SWAPPED, offset=None, found=f"{damage.found}, of the record {stranger}")]


def _stranger(sweep: Sweep, path: Path, warc: str) -> str | None:
    """A record id of a sidecar whose lines are all of another WARC's captures. Raises what reading it raises.

    It is read to its end, for the check sum stands there. Lines of captures that have no row say nothing.
    """
    own = False
    stranger = None
    with gzip.open(path) as lines:
        while line := lines.readline(MAX_LINE):
            record_id = str(json.loads(line)["record_id"])
            capture = sweep.catalog.captures.by_record(record_id)
            own = own or (capture is not None and capture.record.file == warc)
            if stranger is None and capture is not None and capture.record.file:
                stranger = record_id
    return None if own else stranger
