"""The replay program that an archive may have beside it: wabac.js, fetched on request, checked against its pinned hash.

It is under the AGPL-3.0-or-later and so is no part of this package: it is laid into the archive's own folder as its authors
made it, with its licence, and served from there unchanged.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import os
import shutil
import tarfile
import uuid
import zlib
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import IO, cast
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from archiver.config import Config
from archiver.errors import ConfigError, PackageDamaged, PackageUnreachable, UsageError
from archiver.model.software import VERSION as OWN_VERSION
from archiver.records.spool import sync_directory

PACKAGE = "@webrecorder/wabac"
VERSION = "2.27.3"
LICENCE = "AGPL-3.0-or-later"
SOURCE = f"https://github.com/webrecorder/wabac.js/tree/v{VERSION}"
INTEGRITY = "sha512-i00+HSdwOdHRPeJU8g3LMOAHT4J+yX+dJdTEboTiI9YjWY5jYxUGqOgDuZ3xmPBzGAfYjfwoFTIaCB9lUBuNhA=="
"""Of the package's tarball, as the registry states it (Subresource Integrity)."""
SCRIPT, TERMS = "sw.js", "LICENSE.md"
MEMBERS = {"package/dist/sw.js": SCRIPT, "package/LICENSE.md": TERMS}
"""What is taken out of the tarball, and under which names; everything else stays in it."""
SHA256 = {
    SCRIPT: "c665c6d9e34ea1a5c52853f5541e1aa6b203525b56222201c2efe33e28a80fba",
    TERMS: "db52e3daad9260a1cc638efaf3f6b7a6bdead236365586a60078a9a287613037",
}
MAX_PACKED = 8_000_000
MAX_UNPACKED = 40_000_000
MAX_MEMBER = 5_000_000
MAX_MEMBERS = 2_000
TIMEOUT = 30.0
"""Seconds without a byte from the registry."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Installed:
    """What an installation left: ``new`` says that it was not there before."""

    folder: Path
    new: bool

    def as_json(self) -> dict[str, object]:
        """The shape that ``archiver replay-install --json`` promises."""
        return {
            "package": PACKAGE,
            "version": VERSION,
            "licence": LICENCE,
            "source": SOURCE,
            "integrity": INTEGRITY,
            "folder": str(self.folder),
            "files": [{"name": name, "sha256": digest} for name, digest in SHA256.items()],
            "new": self.new,
        }


def folder_of(config: Config) -> Path:
    """Where an archive has the program, installed or not: a folder for each release of it."""
    return config.home / "replay" / f"wabac-{VERSION}"


def read_installed(config: Config) -> dict[str, bytes] | None:
    """The installed files by name; None where nothing is installed. Raises ``PackageDamaged`` where other bytes are."""
    folder = folder_of(config)
    found: dict[str, bytes] = {}
    for name, digest in SHA256.items():
        try:
            with (folder / name).open("rb") as file:
                data = file.read(MAX_MEMBER + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigError(str(folder / name), error.strerror or str(error)) from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise PackageDamaged(str(folder / name), "its SHA-256 is another")
        found[name] = data
    return found


def install(config: Config, *, source: Path | None = None) -> Installed:
    """Lay the program into the archive's folder, from the registry or from a copy of its tarball.

    Does nothing where it is there already, whole. Raises ``PackageUnreachable``, ``PackageDamaged``, ``UsageError`` for a
    copy that cannot be read, ``ConfigError`` for a folder that cannot be written.
    """
    folder = folder_of(config)
    try:
        if read_installed(config) is not None:
            return Installed(folder, new=False)
    except PackageDamaged:
        pass  # what stands there is put right by what follows
    where = str(source) if source else tarball_address(config)
    packed = _read(source) if source else _fetch(where)
    _check(packed, where)
    files = _unpack(packed, where)
    try:
        _write(folder, files)
    except OSError as error:
        raise ConfigError(str(folder), error.strerror or str(error)) from error
    return Installed(folder, new=True)


def tarball_address(config: Config) -> str:
    """Where the registry has the tarball. Raises ``ConfigError`` for an address without TLS."""
    registry = config.serve.replay_registry.rstrip("/")
    parts = urlsplit(registry)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ConfigError("[serve] replay_registry", f"must be an https address, not {registry!r}")
    return f"{registry}/{PACKAGE}/-/{PACKAGE.rpartition('/')[2]}-{VERSION}.tgz"


def _read(source: Path) -> bytes:
    try:
        with source.open("rb") as file:
            return file.read(MAX_PACKED + 1)
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror or error}") from error


def _fetch(url: str) -> bytes:
    request = Request(url, headers={"User-Agent": f"news-archiver/{OWN_VERSION}", "Accept": "*/*"})  # noqa: S310  checked above
    try:
        with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            return cast("bytes", answer.read(MAX_PACKED + 1))
    except HTTPError as error:
        with error:
            raise PackageUnreachable(url, f"the answer is {error.code} {error.reason}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise PackageUnreachable(url, str(getattr(error, "reason", "") or error)) from error


def _check(packed: bytes, where: str) -> None:
    if len(packed) > MAX_PACKED:
        raise PackageDamaged(where, f"it has more than {MAX_PACKED:,} bytes")
    found = "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode("ascii")
    if found != INTEGRITY:
        raise PackageDamaged(where, f"its hash is {found}, not {INTEGRITY}")


def _unpack(packed: bytes, where: str) -> dict[str, bytes]:
    """The wanted members, read into memory under names chosen here: no path of the tarball is ever used."""
    try:
        with gzip.open(io.BytesIO(packed)) as stream:
            plain = stream.read(MAX_UNPACKED + 1)
        if len(plain) > MAX_UNPACKED:
            raise PackageDamaged(where, f"it unpacks to more than {MAX_UNPACKED:,} bytes")
        found: dict[str, bytes] = {}
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
            for count, member in enumerate(archive):
                if count >= MAX_MEMBERS:
                    raise PackageDamaged(where, f"it has more than {MAX_MEMBERS:,} files")
                name = MEMBERS.get(member.name)
                if name is None or not member.isreg() or member.size > MAX_MEMBER:
                    continue
                found[name] = cast("IO[bytes]", archive.extractfile(member)).read()
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise PackageDamaged(where, f"it is no gzip tarball: {error}") from error
    for name, digest in SHA256.items():
        if hashlib.sha256(found.get(name, b"")).hexdigest() != digest:
            raise PackageDamaged(where, f"{name} is missing in it or another")
    return found


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """All or nothing: written beside, synced, then given its name."""
    parent = folder.parent
    parent.mkdir(parents=True, exist_ok=True)
    draft = parent / f".{uuid.uuid4().hex}"
    draft.mkdir()
    try:
        for name, data in files.items():
            with (draft / name).open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        sync_directory(draft)
        if folder.exists():
            shutil.rmtree(folder)
        draft.rename(folder)
        sync_directory(parent)
        sync_directory(parent.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
