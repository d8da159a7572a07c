"""Access views: a catalogue as readers may see it.

On a reader's connection, temporary views of its own stand before ``captures`` and ``articles``, so that every statement of
every package reads through the access rules, whoever wrote it. What is excluded or under embargo is in neither; what is
blocked is listed among captures, and has no article. A write to either fails: the views are for reading.

A rule takes effect with the next statement, and embargoes end by the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, event, text

from archiver.model.access import Access
from archiver.model.instant import micros
from archiver.model.record import RecordRef

_NOW = {"sqlite": "(SELECT archiver_now())", "postgresql": "(SELECT (extract(epoch FROM now()) * 1000000)::bigint)"}


def decision(surt: str, at: str, *, now: str, column: str = "access") -> str:
    """An SQL expression: what the rules allow at the instant ``now`` for a capture of this SURT and time; ``allow`` where
    no rule applies. All three are expressions too."""
    return f"""COALESCE((
        SELECT r.{column} FROM access_rules AS r
        WHERE r.low <= {surt} AND {surt} < r.high
          AND (r.since IS NULL OR {at} >= r.since) AND (r.until IS NULL OR {at} <= r.until)
          AND (r.newer IS NULL OR {at} > {now} - r.newer) AND (r.older IS NULL OR {at} <= {now} - r.older)
        ORDER BY r.exact DESC, length(r.low) DESC, r.id DESC LIMIT 1), 'allow')"""


def views(dialect: str, home: str) -> tuple[str, ...]:
    """The statements that make the views on a connection; ``home`` is the schema of the tables themselves."""
    # Where there is no rule at all, no row is looked at twice.
    none = "NOT EXISTS (SELECT 1 FROM access_rules)"
    captures = decision("c.surt", "c.at", now=_NOW[dialect])
    articles = decision("a.surt", "a.captured_at", now=_NOW[dialect])
    shown = {
        "captures": f"SELECT c.* FROM {home}.captures AS c WHERE {none} OR {captures} IN ('allow', 'block')",
        "articles": f"SELECT a.* FROM {home}.articles AS a WHERE {none} OR {articles} = 'allow'",
    }
    return tuple(f"CREATE TEMP VIEW {name} AS {select}" for name, select in shown.items())


def add_views(engine: Engine, now: Callable[[], datetime]) -> None:
    """Give every connection that ``engine`` opens from now on the views. The tables must be there."""
    dialect = engine.dialect.name

    @event.listens_for(engine, "connect")
    def opened(connection: Any, _record: Any) -> None:
        if dialect == "sqlite":
            connection.create_function("archiver_now", 0, lambda: micros(now()))
        cursor = connection.cursor()
        home = "main"
        if dialect == "postgresql":
            cursor.execute("SELECT quote_ident(current_schema())")
            home = cursor.fetchone()[0]
        for statement in views(dialect, home):
            cursor.execute(statement)
        cursor.close()
        if dialect == "postgresql":
            connection.commit()


def rules_by_time(connection: Connection) -> bool:
    """Whether a rule applies to some captures of a page and not to others, so that the newest may be withheld alone."""
    bounds = " OR ".join(f"{name} IS NOT NULL" for name in ("since", "until", "newer", "older"))
    return bool(connection.execute(text(f"SELECT EXISTS (SELECT 1 FROM access_rules WHERE {bounds})")).scalar())


def of_record(connection: Connection, ref: RecordRef, *, now: int) -> Access:
    """What the rules allow for the capture whose record is there; a record that no row names is excluded.

    For connections with and without the views.
    """
    ruled = decision("c.surt", "c.at", now=":now")
    statement = text(
        f"SELECT {ruled} FROM captures AS c JOIN files AS f ON f.id = c.file_id "
        'WHERE f.key = :file AND c."offset" = :offset'
    )
    found = connection.execute(statement, {"file": ref.file, "offset": ref.offset, "now": now}).scalars().all()
    ruled_so = {Access(each) for each in found} or {Access.EXCLUDE}
    strictest_first = (Access.EXCLUDE, Access.EMBARGO, Access.BLOCK, Access.ALLOW)
    return next(access for access in strictest_first if access in ruled_so)


def of_url(connection: Connection, surt: str, at: int, *, now: int) -> tuple[Access, str | None]:
    """What the rules allow for a SURT at an instant (microseconds), and the body of the rule that decides."""
    access, body = (
        connection.execute(
            text(f"SELECT {decision(':surt', ':at', now=':now', column=column)}"),
            {"surt": surt, "at": at, "now": now},
        ).scalar_one()
        for column in ("access", "body")
    )
    return Access(access), None if body == Access.ALLOW.value else body
