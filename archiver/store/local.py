"""A store in a directory: one read-only file per object, its metadata beside it in a hidden folder.

::

    <root>/<key>               the object's bytes, mode 0444
    <root>/.meta/<key>.json    {"sha256": …, "metadata": {…}}
    <root>/.tmp/               files being written

An object appears whole or not at all: it is written and synced under ``.tmp`` and then hard-linked to its key, which
fails when the key is taken. The sidecar is written by whoever made that link; where a crash took it, the object is
still whole, and the next put of the same bytes writes it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from archiver.errors import BlobExists, BlobMissing, StoreRefused, StoreUnavailable
from archiver.store.port import (
    BlobStat,
    ReadBack,
    check_key,
    check_prefix,
    check_put,
    check_read_back,
    hash_source,
    hash_stream,
    open_source,
    read_source,
    wrong_bytes,
)

_PASSING = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EIO,
    errno.EMFILE,
    errno.ENFILE,
    errno.EAGAIN,
    errno.ESTALE,
    errno.ETIMEDOUT,
    errno.EINTR,
    errno.EBUSY,
}


class LocalStore:
    """Objects as files under ``root``. Needs a file system with hard links.

    ``made`` says that the directory was made before: where it is missing, it was moved away or its disk is not there, and no
    other is made in its place.
    """

    def __init__(self, root: Path, *, made: bool = False) -> None:
        self._root = root
        self._made = made
        self._meta = root / ".meta"
        self._temporary = root / ".tmp"

    @property
    def url(self) -> str:
        """The directory."""
        return str(self._root)

    def put(self, key: str, source: Path | bytes, *, sha256: str, metadata: Mapping[str, str]) -> bool:
        """See ``Store.put``."""
        check_put(key, sha256=sha256, metadata=metadata)
        target = self._root / key
        with open_source(source) as stream, self._errors():
            if target.exists():
                found = hash_source(stream, source)
                if found != sha256:
                    raise wrong_bytes(key, expected=sha256, found=found)
                self._compare(key, sha256=sha256, metadata=metadata)
                return False
            self._make_folder(self._temporary)
            draft = self._temporary / uuid.uuid4().hex
            try:
                _write(draft, stream, source=source, key=key, sha256=sha256)
                self._make_folder(target.parent)
                try:
                    os.link(draft, target)
                except FileExistsError:
                    self._compare(key, sha256=sha256, metadata=metadata)
                    return False
                _sync_folder(target.parent)
                self._write_sidecar(key, sha256=sha256, metadata=metadata)
            finally:
                draft.unlink(missing_ok=True)
        return True

    def replace(self, key: str, source: Path | bytes, *, sha256: str, metadata: Mapping[str, str]) -> None:
        """See ``Store.replace``."""
        check_put(key, sha256=sha256, metadata=metadata)
        target = self._root / key
        with open_source(source) as stream, self._errors():
            self._make_folder(self._temporary)
            draft = self._temporary / uuid.uuid4().hex
            try:
                _write(draft, stream, source=source, key=key, sha256=sha256)
                self._make_folder(target.parent)
                draft.replace(target)
                _sync_folder(target.parent)
                self._write_sidecar(key, sha256=sha256, metadata=metadata)
            finally:
                draft.unlink(missing_ok=True)

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        """See ``Store.get``."""
        with self.open(key, offset=offset) as stream, self._errors():
            return stream.read() if length is None else stream.read(length)

    def open(self, key: str, *, offset: int = 0) -> BinaryIO:
        """See ``Store.open``."""
        path = self._root / check_key(key)
        with self._errors():
            try:
                stream = path.open("rb")
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
                raise BlobMissing(key, self.url) from error
            stream.seek(offset)
            return stream

    def read_back(self, key: str, *, sha256: str) -> ReadBack:
        """See ``Store.read_back``: the pages that the system keeps of the file are dropped first, where it can."""
        with self.open(key) as stream, self._errors():
            how = _forget_pages(stream.fileno())
            found = hash_stream(stream)
        check_read_back(key, self.url, expected=sha256, found=found)
        return how

    def stat(self, key: str) -> BlobStat | None:
        """See ``Store.stat``."""
        path = self._root / check_key(key)
        with self._errors():
            if not path.is_file():
                return None
            size = path.stat().st_size
            try:
                raw = json.loads(self._sidecar(key).read_text("utf-8"))
                return BlobStat(size, raw["sha256"], raw["metadata"])
            except (FileNotFoundError, ValueError, KeyError, TypeError):
                return BlobStat(size, None)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See ``Store.keys``."""
        folder = check_prefix(prefix).rpartition("/")[0]
        with self._errors():
            for key in _walk(self._root / folder, f"{folder}/" if folder else ""):
                if key.startswith(prefix):
                    yield key

    def delete(self, key: str) -> None:
        """See ``Store.delete``."""
        path = self._root / check_key(key)
        with self._errors():
            self._sidecar(key).unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                _sync_folder(path.parent)

    def check(self) -> None:
        """See ``Store.check``: makes the directory, and tries a hard link in it."""
        with self._errors():
            self._make_folder(self._temporary)
            draft = self._temporary / uuid.uuid4().hex
            linked = draft.with_suffix(".link")
            try:
                draft.touch(exist_ok=False)
                try:
                    os.link(draft, linked)
                except OSError as error:
                    why = f"its file system makes no hard links ({error.strerror}), so writing once can't be promised"
                    raise StoreRefused(self.url, why) from error
            finally:
                draft.unlink(missing_ok=True)
                linked.unlink(missing_ok=True)

    def abort_stale_uploads(self, *, before: datetime) -> int:
        """See ``Store.abort_stale_uploads``."""
        removed = 0
        with self._errors():
            for draft in self._temporary.iterdir() if self._temporary.is_dir() else ():
                if draft.stat().st_mtime < before.timestamp():
                    draft.unlink(missing_ok=True)
                    removed += 1
        return removed

    def _compare(self, key: str, *, sha256: str, metadata: Mapping[str, str]) -> None:
        """Read what stands there, not what its sidecar says: the caller may be about to delete the only other copy."""
        with (self._root / key).open("rb") as stream:
            found = hash_stream(stream)
        if found != sha256:
            raise BlobExists(key, self.url)
        if not self._sidecar(key).exists():
            self._write_sidecar(key, sha256=sha256, metadata=metadata)

    def _sidecar(self, key: str) -> Path:
        return self._meta / f"{key}.json"

    def _write_sidecar(self, key: str, *, sha256: str, metadata: Mapping[str, str]) -> None:
        path = self._sidecar(key)
        self._make_folder(path.parent)
        draft = self._temporary / uuid.uuid4().hex
        self._make_folder(self._temporary)
        with draft.open("x", encoding="utf-8") as file:
            json.dump({"sha256": sha256, "metadata": dict(metadata)}, file, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync_folder(path.parent)

    def _make_folder(self, folder: Path) -> None:
        """Make a folder and sync each parent in which one was made."""
        made = []
        while not folder.is_dir():
            made.append(folder)
            folder = folder.parent
        for new in reversed(made):
            new.mkdir(exist_ok=True)
            _sync_folder(new.parent)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        if self._made and not self._root.is_dir():
            why = (
                "this directory held the archive's objects and is not there: it was moved away, or its disk is not mounted "
                "(make it again by hand, where it is lost, and fill it with `archiver verify --repair-from`)"
            )
            raise StoreUnavailable(self.url, why)
        try:
            yield
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            why = f"{error.strerror or error}{where}"
            if error.errno in _PASSING:
                raise StoreUnavailable(self.url, why) from error
            raise StoreRefused(self.url, why) from error


def _write(draft: Path, stream: BinaryIO, *, source: Path | bytes, key: str, sha256: str) -> None:
    digest = hashlib.sha256()
    with draft.open("xb") as file:
        while chunk := read_source(stream, source):
            file.write(chunk)
            digest.update(chunk)
        if digest.hexdigest() != sha256:
            raise wrong_bytes(key, expected=sha256, found=digest.hexdigest())
        file.flush()
        os.fchmod(file.fileno(), 0o444)
        os.fsync(file.fileno())


def _forget_pages(fd: int) -> ReadBack:
    """Have the system read a synced file from the disk again, where it knows how to."""
    try:
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    except (AttributeError, OSError):
        return ReadBack.READ
    return ReadBack.DISK


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _walk(folder: Path, prefix: str) -> Iterator[str]:
    """Keys in the order of their bytes: a folder sorts as its name with the slash, which is what its keys begin with."""
    try:
        with os.scandir(folder) as entries:
            found = sorted((e.name + "/" if e.is_dir() else e.name) for e in entries if not e.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in found:
        if name.endswith("/"):
            yield from _walk(folder / name, prefix + name)
        else:
            yield prefix + name
