"""Reading the index: matching documents with their rank, facets over them, and the page of hits that is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from archiver.catalog import ArticleFilter
from archiver.catalog.access_views import rules_by_time
from archiver.catalog.articles import reading_of, select_readings
from archiver.catalog.schema import articles, captures
from archiver.catalog.sql import tidy
from archiver.model.article import Extraction
from archiver.model.capture import Capture
from archiver.model.instant import from_micros, micros
from archiver.search.hits import Facets, Found, Hit, Sort
from archiver.search.query_text import Node, Term, fts5, terms
from archiver.search.snippet import marks_of, snippet

WEIGHTS = {"title": 8.0, "body": 1.0, "exact": 2.0, "author": 4.0, "section": 2.0, "address": 1.0, "facts": 0.0}
MOST = 50_000
"""Results that are counted and ranked through; of a query that finds more the number is marked as capped."""

FACET_VALUES = 50
"""Values of one facet at most."""

_RANK = f"bm25(search_text, {', '.join(str(weight) for weight in WEIGHTS.values())})"
_COLUMNS = "d.capture_id, d.verdict, d.site, d.language, d.section, d.authors, d.dated_at, d.captured_at"
_ORDERS = {
    "rank": "score, d.dated_at DESC, d.capture_id",
    "newest": "d.dated_at DESC, d.capture_id",
    "oldest": "d.dated_at, d.capture_id",
}
_IS_LATEST = (
    "EXISTS (SELECT 1 FROM articles AS a WHERE a.capture_id = d.capture_id AND a.verdict = d.verdict AND a.latest)"
)
_WAS_NEWEST = (
    "d.captured_at <= :as_of AND NOT EXISTS (SELECT 1 FROM search_documents AS later WHERE later.surt = d.surt "
    "AND (later.captured_at, later.capture_id) > (d.captured_at, d.capture_id) AND later.captured_at <= :as_of)"
)
_SEEN_LATER = (
    "SELECT 1 FROM search_documents AS later JOIN articles AS b "
    "ON b.capture_id = later.capture_id AND b.verdict = later.verdict AND b.latest WHERE later.surt = d.surt "
    "AND (later.captured_at, later.capture_id) > (d.captured_at, d.capture_id)"
)
# Where a rule withholds the newest capture and not those before it, the newest of those stands for it.
_NEWEST_SEEN = f"(d.newest OR NOT EXISTS ({_SEEN_LATER} AND later.content_sha256 = d.content_sha256))"
_WAS_NEWEST_SEEN = f"d.captured_at <= :as_of AND NOT EXISTS ({_SEEN_LATER} AND later.captured_at <= :as_of)"
_CONDITIONS = {
    "site": "d.site = :site",
    "language": "d.language = :language",
    "section": "d.section = :section",
    "author": "instr(char(10) || d.authors || char(10), char(10) || :author || char(10)) > 0",
    "since": "d.captured_at >= :since",
    "until": "d.captured_at <= :until",
    "published_since": "d.dated_at >= :published_since",
    "published_until": "d.dated_at <= :published_until",
}


def look_up(
    connection: Connection,
    node: Node | None,
    *,
    wanted: ArticleFilter,
    sort: Sort,
    limit: int,
    offset: int,
    facets: bool,
) -> Found:
    """The results of an expression; without one, every document that is wanted."""
    expression = fts5(node)
    if expression is None and (node is not None or not wanted.narrows):
        return Found()
    values = _values(wanted)
    by_time = rules_by_time(connection)
    conditions = [_CONDITIONS[name] for name in values if name != "as_of"]
    if wanted.as_of is not None:
        conditions.append(_WAS_NEWEST_SEEN if by_time else _WAS_NEWEST)
    else:
        conditions.append(_NEWEST_SEEN if by_time else "d.newest")
    if not facets:
        conditions.append("d.verdict = :verdict")
        values["verdict"] = wanted.verdict.value
    conditions.append(_IS_LATEST)
    source, score = "search_documents AS d", "0.0"
    if expression is not None:
        # CROSS JOIN fixes the order: the words first, whatever the planner thinks of the other conditions.
        source = "search_text CROSS JOIN search_documents AS d ON d.capture_id = search_text.rowid"
        score = _RANK if sort == "rank" else score  # ranking costs half of it all
        conditions.insert(0, "search_text MATCH :query")
        values["query"] = expression
    statement = text(
        f"SELECT {_COLUMNS}, {score} AS score FROM {source} WHERE {' AND '.join(conditions)} "
        f"ORDER BY {_ORDERS[sort]} LIMIT :most"
    )
    most = MOST if facets else limit + offset
    rows = connection.execute(statement, {**tidy(values), "most": most}).all()
    ours: Sequence[Row[Any]] = rows
    verdicts = Counter(row[1] for row in rows)
    if verdicts.keys() - {wanted.verdict.value}:
        ours = [row for row in rows if row[1] == wanted.verdict.value]
    hits = _hits(connection, ours[offset : offset + limit], terms(node))
    counted = _facets(ours, verdicts) if facets else Facets()
    return Found(tuple(hits), len(ours), len(rows) == most, counted)


def _values(wanted: ArticleFilter) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in (*_CONDITIONS, "as_of"):
        value = getattr(wanted, name)
        if value is not None:
            found[name] = micros(value) if isinstance(value, datetime) else value
    return found


def _facets(rows: Sequence[Row[Any]], verdicts: Counter[str]) -> Facets:
    if not rows:
        return Facets(verdict=_top(verdicts))
    # By columns: a common word finds a large part of the archive.
    _, _, sites, languages, sections, authors, dated, captured, _ = zip(*rows, strict=True)
    by_author: Counter[str] = Counter()
    for names, number in Counter(authors).items():
        for name in (names or "").split("\n"):
            by_author[name] += number
    return Facets(
        site=_top(Counter(sites)),
        language=_top(Counter(languages)),
        section=_top(Counter(sections)),
        author=_top(by_author),
        published=_spans(dated),
        captured=_spans(captured),
        verdict=_top(verdicts),
    )


def _top(counts: Counter[str]) -> dict[str, int]:
    ranked = sorted(
        ((value, number) for value, number in counts.items() if value), key=lambda item: (-item[1], item[0])
    )
    return dict(ranked[:FACET_VALUES])


_DAY = 86_400_000_000


def _spans(instants: Sequence[int]) -> dict[str, int]:
    """Months, or years where there are many, oldest first."""
    months: Counter[str] = Counter()
    for day, number in Counter(instant // _DAY for instant in instants).items():
        at = from_micros(day * _DAY)
        months[f"{at.year:04d}-{at.month:02d}"] += number
    names = sorted(months)
    if not names or int(names[-1][:4]) - int(names[0][:4]) < 2:
        return {name: months[name] for name in names}
    years: Counter[str] = Counter()
    for name, number in months.items():
        years[name[:4]] += number
    return {name: years[name] for name in sorted(years)}


def _hits(connection: Connection, found: Sequence[Row[Any]], wanted: Sequence[Term]) -> list[Hit]:
    ids = [row.capture_id for row in found]
    statement = select_readings().where(articles.c.latest.is_(True), captures.c.id.in_(ids))
    readings = {row["id"]: reading_of(row) for row in connection.execute(statement).mappings()}
    return [_hit(*readings[row.capture_id], score=row.score, wanted=wanted) for row in found]


def _hit(capture: Capture, extraction: Extraction, *, score: float, wanted: Sequence[Term]) -> Hit:
    article = extraction.article
    of_capture = Hit(
        url=capture.url,
        at=capture.at,
        title=None,
        snippet=extraction.reason,
        site=capture.site,
        language=None,
        published_at=None,
        score=round(-score, 6),
        record_id=capture.record_id,
        digest=str(capture.digest) if capture.digest else None,
        verdict=extraction.verdict,
    )
    if article is None:
        return of_capture
    piece = snippet(article.text, [term for term in wanted if term.field in {None, "body"}])
    title = article.title
    return replace(
        of_capture,
        title=title,
        snippet=piece.text,
        language=article.language,
        published_at=article.published_at,
        marks=piece.marks,
        title_marks=marks_of(title, [term for term in wanted if term.field in {None, "title"}]) if title else (),
        section=article.section,
        authors=article.authors,
    )
