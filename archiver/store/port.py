"""The port: what every store promises. Each obligation below is a test in tests/contract/test_store.py."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol

from archiver.errors import DamageFound, SpoolUnusable
from archiver.model.keys import KEY_ALPHABET, cdxj_key

MAX_KEY = 900
"""Characters of a key; S3 takes 1,024 bytes with the prefix."""
MAX_SEGMENT = 240
"""Characters between two slashes; file systems take 255 bytes, and a sidecar's name has a suffix."""
MAX_METADATA = 1900
"""Bytes of names and values together; S3 takes 2 KB with our own checksum."""
CHUNK = 1 << 20

_METADATA_NAME = re.compile(r"[a-z0-9][a-z0-9-]*\Z")
_METADATA_VALUE = re.compile(r"(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class BlobStat:
    """What a store knows of an object without reading it. ``sha256`` (hex) is what it was put with, None if unknown."""

    size: int
    sha256: str | None
    metadata: Mapping[str, str] = field(default_factory=dict)


class ReadBack(StrEnum):
    """How the bytes of a stored object were compared with those that were put, in words."""

    DISK = "read back from the disk"
    READ = "read back"
    CHECKSUM = "compared by the store's own SHA-256 of the whole object"


class Store(Protocol):
    """Blobs under keys, each written once.

    Every method may raise ``StoreUnavailable`` (retryable: the same call may succeed later) and ``StoreRefused`` (it will
    not). A key that ``check_key`` does not accept is a bug of the caller: ``ValueError``. Implementations are safe to
    use from several threads, and several processes may use one store at once.
    """

    @property
    def url(self) -> str:
        """Where it is: an absolute directory or ``s3://bucket/prefix``."""
        ...

    def put(self, key: str, source: Path | bytes, *, sha256: str, metadata: Mapping[str, str]) -> bool:
        """Write an object; when this returns, it is whole and durable, and will be listed and read at once.

        True when these bytes were written now, False when the same bytes stood there already (their metadata stays).
        Raises ``BlobExists`` when other bytes stand there: nothing is ever overwritten, whatever number of writers race.
        Raises ``DamageFound`` when the bytes are not those that ``sha256`` (hex) names; nothing is stored then. Raises
        ``SpoolUnusable`` when ``source`` cannot be read. A writer that dies leaves the key free. ``metadata`` is ASCII.
        """
        ...

    def replace(self, key: str, source: Path | bytes, *, sha256: str, metadata: Mapping[str, str]) -> None:
        """Put these bytes in the place of what stands under the key. **For repair only**: `verify` calls it for an object
        whose bytes are not those of its manifest, with bytes that are. Nothing else may.

        Also when nothing stands there. A reader sees the old object or the new one, whole. Raises as ``put`` does for
        bytes that are not those announced; the old object stays then.
        """
        ...

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        """The object's bytes, or those from ``offset``, at most ``length``; fewer at its end. Raises ``BlobMissing``."""
        ...

    def open(self, key: str, *, offset: int = 0) -> BinaryIO:
        """Read the object from ``offset`` as a stream, without holding it in memory. Raises ``BlobMissing``."""
        ...

    def read_back(self, key: str, *, sha256: str) -> ReadBack:
        """Compare what now lies under the key with ``sha256`` (hex), from the storage and not from any cache if that can be
        had; how that was done. Raises ``DamageFound`` where it is not what was put, ``BlobMissing``."""
        ...

    def stat(self, key: str) -> BlobStat | None:
        """Size, checksum and metadata; None when there is no such object."""
        ...

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Every key that begins with ``prefix``, once each, in an order that stays the same from listing to listing.

        It is that of the bytes in a directory and on AWS; some servers sort folder by folder.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove an object, if it is there. Only a takedown, ``compact``, ``replicate`` and dropping what older
        extractors read may ask for it."""
        ...

    def check(self) -> None:
        """Return when the store can be used; otherwise raise at once, before anything is fetched."""
        ...

    def abort_stale_uploads(self, *, before: datetime) -> int:
        """Remove what writers that died before that instant left half-written; how many there were."""
        ...


def check_key(key: str) -> str:
    """``key``, if it may name an object: our alphabet, no leading slash, no empty or hidden part. Raises ``ValueError``."""
    parts = key.split("/")
    legal = KEY_ALPHABET.match(key) and len(key) <= MAX_KEY
    if not legal or any(not part or part.startswith(".") or len(part) > MAX_SEGMENT for part in parts):
        raise ValueError(f"not a store key: {key[:200]!r}")
    return key


def check_prefix(prefix: str) -> str:
    """``prefix``, if keys may begin with it. Raises ``ValueError``."""
    if prefix:
        check_key(prefix.removesuffix("/"))
    return prefix


def check_put(key: str, *, sha256: str, metadata: Mapping[str, str]) -> None:
    """Raise ``ValueError`` unless key, checksum and metadata are fit for every store."""
    check_key(key)
    if not _SHA256.match(sha256):
        raise ValueError(f"not a SHA-256 in lower-case hex: {sha256[:80]!r}")
    if sum(len(name) + len(value) for name, value in metadata.items()) > MAX_METADATA:
        raise ValueError(f"metadata of {key} is longer than {MAX_METADATA} bytes")
    for name, value in metadata.items():
        if name == "sha256" or not _METADATA_NAME.match(name) or not _METADATA_VALUE.match(value):
            raise ValueError(f"metadata of {key} is not legal: {name[:80]!r} = {value[:80]!r}")


def open_source(source: Path | bytes) -> BinaryIO:
    """The bytes to be put, as a stream. Raises ``SpoolUnusable``."""
    if isinstance(source, bytes):
        return io.BytesIO(source)
    try:
        return source.open("rb")
    except OSError as error:
        raise SpoolUnusable(str(source), error.strerror or str(error)) from error


def read_source(stream: BinaryIO, source: Path | bytes, *, size: int = CHUNK) -> bytes:
    """Up to ``size`` bytes of an opened source. Raises ``SpoolUnusable``."""
    try:
        return stream.read(size)
    except OSError as error:
        raise SpoolUnusable(str(source)[:200], error.strerror or str(error)) from error


def hash_source(stream: BinaryIO, source: Path | bytes) -> str:
    """SHA-256 (hex) of what is left of an opened source. Raises ``SpoolUnusable``."""
    digest = hashlib.sha256()
    while chunk := read_source(stream, source):
        digest.update(chunk)
    return digest.hexdigest()


def hash_stream(stream: BinaryIO) -> str:
    """SHA-256 (hex) of what is left of a stream."""
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def wrong_bytes(key: str, *, expected: str, found: str) -> DamageFound:
    """The error of a put whose bytes are not those that were announced."""
    return DamageFound(f"object {key!r} was not stored: its bytes have SHA-256 {found}, not {expected} as announced")


def check_read_back(key: str, store: str, *, expected: str, found: str) -> None:
    """Raise ``DamageFound`` when the bytes that lie in the store are not those that were put."""
    if found != expected:
        raise DamageFound(
            f"object {key!r} in {store} is not what was put: SHA-256 {found}, not {expected}; "
            "remove it there, it can't be overwritten"
        )


def is_legal(key: str) -> bool:
    """Whether a listed key is one that an archive's store takes."""
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
