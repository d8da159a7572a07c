"""The Internet Archive's dialect: ``/cdx/search/cdx``.

https://github.com/internetarchive/wayback/tree/master/wayback-cdx-server
"""

from __future__ import annotations

from archiver.errors import UsageError
from archiver.replay.cdx.collapse import read_collapse
from archiver.replay.cdx.filters import read_filter
from archiver.replay.cdx.query import MAX_PAGE_BLOCKS, CdxQuery, Given, MatchType, Output, Parameters, Sort, keys_of
from archiver.replay.cdx.rows import FIELDS, ORIGINAL_FIELDS

DEFAULT_FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
NAMES = {name: name for name in (*FIELDS, *ORIGINAL_FIELDS)} | {
    "url": "original",
    "mime": "mimetype",
    "status": "statuscode",
}
_OUTPUTS = {"text": Output.TEXT, "json": Output.JSON, "cdxj": Output.CDXJ}


def read_query(parameters: Parameters) -> CdxQuery:
    """Read a request's parameters. Raises ``UsageError`` for what is malformed or would select other rows than we give.

    What only shapes an answer elsewhere (``gzip``, ``fastLatest``, …) is passed over.
    """
    given = Given(parameters)
    url, match, low, high = keys_of(given)
    limit = given.number("limit", low=-(10**15))
    if limit == 0:
        raise UsageError("limit: not a whole number other than 0")
    closest = given.goal("closest")
    resolve = given.flag("resolveRevisits")
    return CdxQuery(
        url=url,
        match=match,
        low=low,
        high=high,
        since=given.when("from"),
        until=given.when("to", end=True),
        limit=limit,
        offset=given.number("offset", low=0) or 0,
        filters=tuple(read_filter(text, names=NAMES, marks=False) for text in given.texts("filter")),
        collapses=tuple(read_collapse(text, names=NAMES) for text in given.texts("collapse")),
        fields=fields_of(given, default=(*DEFAULT_FIELDS, *ORIGINAL_FIELDS) if resolve else DEFAULT_FIELDS),
        sort=sort_of(given, match, has_closest=closest is not None),
        closest=closest,
        output=given.choice("output", _OUTPUTS) or Output.TEXT,
        show_resume_key=given.flag("showResumeKey"),
        resume_key=given.text("resumeKey"),
        page=given.number("page", low=0),
        page_blocks=given.number("pageSize", low=1, high=MAX_PAGE_BLOCKS) or 1,
        count_pages=given.flag("showNumPages"),
        resolve_revisits=resolve,
    )


def fields_of(given: Given, *, default: tuple[str, ...]) -> tuple[str, ...]:
    """The fields that ``fl`` (or ``fields``) names. Raises ``UsageError``."""
    text = given.text("fl") or given.text("fields") or ""
    names = tuple(name for name in text.split(",") if name)
    for name in names:
        if name not in NAMES:
            raise UsageError(f"fl: unknown field {name[:40]!r}; known: {', '.join(NAMES)}")
    return names[: len(NAMES)] or default


def sort_of(given: Given, match: MatchType, *, has_closest: bool) -> Sort:
    """The order that is asked for. Raises ``UsageError``."""
    text = given.text("sort") or ("reverse" if given.flag("reverse") else "")
    if text not in {"", "default", "regular", "reverse", "closest"}:
        raise UsageError(f"sort: default, reverse or closest, not {text[:40]!r}")
    if text == "closest" and match is not MatchType.EXACT:
        raise UsageError("sort=closest: only of one URL (matchType=exact)")
    if text == "closest" and not has_closest:
        raise UsageError("sort=closest: needs closest=")
    return Sort(text) if text in {"reverse", "closest"} else Sort.DEFAULT
