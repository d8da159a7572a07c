"""The JSON schemas of what ``/api/…`` gives: the same keys as ``--json``."""

from __future__ import annotations

from typing import Any

from archiver.model.capture import Kind, Verdict
from archiver.model.coverage import Missing
from archiver.model.record import RecordType, Truncated
from archiver.model.run import Outcome

_TEXT = {"type": "string"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_COUNT = {"type": "integer", "minimum": 0}
_TIME = {"type": "string", "format": "date-time"}
_MAYBE_TIME = {"type": ["string", "null"], "format": "date-time"}
_TEXTS = {"type": "array", "items": _TEXT}


def _maybe(values: type[Any]) -> dict[str, Any]:
    return {"enum": [*(value.value for value in values), None]}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    """An object that always has all of these keys; more may come."""
    return {"type": "object", "required": list(properties), "properties": properties}


CAPTURE = _object(
    {
        "url": _TEXT,
        "surt": _TEXT,
        "at": _TIME,
        "timestamp": {"type": "string", "pattern": "^[0-9]{17}$"},
        "status": {"type": ["integer", "null"]},
        "mime": _MAYBE_TEXT,
        "digest": _MAYBE_TEXT,
        "record_type": {"enum": [value.value for value in RecordType]},
        "kind": {"enum": [value.value for value in Kind]},
        "site": _TEXT,
        "run": _MAYBE_TEXT,
        "verdict": _maybe(Verdict),
        "truncated": _maybe(Truncated),
        "record_id": _TEXT,
        "file": _TEXT,
        "offset": _COUNT,
        "length": _COUNT,
    }
)
ARTICLE = _object(
    {
        "url": _TEXT,
        "at": _TIME,
        "site": _TEXT,
        "title": _MAYBE_TEXT,
        "lead": _MAYBE_TEXT,
        "text": _TEXT,
        "paragraphs": _TEXTS,
        "authors": _TEXTS,
        "published_at": _MAYBE_TIME,
        "published_precision": _MAYBE_TEXT,
        "modified_at": _MAYBE_TIME,
        "language": _MAYBE_TEXT,
        "section": _MAYBE_TEXT,
        "tags": _TEXTS,
        "images": {"type": "array", "items": _object({"url": _TEXT, "caption": _MAYBE_TEXT, "credit": _MAYBE_TEXT})},
        "canonical_url": _MAYBE_TEXT,
        "alternates": {"type": "object", "additionalProperties": _TEXT},
        "source_url": _MAYBE_TEXT,
        "source_name": _MAYBE_TEXT,
        "publisher": _MAYBE_TEXT,
        "verdict": {"enum": [value.value for value in Verdict]},
        "verdict_reason": _TEXT,
        "word_count": _COUNT,
        "provenance": {
            "type": "object",
            "additionalProperties": _object({"from": _TEXT, "confidence": {"type": "number"}}),
        },
        "extractor": _TEXT,
    }
)
HIT = _object(
    {
        "url": _TEXT,
        "at": _TIME,
        "title": _MAYBE_TEXT,
        "snippet": _TEXT,
        "site": _TEXT,
        "language": _MAYBE_TEXT,
        "published_at": _MAYBE_TIME,
        "score": {"type": "number"},
    }
)
HELD = _object(
    {
        "url": _TEXT,
        "state": {"enum": ["held", "missing", "unknown"]},
        "nearest": {"oneOf": [{"$ref": "#/components/schemas/Capture"}, {"type": "null"}]},
        "captures": _COUNT,
    }
)
SITE = _object(
    {
        "site": _TEXT,
        "title": _MAYBE_TEXT,
        "publisher": _MAYBE_TEXT,
        "timezone": _TEXT,
        "hosts": {"type": "array", "items": _object({"name": _TEXT, "language": _MAYBE_TEXT})},
        "sources": {"type": "array", "items": _object({"url": _TEXT, "kind": _TEXT})},
        "checked": _TEXT,
    }
)
RUN = _object(
    {
        "run": _TEXT,
        "site": _TEXT,
        "started_at": _TIME,
        "ended_at": _MAYBE_TIME,
        "outcome": _maybe(Outcome),
        "captures": _COUNT,
        "pages": _COUNT,
        "new": _COUNT,
        "revisits": _COUNT,
        "failed": _COUNT,
        "bytes": _COUNT,
        "files": _TEXTS,
        "articles": _COUNT,
    }
)
DAY_COVERAGE = _object(
    {
        "site": _TEXT,
        "day": {"type": "string", "format": "date"},
        "listed": _COUNT,
        "held": _COUNT,
        "missing": {
            "type": "object",
            "propertyNames": {"enum": [reason.value for reason in Missing]},
            "additionalProperties": {"type": "integer", "minimum": 1},
        },
        "urls": {
            "type": ["array", "null"],
            "items": _object({"url": _TEXT, "state": {"enum": ["held", "missing"]}, "reason": _maybe(Missing)}),
        },
    }
)
ERROR = _object({"error": _object({"code": _TEXT, "message": _TEXT, "status": {"type": "integer"}})})

COMPONENTS: dict[str, dict[str, Any]] = {
    "Capture": CAPTURE,
    "Article": ARTICLE,
    "Hit": HIT,
    "Held": HELD,
    "Site": SITE,
    "Run": RUN,
    "DayCoverage": DAY_COVERAGE,
    "Error": ERROR,
}


def ref(name: str) -> dict[str, str]:
    """A reference to one of the components."""
    if name not in COMPONENTS:
        raise KeyError(name)
    return {"$ref": f"#/components/schemas/{name}"}
