"""The journal in the store: one object for each entry, written once, so that what was decided outlives the catalogue."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from archiver.catalog import Catalog, JournalEntry
from archiver.errors import DamageFound
from archiver.model.instant import cut, rfc3339
from archiver.model.keys import journal_key
from archiver.model.record import BlobKey
from archiver.model.run import Outcome, Run
from archiver.model.sitemodel import SiteModel
from archiver.store import Store

SITE = "site"
"""A site file that was in force: ``site``, ``digest`` (SHA-256, hex) and ``toml``, its text."""
OWN = "own"
"""In a site entry: that the file is the archive's own, from its ``sites/``."""
RUN = "run"
"""A run that has ended, with its outcome and counts."""
EVENT = "event"
"""What was done to an object; see ``journal.events``."""
SCHEDULE = "schedule"
"""A schedule as it was made or changed: ``model.schedule.Schedule.as_json``. The highest ``revision`` counts."""
SLOTS = "slots"
"""Slots that ended, under ``slots``: each as ``model.schedule.Slot.as_json``."""

MODEL = "model"
"""What was learnt of a site's templates: ``site``, ``version`` and ``model``; the last two are null where nothing is in force any more."""

MAX_ENTRY = 16_000_000
"""Bytes of one entry that are read."""
_COUNTS = ("captures", "pages", "new", "revisits", "failed", "bytes", "articles")


def key_of(entry: JournalEntry) -> BlobKey:
    """Where an entry lies in the store."""
    return journal_key(entry.id, entry.at)


def entry_bytes(entry: JournalEntry) -> bytes:
    """The bytes of an entry's object: canonical JSON, so that the catalogue can say what they must be."""
    data = {"id": entry.id, "at": rfc3339(entry.at), "kind": entry.kind, "body": dict(entry.body)}
    return (json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()


def entry_of(data: bytes) -> JournalEntry:
    """The entry of an object, as stored. Raises ``ValueError`` when the bytes are none."""
    raw = json.loads(data)
    try:
        entry_id, at, kind, body = raw["id"], raw["at"], raw["kind"], raw["body"]
    except (TypeError, KeyError) as error:
        raise ValueError(f"not a journal entry: {data[:80]!r}") from error
    if not (isinstance(entry_id, str) and isinstance(at, str) and isinstance(kind, str) and isinstance(body, dict)):
        raise ValueError(f"not a journal entry: {data[:80]!r}")  # noqa: TRY004  it is a wrong text
    return JournalEntry(entry_id, cut(datetime.fromisoformat(at)), kind, body, stored=True)


def store_entry(entry: JournalEntry, *, catalog: Catalog, store: Store) -> None:
    """Put one entry into the store and say so in the catalogue. May be done again."""
    data = entry_bytes(entry)
    store.put(key_of(entry), data, sha256=hashlib.sha256(data).hexdigest(), metadata={"kind": entry.kind})
    catalog.journal.stored(entry.id)


def store_pending(catalog: Catalog, store: Store) -> int:
    """Put every entry into the store that is not there yet; how many. Raises ``StorageError``; what is left waits."""
    count = 0
    for entry in catalog.journal.find(stored=False):
        store_entry(entry, catalog=catalog, store=store)
        count += 1
    return count


def read_entry(key: str, store: Store) -> JournalEntry:
    """The entry under a key. Raises ``DamageFound`` when it is none or another's, ``StorageError``."""
    try:
        entry = entry_of(store.get(key, length=MAX_ENTRY))
    except ValueError as error:
        raise DamageFound(f"journal object {key!r} is damaged: {error}") from error
    if key_of(entry) != key:
        raise DamageFound(f"journal object {key!r} holds the entry {entry.id[:40]!r}")
    return entry


def keep_site_file(site: str, data: bytes, *, own: bool, catalog: Catalog) -> JournalEntry:
    """Write down a site file that is in force now, if it is not the last one written down of its site; ``own``: it is the
    archive's, and not one that came with a package. It goes to the store with the next ``store_pending``."""
    body: dict[str, object] = {"site": site, "digest": hashlib.sha256(data).hexdigest(), "toml": data.decode("utf-8")}
    if own:
        body[OWN] = True
    last = catalog.journal.latest(SITE, site=site)
    return last if last is not None and last.body == body else catalog.journal.record(SITE, body)


def keep_run(run: Run, *, catalog: Catalog) -> JournalEntry:
    """Write down how a run ended. It goes to the store with the next ``store_pending``."""
    return catalog.journal.record(RUN, {**run.as_json(), "site_digest": run.site_digest})


def keep_model(model: SiteModel, *, catalog: Catalog) -> bool:
    """Write down a site's learnt model, which is its newest from now on; whether it says anything new. It goes to the store with the next
    ``store_pending``."""
    known = catalog.journal.latest(MODEL, site=model.site)
    if known is not None and known.body.get("version") == model.version:
        return False
    catalog.journal.record(MODEL, {"site": model.site, "version": model.version, "model": model.as_json()})
    return True


def withdraw_model(site: str, *, catalog: Catalog) -> None:
    """Put the model that a site had before in the place of the one in force, or none where there was none. Goes to the store as ``keep_model``."""
    in_force: list[Mapping[str, Any]] = []
    for entry in catalog.journal.find(MODEL):
        if entry.body.get("site") != site:
            continue
        if any(body.get("version") == entry.body.get("version") for body in in_force):
            # One that came back: those after it were withdrawn.
            while in_force[-1].get("version") != entry.body.get("version"):
                in_force.pop()
        elif entry.body.get("version") is None:
            in_force.clear()
        else:
            in_force.append(entry.body)
    if in_force:
        before = in_force[-2] if len(in_force) > 1 else {"site": site, "version": None, "model": None}
        catalog.journal.record(MODEL, before)


def model_of(body: Mapping[str, Any]) -> SiteModel:
    """The model that an entry of kind ``model`` holds. Raises ``ValueError``."""
    return SiteModel.from_bytes(json.dumps(body.get("model")).encode())


def run_of(body: Mapping[str, Any]) -> Run:
    """The run that an entry of kind ``run`` describes. Raises ``ValueError``."""
    try:
        ended = body["ended_at"]
        counts: dict[str, Any] = {name: int(body[name]) for name in _COUNTS}
        return Run(
            id=str(body["run"]),
            site=str(body["site"]),
            started_at=datetime.fromisoformat(body["started_at"]),
            ended_at=datetime.fromisoformat(ended) if ended else None,
            outcome=Outcome(body["outcome"]) if body["outcome"] else None,
            files=tuple(str(key) for key in body["files"]),
            site_digest=str(body["site_digest"]),
            **counts,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a run: {type(error).__name__}: {error}") from error
