"""The operations for programs that are not the API: Memento, CDX, availability, metrics, health."""

from __future__ import annotations

from starlette.routing import Route

from archiver.replay.cdx.query import MAX_PAGE_BLOCKS, MatchType
from archiver.replay.memento import LINK_FORMAT
from archiver.replay.timemap import CDXJ, JSON
from archiver.web.machine import available, cdx, healthz, metrics, pywb_cdx
from archiver.web.openapi import openapi
from archiver.web.operation import Form, Operation, Parameter
from archiver.web.preference import WORDS
from archiver.web.replaying import replay
from archiver.web.routing import described, routes_of

_TEXT = {"type": "string"}
_URL = Parameter("url", "the archived URL, as it stands, with its query", required=True, place="path")
_STAMP = Parameter("timestamp", "1 to 17 digits; 14 or 17 name one capture", required=True, place="path")
_ACCEPT_DATETIME = Parameter("Accept-Datetime", "the time wished for (RFC 7089)", place="header")
_PREFER = Parameter("Prefer", "which view", choices=WORDS, place="header")
_GONE = {404: "Nothing of it is held", 451: "It may not be shown"}
_ANY = {"*/*": _TEXT}

_COMMON = (
    Parameter("url", "the URL; `prefix*` and `*.domain` are wildcards", required=True),
    Parameter("matchType", "which URLs", choices=tuple(MatchType)),
    Parameter("from", "from this time on, 1 to 17 digits"),
    Parameter("to", "up to and with this time, 1 to 17 digits"),
    Parameter("filter", "`[!]field:pattern`", repeats=20),
    Parameter("fl", "the fields, by commas"),
    Parameter("sort", "the order of the rows", choices=("default", "reverse", "closest")),
    Parameter("closest", "the instant for sort=closest, 1 to 17 digits"),
    Parameter("page", "a page, from 0", Form.INTEGER),
    Parameter("pageSize", "blocks of a page", Form.INTEGER, low=1, high=MAX_PAGE_BLOCKS),
    Parameter("showNumPages", "only the number of pages", choices=("true", "false")),
    Parameter("resolveRevisits", "where the records lie that revisits repeat", choices=("true", "false")),
)
_IA = (
    *_COMMON,
    Parameter("limit", "at most so many rows; a negative number means the last ones", Form.INTEGER, low=-20_000),
    Parameter("offset", "rows to leave out", Form.INTEGER),
    Parameter("collapse", "`field` or `field:N`", repeats=20),
    Parameter("output", "how it is written", choices=("text", "json", "cdxj")),
    Parameter("showResumeKey", "end with a key to go on by", choices=("true", "false")),
    Parameter("resumeKey", "go on behind this key"),
)
_PYWB = (
    *_COMMON,
    Parameter("limit", "at most so many rows", Form.INTEGER, low=1),
    Parameter("collapseTime", "digits of the timestamp that must differ", Form.INTEGER, low=1, high=14),
    Parameter("output", "how it is written", choices=("cdxj", "json", "text")),
)

MACHINE: tuple[Operation, ...] = (
    Operation(
        "/cdx/search/cdx",
        "CDX, as the Internet Archive has it",
        cdx,
        parameters=_IA,
        returns={"text/plain": _TEXT, JSON: {}, "text/x-cdxj": _TEXT},
        tag="cdx",
    ),
    Operation(
        "/web/cdx",
        "CDX, as pywb has it",
        pywb_cdx,
        parameters=_PYWB,
        returns={"text/x-cdxj": _TEXT, "text/x-ndjson": _TEXT, "text/plain": _TEXT, JSON: {}},
        tag="cdx",
    ),
    Operation(
        "/wayback/available",
        "The memento nearest to a time",
        available,
        parameters=(Parameter("url", "the URL", required=True), Parameter("timestamp", "1 to 17 digits")),
        returns={
            JSON: {
                "type": "object",
                "required": ["url", "archived_snapshots"],
                "properties": {"url": _TEXT, "archived_snapshots": {"type": "object"}},
            }
        },
        tag="memento",
    ),
    Operation(
        "/healthz", "Whether catalogue and store answer", healthz, returns={JSON: {"type": "object"}}, tag="service"
    ),
    Operation("/metrics", "Figures for Prometheus", metrics, returns={"text/plain": _TEXT}, tag="service"),
    Operation("/openapi.json", "This document", openapi, returns={JSON: {"type": "object"}}, tag="service"),
)
"""Those with a path of their own."""

REPLAY: tuple[Operation, ...] = (
    Operation(
        "/web/{url}",
        "TimeGate: to the memento nearest to Accept-Datetime",
        parameters=(_URL, _ACCEPT_DATETIME, _PREFER),
        status=302,
        statuses=_GONE,
        tag="memento",
    ),
    Operation(
        "/web/{timestamp}/{url}",
        "A memento: the safe view, without scripts",
        parameters=(_STAMP, _URL, _PREFER),
        returns=_ANY,
        statuses={302: "To the exact timestamp", **_GONE},
        tag="memento",
    ),
    Operation(
        "/web/{timestamp}id_/{url}",
        "A memento as it was sent, its headers as X-Archive-Orig-…",
        parameters=(_STAMP, _URL, _PREFER),
        returns=_ANY,
        statuses={302: "To the exact timestamp", **_GONE},
        tag="memento",
    ),
    *(
        Operation(
            f"/web/timemap/{form}/{{url}}",
            f"TimeMap in the format {form}",
            parameters=(_URL,),
            returns={media_type: schema},
            statuses=_GONE,
            tag="memento",
        )
        for form, media_type, schema in (
            ("link", LINK_FORMAT, _TEXT),
            ("json", JSON, {"type": "object"}),
            ("cdxj", CDXJ, _TEXT),
        )
    ),
)
"""Those that one handler tells apart, by the raw path."""


def protocol_routes() -> list[Route]:
    """The routes of this module; what has a path of its own below /web/ goes before the rest of it."""
    return [*routes_of(MACHINE), described("/web/{rest:path}", replay, REPLAY)]
