"""Takedown: what may no longer be shown, found, or kept.

``block`` and ``hide`` are access rules with a reason. ``delete`` also removes the bytes: each stored WARC with records of the
target is written anew without them, under a new name, with a tombstone record in the place of each capture; the new file's
manifest names the one that it stands for, whose own manifest stays, so that the chain still explains itself. The order is
journal, new file, rows, old objects: a takedown that was broken off is taken up again by ``resume``, and by ``archiver recover``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice

from archiver.capture.lock import SiteLock
from archiver.catalog import CaptureFilter, Catalog, FileState, JournalEntry
from archiver.config import Config
from archiver.config.home import prepare_home
from archiver.errors import DamageFound, NotHeld, UsageError
from archiver.journal.events import SUCCESS, EventType, record_event
from archiver.journal.objects import store_pending
from archiver.model.access import Access, Match, ranges_of
from archiver.model.capture import Capture
from archiver.model.instant import Clock, SystemClock
from archiver.model.keys import cdxj_key, stamp_of
from archiver.ops.access import add_rule
from archiver.ops.scratch import scratch
from archiver.ops.takedown_file import TOLD, Mode, Rewriting, TakedownTarget, TakenDown
from archiver.sealing.recovery import recover_site
from archiver.search import SearchIndex
from archiver.store import Store, open_store
from archiver.store.port import sidecar_keys

TAKEDOWN = "takedown"
"""The journal's kind: ``mode``, ``match``, ``url``, ``reason``, ``actor``, ``rule`` (the access rule) and ``files``."""
DONE = "takedown-done"
"""A takedown that was carried out: ``takedown`` (its id), ``files`` (old key to new), ``captures`` and what is left."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What a takedown would touch: numbers of captures, URLs and WARC files, some of the URLs, and whether a takedown of that
    very target was decided before."""

    captures: int
    urls: int
    files: int
    some: tuple[str, ...]
    decided: bool

    def as_json(self) -> dict[str, object]:
        """The shape of ``archiver takedown --dry-run --json``."""
        return {
            "captures": self.captures,
            "urls": self.urls,
            "files": self.files,
            "some_urls": list(self.some),
            "decided_before": self.decided,
        }


def would_touch(config: Config, *, match: Match, url: str, clock: Clock | None = None) -> Touched:
    """What a takedown of a target would touch; changes nothing. Raises ``UsageError`` for no target, and ``NotHeld`` where nothing
    matches and no takedown of it was decided before."""
    ranges_of(match, url)
    with Catalog.open(config.catalog_url, clock=clock or SystemClock()) as catalog:
        captures, urls, files = 0, dict[str, None](), set[str]()
        for capture in _captures(catalog, match, url):
            captures += 1
            urls[capture.url] = None
            files.add(capture.record.file)
        before = any(
            entry.body["match"] == match.value and entry.body["url"] == url for entry in catalog.journal.find(TAKEDOWN)
        )
    if not captures and not before:
        raise NotHeld(url, "to keep it from being taken at all: archiver access add")
    return Touched(captures, len(urls), len(files), tuple(islice(urls, TOLD)), before)


def takedown(
    config: Config,
    *,
    mode: Mode,
    match: Match,
    url: str,
    reason: str,
    actor: str,
    replica: Store | None = None,
    on_file: Callable[[str], None] = lambda _: None,
    clock: Clock | None = None,
) -> TakenDown:
    """Take down what ``match`` and ``url`` name. ``replica`` is a second store from which deleted bytes go at once;
    ``archiver replicate`` removes them from every other.

    Raises ``UsageError``, ``Busy`` while a run of an affected site is under way (nothing has been changed then),
    ``StorageError``, ``DamageFound`` for a WARC that cannot be read whole; the same call, or ``resume``, goes on later.
    """
    clock = clock or SystemClock()
    ranges_of(match, url)
    if not reason.strip():
        raise UsageError("a takedown needs a reason (--reason): somebody will ask for it in years")
    prepare_home(config)
    store = open_store(config)
    with Catalog.open(config.catalog_url, clock=clock) as catalog:
        if mode is not Mode.DELETE:
            entry = _decide(catalog, mode=mode, match=match, url=url, reason=reason, actor=actor)
            store_pending(catalog, store)
            count = sum(1 for _ in _captures(catalog, match, url))
            return TakenDown(entry.id, mode, str(entry.body["rule"]), count)
        store.check()
        if replica is not None:
            replica.check()
        _refuse_imported(catalog, match, url)
        with _locked(config, (c.site for c in _captures(catalog, match, url))):
            _settle(config, catalog, store, match=match, url=url)
            entry = _decide(catalog, mode=mode, match=match, url=url, reason=reason, actor=actor)
            store_pending(catalog, store)
            return _carry_out(config, entry, catalog=catalog, store=store, replica=replica, on_file=on_file)


def resume(
    config: Config, *, on_file: Callable[[str], None] = lambda _: None, clock: Clock | None = None
) -> list[TakenDown]:
    """Go on with every deletion that was broken off. Raises as ``takedown`` does."""
    clock = clock or SystemClock()
    prepare_home(config)
    store = open_store(config)
    done = []
    with Catalog.open(config.catalog_url, clock=clock) as catalog:
        finished = {str(entry.body.get("takedown")) for entry in catalog.journal.find(DONE)}
        for entry in list(catalog.journal.find(TAKEDOWN)):
            if entry.body["mode"] == Mode.DELETE.value and entry.id not in finished:
                store.check()
                with _locked(config, map(_site, entry.body["files"])):
                    done.append(_carry_out(config, entry, catalog=catalog, store=store, replica=None, on_file=on_file))
    return done


@contextmanager
def _locked(config: Config, sites: Iterable[str]) -> Iterator[None]:
    """Take the locks of several sites at once. Raises ``Busy``, with none taken then."""
    with ExitStack() as locks:
        for site in sorted(set(sites)):
            locks.enter_context(SiteLock(config.spool_dir, site, owner="takedown"))
        yield


def _decide(catalog: Catalog, *, mode: Mode, match: Match, url: str, reason: str, actor: str) -> JournalEntry:
    """The rule comes first: from then on it is not shown, whatever happens to the rest."""
    access = Access.EXCLUDE if mode is Mode.HIDE else Access.BLOCK
    rule = add_rule(catalog, access=access, match=match, url=url, reason=reason, actor=actor)
    files = sorted({c.record.file for c in _captures(catalog, match, url)}) if mode is Mode.DELETE else []
    return catalog.journal.record(
        TAKEDOWN,
        {
            "mode": mode.value,
            "match": match.value,
            "url": url,
            "reason": reason.strip(),
            "actor": actor,
            "rule": rule.id,
            "files": files,
        },
    )


def _captures(catalog: Catalog, match: Match, url: str) -> Iterator[Capture]:
    for low, high in ranges_of(match, url):
        yield from catalog.captures.find(CaptureFilter(surts=(low, high)))


def _refuse_imported(catalog: Catalog, match: Match, url: str) -> None:
    """A file that others made is kept as it came. Said before anything is changed."""
    for capture in _captures(catalog, match, url):
        if stamp_of(capture.record.file) is None:
            raise UsageError(
                f"{capture.url} lies in {capture.record.file}, which was imported and is not written anew: use --mode hide"
            )


def _settle(config: Config, catalog: Catalog, store: Store, *, match: Match, url: str) -> None:
    """What lies in the spool goes to the store first, so that there is one place to remove it from."""
    waiting = {c.site for c in _captures(catalog, match, url) if not _is_stored(catalog, c.record.file)}
    for site in sorted(waiting):
        found = recover_site(
            site, config.spool_dir, store=store, catalog=catalog, clock=catalog.clock, model=config.archive.model
        )
        for error in found.failed.values():
            raise error


def _is_stored(catalog: Catalog, key: str) -> bool:
    row = catalog.files.get(key)
    return row is not None and row.state is FileState.STORED


def _site(key: str) -> str:
    return key.split("/")[1]


def _carry_out(
    config: Config,
    entry: JournalEntry,
    *,
    catalog: Catalog,
    store: Store,
    replica: Store | None,
    on_file: Callable[[str], None],
) -> TakenDown:
    target = TakedownTarget(entry)
    result = TakenDown(entry.id, Mode.DELETE, str(entry.body["rule"]))
    for number, key in enumerate(entry.body["files"]):
        row = catalog.files.get(key)
        if row is None:
            raise DamageFound(f"the takedown {entry.id} names {key!r}, which the catalogue does not know")
        with scratch(config.home) as folder:
            rewriting = Rewriting(row, number, target, catalog=catalog, store=store, folder=folder, config=config)
            result.files[key] = rewriting.run(result)
        for place in (store, *([replica] if replica is not None else [])):
            _remove_objects(catalog, place, key, takedown=entry.id, report=place is store)
        on_file(key)
    _never_again(catalog, target)
    if catalog.database.is_sqlite:
        SearchIndex(catalog).purge()
    body = {name: value for name, value in result.as_json().items() if name not in {"id", "mode", "rule"}}
    catalog.journal.record(DONE, {"takedown": entry.id, **body})
    store_pending(catalog, store)
    return result


def _remove_objects(catalog: Catalog, store: Store, key: str, *, takedown: str, report: bool) -> None:
    for each in (key, cdxj_key(key), *sidecar_keys(store, [key])):
        there = store.stat(each)
        if there is None:
            continue
        store.delete(each)
        facts: Mapping[str, object] = {"takedown": takedown, "sha256": there.sha256, "size": there.size}
        record_event(
            catalog, EventType.DELETION, key=each, outcome=SUCCESS, detail=f"taken down, from {store.url}", facts=facts
        )
        if report:
            catalog.checks.forget(each)


def _never_again(catalog: Catalog, target: TakedownTarget) -> None:
    """What was deleted is not fetched again, though its site may still list it."""
    now = catalog.clock.now()
    sites = {_site(str(key)) for key in target.entry.body["files"]}
    for site in sorted(sites):
        for state in catalog.frontier.find(site):
            if target.covers(state.entry.url):
                reason = f"takedown {target.entry.id}"
                catalog.frontier.failed(site, state.entry.key, now=now, next_due=None, reason=reason)
