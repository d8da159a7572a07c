"""Small things that several pages write: the address of a capture's page, and a language as HTML has it."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from archiver.model.capture import Capture

_UUID = "urn:uuid:"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}\Z")
_RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ku", "ps", "sd", "ug", "ur", "yi"})


def record_name(record_id: str) -> str:
    """A record id as one segment of a path."""
    return record_id.removeprefix(_UUID) if record_id.startswith(_UUID) else quote(record_id, safe="")


def record_of(segment: str) -> str:
    """The record id that ``record_name`` made a segment of."""
    name = unquote(segment)
    return name if ":" in name else _UUID + name


def permalink(base: str, capture: Capture) -> str:
    """The address that names a capture and the digest of its payload."""
    return f"{base}/article/{record_name(capture.record_id)}/{capture.digest or '-'}"


def direction_of(language: str | None) -> str:
    """``rtl`` or ``ltr`` by the language, ``auto`` where that is not known."""
    return "auto" if not language else "rtl" if language.lower().split("-")[0] in _RIGHT_TO_LEFT else "ltr"


def language_tag(language: str | None) -> str | None:
    """A language that may stand in ``lang``; pages tell what they like."""
    return language if language and _LANGUAGE.match(language) else None
