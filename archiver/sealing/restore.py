"""Restoring the row of a stored WARC from its manifest, and the order of a site's manifests from their chain."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from archiver.catalog import Catalog
from archiver.errors import BlobMissing, DamageFound
from archiver.model.instant import from_digits
from archiver.model.keys import manifest_key, stamp_of
from archiver.model.manifest import MAX_MANIFEST, Manifest
from archiver.model.record import BlobKey
from archiver.store import Store
from archiver.store.port import legal_keys


@dataclass(frozen=True, slots=True)
class Link:
    """A manifest as it lies in the store, with the SHA-256 (hex) of its bytes, which the next one names."""

    manifest: Manifest
    sha256: str

    @property
    def key(self) -> BlobKey:
        """The WARC's key."""
        return BlobKey(self.manifest.key)


def read_link(key: str, store: Store) -> Link | None:
    """The manifest under a key; None when there is none. Raises ``DamageFound`` when it is none or another WARC's."""
    try:
        data = store.get(key, length=MAX_MANIFEST)
    except BlobMissing:
        return None
    try:
        link = Link(Manifest.from_bytes(data), hashlib.sha256(data).hexdigest())
    except ValueError as error:
        raise DamageFound(f"manifest {key!r} is damaged: {error}") from error
    if manifest_key(link.key) != key:
        raise DamageFound(f"manifest {key!r} is that of {link.key[:200]!r}")
    return link


def manifest_keys(store: Store, site: str | None = None) -> Iterator[str]:
    """The keys of all manifests, or of a site's."""
    return legal_keys(store, f"manifests/{site}/" if site else "manifests/")


def in_order(links: Sequence[Link]) -> tuple[list[Link], list[Link]]:
    """A site's manifests in the order of their chain, and those of them whose predecessor is not where it should be.

    What a gap cuts off follows in the order in which it was sealed.
    """
    following: dict[str | None, list[Link]] = {}
    for link in sorted(links, key=lambda each: (each.manifest.sealed_at, each.key)):
        following.setdefault(link.manifest.previous, []).append(link)
    known = {link.sha256 for link in links}
    starts = [link for previous, found in following.items() if previous not in known for link in found]
    starts.sort(key=lambda link: (link.manifest.previous is not None, link.manifest.sealed_at, link.key))
    broken = starts[1:] + [link for link in starts[:1] if link.manifest.previous is not None]
    ordered: list[Link] = []
    waiting = starts[::-1]
    while waiting:
        link = waiting.pop()
        ordered.append(link)
        after = following.get(link.sha256, [])
        broken += after[1:]
        waiting += after[::-1]
    return ordered, broken


def begin_row(link: Link, *, catalog: Catalog) -> None:
    """The file's row as it was when the file was begun, for its captures to hang on."""
    for run in link.manifest.runs or (None,):
        catalog.files.opened(link.key, site=link.manifest.site, run=run, at=opened_at(link))


def restore_row(link: Link, *, catalog: Catalog) -> None:
    """The file's row as it was when the file was stored. Said again, it changes nothing."""
    manifest = link.manifest
    begin_row(link, catalog=catalog)
    catalog.files.stored(
        link.key,
        size=manifest.size,
        sha256=manifest.sha256,
        cdxj_sha=manifest.cdxj_sha256,
        manifest_sha=link.sha256,
        records=sum(manifest.records.values()),
        at=manifest.sealed_at,
        sealed_at=manifest.sealed_at,
    )


def opened_at(link: Link) -> datetime:
    """When the file was begun, which its name says; the time of its first record for a file of another name."""
    stamp = stamp_of(link.key)
    try:
        return from_digits(stamp) if stamp else link.manifest.first_at
    except ValueError:
        return link.manifest.first_at
