"""From ``[store]`` to a store."""

from __future__ import annotations

import random as chance
import re
import time
from collections.abc import Callable
from pathlib import Path

from archiver.config import Config
from archiver.config.home import has_made_store, note_store
from archiver.config.settings import StoreSection
from archiver.errors import ConfigError
from archiver.store.local import LocalStore
from archiver.store.port import Store
from archiver.store.retry import RetryingStore

_S3 = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([A-Za-z0-9._/-]*))?\Z")


_EMPTY = "is empty: name a directory or s3://bucket/prefix"


def open_store(
    config: Config, *, sleep: Callable[[float], None] = time.sleep, random: Callable[[], float] = chance.random
) -> Store:
    """The archive's store. Touches nothing yet: ``check()`` says whether it can be used. Raises ``ConfigError``."""
    # An unknown scheme is an error, not a directory of that name.
    if not config.store.url.strip():
        raise ConfigError("[store] url", _EMPTY)
    url = config.store.url if "://" in config.store.url else config.store_url
    return open_url(url, section=config.store, made=has_made_store(config), sleep=sleep, random=random)


def prepare_store(config: Config, store: Store) -> None:
    """Make the archive's own store where it is missing, and prove that it can be used. A directory that was made before and is
    not there now is not made again. Raises ``StorageError`` and ``ConfigError``."""
    store.check()
    note_store(config)


def open_url(
    url: str,
    *,
    section: StoreSection,
    made: bool = False,
    sleep: Callable[[float], None] = time.sleep,
    random: Callable[[], float] = chance.random,
) -> Store:
    """The store at a directory or ``s3://bucket/prefix``, with the other settings of ``[store]``; ``made`` says that the directory
    was made before."""
    if not url.strip():
        raise ConfigError("[store] url", _EMPTY)
    if section.attempts < 1:
        raise ConfigError("[store] attempts", "must be at least 1")
    inner = _s3(url, section) if "://" in url else LocalStore(Path(url), made=made)
    return RetryingStore(inner, attempts=section.attempts, sleep=sleep, random=random)


def _s3(url: str, section: StoreSection) -> Store:
    match = _S3.match(url)
    if not match or ".." in url:
        raise ConfigError("[store] url", f"must be a directory or s3://bucket/prefix, not {url!r}")
    # boto3 takes half a second to load; a store in a directory does without it.
    from archiver.store.s3 import S3Store
    from archiver.store.s3_bucket import connect

    return S3Store(
        connect(section),
        bucket=match[1],
        prefix=match[2] or "",
        multipart_above=section.multipart_above,
        own_checksums=section.checksums == "when_supported",
    )
