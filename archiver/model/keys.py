"""Store keys: where each object of the archive lies. Keys are made of our own alphabet, never of a URL.

A WARC's name carries its site, the instant it was opened, a serial and the host that wrote it; everything that belongs
to it has the same name in another folder.
"""

from __future__ import annotations

import os
import re
from datetime import datetime

from archiver.model.article import Extractor
from archiver.model.instant import timestamp17
from archiver.model.record import BlobKey

SUFFIX = ".warc.gz"
_NAME = re.compile(
    r"(?P<site>[a-z0-9][a-z0-9.-]*)-(?P<stamp>\d{17})-(?P<serial>\d{5})-(?P<host>[a-z0-9.-]+)\.warc\.gz\Z"
)
_SITE = re.compile(r"[a-z0-9][a-z0-9.-]*\Z")
_INDEX = re.compile(r"index/(?P<rest>.+)\.cdxj\.gz\Z")
_MANIFEST = re.compile(r"manifests/(?P<rest>.+)\.json\Z")
_ARTICLES = re.compile(r"articles/[^/]+/(?P<rest>.+)\.jsonl\.gz\Z")
IMPORTED = "imported"
"""The site of files that others wrote, unless they say which; no site of ours may have this name."""
KEY_ALPHABET = re.compile(r"[A-Za-z0-9._/-]+\Z")


def is_site_name(text: str) -> bool:
    """Whether ``text`` may name a site: ``[a-z0-9][a-z0-9.-]*``, at most 100 characters, no ``..``, not ``imported``."""
    return bool(_SITE.match(text)) and len(text) <= 100 and ".." not in text and text != IMPORTED


def host_label(host: str) -> str:
    """A computer's name made fit for a key."""
    return re.sub(r"[^a-z0-9.-]", "-", host.lower()).strip("-.")[:40] or "host"


def warc_name(site: str, at: datetime, *, serial: int, host: str) -> str:
    """``<site>-<timestamp17>-<serial>-<host>.warc.gz``."""
    return f"{site}-{timestamp17(at)}-{serial:05d}-{host_label(host)}{SUFFIX}"


def warc_key(name: str) -> BlobKey:
    """``warcs/<site>/<yyyy>/<mm>/<dd>/<name>`` of a name that ``warc_name`` made. Raises ``ValueError``."""
    match = _NAME.match(name)
    if not match:
        raise ValueError(f"not a WARC name of ours: {name!r}")
    stamp = match["stamp"]
    return BlobKey(f"warcs/{match['site']}/{stamp[:4]}/{stamp[4:6]}/{stamp[6:8]}/{name}")


_LEGAL_IN_NAME = re.compile(r"[A-Za-z0-9._-]")


def imported_key(name: str, *, sha256: str) -> BlobKey:
    """``warcs/imported/<sha256, first 16>/<its own name>``.

    What no key may hold is percent-encoded in the name, with ``_`` for the percent sign. The end of a long name is kept.
    """
    coded = [c if _LEGAL_IN_NAME.match(c) else "".join(f"_{b:02X}" for b in os.fsencode(c)) for c in name.lstrip(".")]
    while sum(map(len, coded)) > 200:
        del coded[0]
    own = "".join(coded).lstrip(".") or "warc"
    return BlobKey(f"warcs/{IMPORTED}/{sha256[:16]}/{own}")


def is_imported(key: str) -> bool:
    """Whether a store key is that of an imported WARC."""
    return key.startswith(f"warcs/{IMPORTED}/")


def name_of(key: str) -> str:
    """The file name of a store key."""
    return key.rpartition("/")[2]


def stamp_of(key: str) -> str | None:
    """The 17 digits of a WARC's name: when it was begun. None for a name that is not ours."""
    match = _NAME.match(name_of(key))
    return match["stamp"] if match else None


def warcs_of(key: str) -> tuple[BlobKey, ...]:
    """The WARCs to which an index, manifest or article sidecar may belong, ours first; none for other keys."""
    for pattern in (_INDEX, _MANIFEST, _ARTICLES):
        match = pattern.match(key)
        if match:
            return tuple(BlobKey(f"warcs/{match['rest']}{ending}") for ending in (SUFFIX, ".warc.zst", ".warc", ""))
    return ()


def _sibling(key: str, folder: str, suffix: str) -> BlobKey:
    body = key.removeprefix("warcs/")
    for ending in (SUFFIX, ".warc.zst", ".warc"):
        if body.endswith(ending):
            return BlobKey(f"{folder}/{body.removesuffix(ending)}{suffix}")
    return BlobKey(f"{folder}/{body}{suffix}")


def cdxj_key(warc: str) -> BlobKey:
    """The CDXJ sidecar of a WARC."""
    return _sibling(warc, "index", ".cdxj.gz")


def manifest_key(warc: str) -> BlobKey:
    """The manifest of a WARC."""
    return _sibling(warc, "manifests", ".json")


def articles_key(warc: str, extractor: Extractor) -> BlobKey:
    """The article sidecar of a WARC by one extractor version."""
    return _sibling(warc, f"articles/{extractor}", ".jsonl.gz")


def extractor_of(key: str) -> Extractor | None:
    """The extractor version of an article sidecar; None for other keys."""
    match = _ARTICLES.match(key)
    return Extractor.parse(key.split("/")[1]) if match else None


def journal_key(ulid: str, at: datetime) -> BlobKey:
    """One journal entry."""
    return BlobKey(f"journal/{at:%Y}/{at:%m}/{ulid}.json")
