"""Every error that the archiver raises on purpose, as one tree.

::

    ArchiverError                     exit 1   an internal error, when nothing more precise fits
    ├── UsageError                    exit 2   the command line or a call is wrong
    │   ├── UnknownSite
    │   └── NotHttpUrl
    ├── NotHeld                       exit 3   the archive has no such capture
    │   └── Withheld                           captured, and an access rule forbids to show it
    ├── ConfigError                   exit 4   archiver.toml, the environment or a site file is wrong
    ├── StorageError                  exit 5   store or spool
    │   ├── StoreUnavailable                   retryable: network, 5xx, throttling
    │   ├── StoreRefused                       credentials, bucket, permissions
    │   ├── BlobMissing
    │   ├── BlobExists                         the key is taken by other bytes
    │   └── SpoolUnusable                      cannot be written, or is full
    ├── CatalogError                  exit 6
    ├── SiteUnreachable               exit 7   nothing of the site could be captured
    │   └── PackageUnreachable                 the registry of `archiver replay-install` does not give it
    ├── DamageFound                   exit 8
    │   ├── RecordDamaged
    │   │   └── RecordTorn                     the file ends inside the record
    │   └── PackageDamaged                     not the bytes that this release was made for
    ├── RecordRefused                 exit 1   would not be a legal WARC record, so it is not written
    └── Busy                          exit 9   another run has the lock

A leaf says what happened, where (file and offset, URL, key) and what to do.
``exit_code`` is the command's exit code; ``retryable`` says whether the same call may succeed later.
"""

from __future__ import annotations

from typing import ClassVar


class ArchiverError(Exception):
    """The root of the tree."""

    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False


class UsageError(ArchiverError):
    """The command line or a call is wrong."""

    exit_code = 2


class UnknownSite(UsageError):
    """No site file has this name."""

    def __init__(self, name: str, known: tuple[str, ...] = ()) -> None:
        self.name = name
        hint = f"; known sites: {', '.join(known)}" if known else ""
        super().__init__(f"unknown site {name!r}{hint}; a URL (https://…) or `archiver sites` may be what you want")


class NotHttpUrl(UsageError):
    """The text is no http or https URL that can be fetched."""

    def __init__(self, text: str, why: str = "only http and https can be archived") -> None:
        self.text = text
        super().__init__(f"not a URL to archive: {text[:200]!r}: {why}")


class NotHeld(ArchiverError):
    """The archive has no such capture."""

    exit_code = 3

    def __init__(self, url: str, detail: str = "no capture of it") -> None:
        self.url = url
        super().__init__(f"not held: {url}: {detail}")


class Withheld(NotHeld):
    """The archive has the capture, and an access rule forbids to show it (HTTP 451, RFC 7725)."""

    def __init__(self, url: str, why: str = "an access rule forbids to show it") -> None:
        super().__init__(url, why)


class ConfigError(ArchiverError):
    """A configuration or site file is wrong; ``where`` names file, section and key."""

    exit_code = 4

    def __init__(self, where: str, why: str) -> None:
        self.where = where
        super().__init__(f"configuration: {where}: {why}")


class StorageError(ArchiverError):
    """Store or spool: bytes could not be kept or read."""

    exit_code = 5


class StoreUnavailable(StorageError):
    """The store did not answer, or answered that it can't now; the same call may succeed later."""

    retryable = True

    def __init__(self, store: str, why: str) -> None:
        super().__init__(
            f"store {store} is not available: {why}; nothing is lost, run `archiver recover` when it is back"
        )


class StoreRefused(StorageError):
    """The store answered and will not do it: credentials, bucket, permissions."""

    def __init__(self, store: str, why: str) -> None:
        super().__init__(f"store {store} refuses: {why}; check [store] in archiver.toml and the credentials")


class BlobMissing(StorageError):
    """No object under this key."""

    def __init__(self, key: str, store: str = "the store") -> None:
        self.key = key
        super().__init__(f"no object {key!r} in {store}")


class BlobExists(StorageError):
    """The key is taken by other bytes; objects are written once."""

    def __init__(self, key: str, store: str = "the store") -> None:
        self.key = key
        super().__init__(f"object {key!r} is in {store} with other bytes; objects are written once")


class SpoolUnusable(StorageError):
    """The spool directory cannot be written or read."""

    def __init__(self, path: str, why: str) -> None:
        self.path = path
        super().__init__(f"spool {path}: {why}; records can't be kept, so nothing is fetched")


class CatalogError(ArchiverError):
    """The catalogue cannot be opened, read or written."""

    exit_code = 6

    def __init__(self, catalog: str, why: str) -> None:
        super().__init__(f"catalogue {catalog}: {why}")


class SiteUnreachable(ArchiverError):
    """A run captured nothing because the site never answered."""

    exit_code = 7

    run: dict[str, object] | None = None
    """The run as ``crawl --json`` prints it."""

    def __init__(self, site: str, why: str) -> None:
        self.site = site
        super().__init__(f"site {site} could not be reached: {why}; nothing was captured")


class PackageUnreachable(SiteUnreachable):
    """A package could not be fetched from its registry."""

    def __init__(self, url: str, why: str) -> None:
        self.site = url
        ArchiverError.__init__(
            self,
            f"{url} could not be fetched: {why}; try again, set [serve] replay_registry, or give a copy of the file with --from",
        )


class DamageFound(ArchiverError):
    """Bytes are not what they should be."""

    exit_code = 8


class PackageDamaged(DamageFound):
    """A package is not the one that this release was made for: another release of it, or other bytes."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where} is not the package that this release takes: {why}; nothing was installed")


class RecordDamaged(DamageFound):
    """A WARC record cannot be read as one; ends in its place."""

    def __init__(self, why: str, file: str, offset: int) -> None:
        self.why = why
        self.file = file
        self.offset = offset
        super().__init__(f"damaged record: {why} at offset {offset} in {file}")


class RecordTorn(RecordDamaged):
    """The file ends inside the record: the tail that a crash or a full disk leaves."""


class RecordRefused(ArchiverError):
    """A record that the standard forbids: it is refused before a byte of it is written."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not a legal WARC record: {why}")


class Busy(ArchiverError):
    """Another run has the lock of this site."""

    exit_code = 9

    def __init__(self, site: str, lock: str) -> None:
        super().__init__(f"another run of {site} is under way (lock: {lock}); wait for it or stop it")
