"""pywb's dialect: ``/web/cdx``. https://pywb.readthedocs.io/en/latest/manual/cdxserver_api.html"""

from __future__ import annotations

from archiver.errors import UsageError
from archiver.replay.cdx.collapse import Collapse
from archiver.replay.cdx.filters import read_filter
from archiver.replay.cdx.ia import NAMES, fields_of, sort_of
from archiver.replay.cdx.query import MAX_PAGE_BLOCKS, CdxQuery, Given, Output, Parameters, keys_of
from archiver.replay.cdx.rows import ORIGINAL_FIELDS

DEFAULT_FIELDS = ("urlkey", "timestamp", "url", "mime", "status", "digest", "length", "offset", "filename")
_OUTPUTS = {"text": Output.PLAIN, "cdxj": Output.CDXJ, "json": Output.NDJSON}


def read_query(parameters: Parameters) -> CdxQuery:
    """Read a request's parameters. Raises ``UsageError`` for what is malformed."""
    given = Given(parameters)
    url, match, low, high = keys_of(given)
    if given.flag("showPagedIndex"):
        raise UsageError("showPagedIndex: there is no paged index here")
    resolve = given.flag("resolveRevisits")
    closest = given.goal("closest")
    collapse = given.number("collapseTime", low=1, high=14)
    output = given.choice("output", _OUTPUTS) or Output.CDXJ
    fields = fields_of(given, default=())
    if fields and output is Output.PLAIN:
        output = Output.TEXT
    return CdxQuery(
        url=url,
        match=match,
        low=low,
        high=high,
        since=given.when("from"),
        until=given.when("to", end=True),
        limit=given.number("limit", low=1),
        filters=tuple(read_filter(text, names=NAMES, marks=True) for text in given.texts("filter")),
        collapses=(Collapse((("timestamp", collapse), ("statuscode", None))),) if collapse else (),
        fields=fields or ((*DEFAULT_FIELDS, *ORIGINAL_FIELDS) if resolve else DEFAULT_FIELDS),
        sort=sort_of(given, match, has_closest=closest is not None),
        closest=closest,
        output=output,
        page=given.number("page", low=0),
        page_blocks=given.number("pageSize", low=1, high=MAX_PAGE_BLOCKS) or 1,
        count_pages=given.flag("showNumPages"),
        count_as_object=True,
        resolve_revisits=resolve,
    )
