"""Listing a store: the keys that may be ours. Others can put objects there under names that we would never give."""

from __future__ import annotations

from collections.abc import Iterator

from archiver.store import Store
from archiver.store.port import check_key


def is_legal(key: str) -> bool:
    """Whether a listed key is one that a store of ours takes."""
    try:
        check_key(key)
    except ValueError:
        return False
    return True


def legal_keys(store: Store, prefix: str = "") -> Iterator[str]:
    """The keys that begin with ``prefix`` and are legal, as ``Store.keys``."""
    return (key for key in store.keys(prefix) if is_legal(key))
