"""The spool's layout: where the WARC of a store key lies while it is open, sealed, or gone to the store.

``<spool>/<site>/<name>.open`` is being written; ``<spool>/<site>/<name>`` is sealed and not yet in the store.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from archiver.model.keys import SUFFIX, name_of, warc_key
from archiver.model.record import BlobKey

OPEN = ".open"


def open_path(spool_dir: Path, key: str) -> Path:
    """Where the WARC of ``key`` lies while it is written."""
    return spool_dir / key.split("/")[1] / (name_of(key) + OPEN)


def sealed_path(spool_dir: Path, key: str) -> Path:
    """Where the WARC of ``key`` lies between its seal and the store's word that it has it."""
    return spool_dir / key.split("/")[1] / name_of(key)


def find_spooled(spool_dir: Path, key: str) -> Path | None:
    """The spool file of ``key``, open or sealed, if it is there."""
    if not key.startswith("warcs/") or key.startswith("warcs/imported/"):
        return None
    for path in (open_path(spool_dir, key), sealed_path(spool_dir, key)):
        if path.exists():
            return path
    return None


def spooled_files(spool_dir: Path, site: str | None = None) -> Iterator[tuple[BlobKey, Path]]:
    """Every WARC in the spool, open or sealed, oldest name first, with its store key."""
    folders = [spool_dir / site] if site else sorted(p for p in spool_dir.glob("*") if p.is_dir())
    for folder in folders:
        for path in sorted(folder.glob("*")):
            name = path.name.removesuffix(OPEN)
            if name.endswith(SUFFIX):
                try:
                    yield warc_key(name), path
                except ValueError:
                    continue


def spool_bytes(spool_dir: Path) -> int:
    """Bytes of all WARCs in the spool, of every site, open or sealed."""
    total = 0
    for _, path in spooled_files(spool_dir):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            # It went to the store between our two looks.
            continue
    return total


def sync_directory(path: Path) -> None:
    """Force the names in a directory to the disk."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
