"""Mending: right bytes put in the place of damaged or missing ones, from the archive itself or from a replica."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from archiver.errors import BlobExists
from archiver.ops.scratch import Fetched, fetch, keep_bytes
from archiver.store import Store

Spare = Callable[[], bytes | None]
"""Makes an object's bytes anew from what else is stored; None when it can't."""


class Mender:
    """Repairs objects of ``store``. ``replica`` None: only from the archive itself."""

    def __init__(self, store: Store, replica: Store | None) -> None:
        self._store = store
        self._replica = replica

    def mend(self, key: str, *, sha256: str | None, into: Path, spare: Spare | None) -> Fetched | None:
        """Put the bytes with this SHA-256 (hex) under the key; they are then in ``into``. None when no copy has them.

        Without ``sha256`` only bytes made anew are taken, for an object that is derived. Raises ``StorageError``.
        """
        data = spare() if spare is not None else None
        if data is not None:
            made = keep_bytes(data, into)
            if sha256 in {None, made.sha256}:
                self._put(key, made, metadata={})
                return made
        if self._replica is None or sha256 is None:
            return None
        copy = fetch(self._replica, key, into)
        if copy is None or copy.sha256 != sha256:
            return None
        stat = self._replica.stat(key)
        self._put(key, copy, metadata=stat.metadata if stat else {})
        return copy

    def _put(self, key: str, good: Fetched, *, metadata: Mapping[str, str]) -> None:
        known = self._store.stat(key)
        if known is not None:
            self._store.replace(key, good.path, sha256=good.sha256, metadata=metadata or known.metadata)
            return
        try:
            self._store.put(key, good.path, sha256=good.sha256, metadata=metadata)
        except BlobExists:
            # Somebody put it there in this moment, and not as it should be.
            self._store.replace(key, good.path, sha256=good.sha256, metadata=metadata)
