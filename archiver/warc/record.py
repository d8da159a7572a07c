"""A record before it is written."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from archiver.errors import RecordRefused
from archiver.model.instant import rfc3339
from archiver.model.record import RecordId, RecordType
from archiver.warc.content import RecordBlock
from archiver.warc.rules import breaches

VERSION = "WARC/1.1"


def new_record_id(random: Callable[[int], bytes] = os.urandom) -> RecordId:
    """A fresh ``urn:uuid:…`` from sixteen random bytes."""
    return RecordId(f"urn:uuid:{uuid.UUID(bytes=random(16), version=4)}")


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One WARC record. ``fields`` are the named fields besides type, id, date and the two Content fields, in order.

    ``at`` is the instant at which the capture event began; it is written cut to milliseconds.
    """

    type: RecordType
    id: RecordId
    at: datetime
    fields: tuple[tuple[str, str], ...]
    content_type: str | None
    block: RecordBlock

    def all_fields(self) -> list[tuple[str, str]]:
        """Every named field, in the order in which it is written."""
        fields = [
            ("WARC-Type", self.type.value),
            ("WARC-Record-ID", f"<{self.id}>"),
            ("WARC-Date", rfc3339(self.at)),
            *self.fields,
        ]
        if self.content_type is not None:
            fields.append(("Content-Type", self.content_type))
        fields.append(("Content-Length", str(self.block.length)))
        return fields

    def head(self) -> bytes:
        """The version line and named fields as bytes, with the blank line. Raises ``RecordRefused``.

        Nothing that the standard forbids is written: no control character (so no CR, LF or NUL), no illegal URI, no
        field that may not stand in such a record, none twice that may not repeat.
        """
        fields = self.all_fields()
        for _, text in breaches(self.type, fields):
            raise RecordRefused(text)
        for name, value in fields:
            if value != value.strip(" \t"):
                raise RecordRefused(f"white space around the value of {name}")
        lines = [VERSION, *(f"{name}: {value}" for name, value in fields), "", ""]
        try:
            return "\r\n".join(lines).encode()
        except UnicodeEncodeError as error:
            raise RecordRefused(f"a value is not Unicode text: {error.reason}") from error
