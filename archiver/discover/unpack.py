"""A source's bytes made text: gunzipped within bounds, decoded whatever it claims."""

from __future__ import annotations

import codecs
import re
import zlib

MAX_BYTES = 64_000_000
"""Bytes of a source after decompression; a sitemap may have 50 MB."""
MAX_RATIO = 100
"""How many times its packed size a source may have; ``FLOOR`` bytes it may always have."""
FLOOR = 1_000_000

_GZIP = b"\x1f\x8b"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_XML_CHARSET = re.compile(rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)


def gunzip(data: bytes, *, most: int = MAX_BYTES, ratio: int = MAX_RATIO) -> tuple[bytes, str | None]:
    """The bytes inside gzip members, at most ``most`` and ``ratio`` times the packed ones; and what was wrong: ``damaged``,
    ``too-large`` or None.

    Bytes that are not gzip come back as they are, cut to ``most``.
    """
    if not data.startswith(_GZIP):
        return data[:most], "too-large" if len(data) > most else None
    out: list[bytes] = []
    left = min(most, max(FLOOR, ratio * len(data)))
    while data.startswith(_GZIP):
        member = zlib.decompressobj(wbits=31)
        try:
            part = member.decompress(data, left + 1)
        except zlib.error:
            return b"".join(out), "damaged"
        out.append(part[:left])
        left -= len(part)
        if left < 0:
            return b"".join(out), "too-large"
        if not member.eof:
            return b"".join(out), "damaged"
        data = member.unused_data
    return b"".join(out), None


def decode(data: bytes, content_type: str | None) -> str:
    """The text: by its byte order mark, as UTF-8 where it is valid, else as it claims; what can't be read becomes U+FFFD."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace").lstrip("\ufeff")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    in_xml = _XML_CHARSET.search(data)
    in_header = _HEADER_CHARSET.search(content_type or "")
    claims = (in_xml[1].decode("ascii") if in_xml else None, in_header[1] if in_header else None, _sniffed(data))
    for name in filter(None, claims):
        if not name.lower().replace("-", "").startswith("utf8"):
            try:
                return data.decode(name, "replace")
            except (LookupError, UnicodeError, ValueError):
                continue
    # It says UTF-8 and is not quite: the faults cost a few characters, never an entry.
    return data.decode("utf-8", "replace")


def _sniffed(data: bytes) -> str | None:
    """UTF-16 without a mark begins with ``<`` and a zero."""
    return {b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}.get(data[:2])
