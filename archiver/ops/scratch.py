"""Scratch: a place on the local disk where one object at a time is looked at as a file."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from archiver.errors import BlobMissing, SpoolUnusable
from archiver.store import Store

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Fetched:
    """An object's bytes as a local file, with their number and SHA-256 (hex)."""

    path: Path
    size: int
    sha256: str


@contextmanager
def scratch(home: Path) -> Iterator[Path]:
    """A directory of our own in the archive's home, gone at the end. Raises ``SpoolUnusable``."""
    folder = home / "scratch" / uuid.uuid4().hex
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise SpoolUnusable(str(folder), error.strerror or str(error)) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fetch(store: Store, key: str, into: Path) -> Fetched | None:
    """Copy an object to ``into``; None when there is no such object. Raises ``StorageError``."""
    digest = hashlib.sha256()
    size = 0
    try:
        stream = store.open(key)
    except BlobMissing:
        return None
    with stream:
        try:
            with into.open("wb") as file:
                while chunk := stream.read(CHUNK):
                    size += len(chunk)
                    digest.update(chunk)
                    file.write(chunk)
        except OSError as error:
            raise SpoolUnusable(str(into), error.strerror or str(error)) from error
    return Fetched(into, size, digest.hexdigest())


def keep_bytes(data: bytes, into: Path) -> Fetched:
    """The same for bytes that are at hand."""
    try:
        into.write_bytes(data)
    except OSError as error:
        raise SpoolUnusable(str(into), error.strerror or str(error)) from error
    return Fetched(into, len(data), hashlib.sha256(data).hexdigest())
