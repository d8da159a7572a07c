"""Journal objects, compared with the catalogue's entries."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from archiver.catalog import JournalEntry
from archiver.journal.objects import entry_bytes, entry_of, key_of
from archiver.ops.damage import Damage, DamageKind
from archiver.ops.scratch import Fetched
from archiver.ops.verify.sweep import Sweep


def check_journal(sweep: Sweep) -> None:
    """Check the object of every entry that is said to be stored."""
    for entry in sweep.catalog.journal.find(stored=True):
        key = key_of(entry)
        last = sweep.last_checked(key)
        if sweep.due.is_due(key, last or entry.at):
            _check(sweep, key, entry)


def _check(sweep: Sweep, key: str, entry: JournalEntry) -> None:
    data = entry_bytes(entry)
    sha256 = hashlib.sha256(data).hexdigest()
    fetched = sweep.read(key, "entry")
    if fetched is not None and fetched.sha256 == sha256:
        sweep.sound(key, fetched)
        return
    own = None if fetched is None else _self_consistent(sweep, key, fetched)
    if fetched is not None and own is not None:
        if sweep.mends:
            sweep.catalog.journal.put_back(own)
        sweep.sound(key, fetched)
        sweep.problem(
            Damage(
                DamageKind.ROW_WITHOUT_RECORD,
                key,
                expected=f"the entry as it is stored, sha256:{fetched.sha256}",
                found=f"a row that says otherwise, sha256:{sha256}",
                repaired=sweep.mends,
            )
        )
        return
    sweep.damaged(key, "entry", fetched, sha256=sha256, size=len(data), spare=lambda: data, locate=_if_another)


def _if_another(fetched: Fetched, damage: Damage) -> Sequence[Damage]:
    """Whether the bytes are another entry's."""
    try:
        other = key_of(entry_of(fetched.path.read_bytes()))
    except ValueError:
        return [damage]
    if other != damage.key:
        damage = replace(damage, kind=DamageKind.SWAPPED, offset=None, found=f"{damage.found}, the bytes of {other}")
    return [damage]


def _self_consistent(sweep: Sweep, key: str, fetched: Fetched) -> JournalEntry | None:
    """The stored entry, when it is not it that is wrong but the row: it has the checksum that it was put with."""
    stat = sweep.store.stat(key)
    if stat is None or stat.sha256 != fetched.sha256:
        return None
    try:
        own = entry_of(fetched.path.read_bytes())
    except ValueError:
        return None
    return own if key_of(own) == key else None
