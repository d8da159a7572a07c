"""Listing a store: the keys that may be ours. Others can put objects there under names that we would never give."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from archiver.model.keys import cdxj_key
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


def sidecar_keys(store: Store, warcs: Collection[str]) -> Iterator[str]:
    """The article sidecars of these WARCs, of every extractor version. Lists all sidecars, once."""
    wanted = {cdxj_key(key).removeprefix("index/").removesuffix(".cdxj.gz") for key in warcs}
    for key in legal_keys(store, "articles/") if wanted else ():
        rest = key.removeprefix("articles/").partition("/")[2]
        if rest.removesuffix(".jsonl.gz") in wanted:
            yield key
