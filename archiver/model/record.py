"""The words of a WARC record that others need too: its type, its id, where it lies, why it was cut."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

RecordId = NewType("RecordId", str)
"""``urn:uuid:…``, without the angle brackets of the header."""

BlobKey = NewType("BlobKey", str)
"""The name of an object in the store, from the alphabet ``A-Z a-z 0-9 . _ - /``."""


class RecordType(StrEnum):
    """WARC-Type (ISO 28500:2017, section 6)."""

    WARCINFO = "warcinfo"
    RESPONSE = "response"
    RESOURCE = "resource"
    REQUEST = "request"
    METADATA = "metadata"
    REVISIT = "revisit"
    CONVERSION = "conversion"
    CONTINUATION = "continuation"


class Truncated(StrEnum):
    """WARC-Truncated: why the stored block ends before what the server sent or announced."""

    LENGTH = "length"
    TIME = "time"
    DISCONNECT = "disconnect"
    UNSPECIFIED = "unspecified"


MEMENTO_TYPES = frozenset({RecordType.RESPONSE, RecordType.REVISIT, RecordType.RESOURCE})
"""The types of record that say what a URL gave at a time, and so can be given to a reader as a memento (RFC 7089).

A conversion is no such answer: it is made of a record, later, and names it.
"""


@dataclass(frozen=True, slots=True)
class RecordRef:
    """Enough to read one record with one ranged read: store key of the WARC, offset and length of its gzip member."""

    file: BlobKey
    offset: int
    length: int
