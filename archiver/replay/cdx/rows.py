"""One capture as a row: every field that a query may ask for, under the Internet Archive's names."""

from __future__ import annotations

import re

from archiver.catalog import Catalog
from archiver.model.capture import Capture
from archiver.model.instant import timestamp14
from archiver.model.keys import name_of
from archiver.model.record import RecordType
from archiver.records.revisits import resolve_revisit

ORIGINAL_FIELDS = ("orig.length", "orig.offset", "orig.filename")
FIELDS = (
    "urlkey",
    "timestamp",
    "original",
    "mimetype",
    "statuscode",
    "digest",
    "redirect",
    "robotflags",
    "length",
    "offset",
    "filename",
)
REVISIT = "warc/revisit"
_GAPS = re.compile(r"\s+")


def values_of(capture: Capture) -> dict[str, str]:
    """One capture's fields; unknown is ``-``. No value holds white space."""
    revisit = capture.record_type is RecordType.REVISIT
    values = {
        "urlkey": capture.surt,
        "timestamp": timestamp14(capture.at),
        "original": capture.url,
        "mimetype": REVISIT if revisit else capture.mime or "unk",
        "statuscode": "-" if revisit or capture.status is None else str(capture.status),
        "digest": capture.digest.bare if capture.digest else "-",
        "redirect": capture.redirect or "-",
        "robotflags": "-",
        "length": str(capture.record.length),
        "offset": str(capture.record.offset),
        "filename": name_of(capture.record.file),
        **dict.fromkeys(ORIGINAL_FIELDS, "-"),
    }
    return {name: _GAPS.sub("%20", value) or "-" for name, value in values.items()}


def resolved(values: dict[str, str], capture: Capture, catalog: Catalog) -> dict[str, str]:
    """The row of a revisit with media type and status of the record that it repeats, and where that lies."""
    held = resolve_revisit(catalog, capture)
    if held is None or held is capture:
        return values
    original = values_of(held)
    return {
        **values,
        "mimetype": original["mimetype"],
        "statuscode": original["statuscode"],
        **{name: original[name.removeprefix("orig.")] for name in ORIGINAL_FIELDS},
    }
