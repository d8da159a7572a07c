"""What the catalogue's repositories share: a method is a transaction, and long lists are read in pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, tuple_

from archiver.catalog.database import Database

FIRST_PAGE = 200
"""Rows of the first page; each next one is twice as large, up to ``LAST_PAGE``: a look is cheap and a long read quick."""

LAST_PAGE = 5_000


class Repository:
    """A table, or a few that belong together, as methods. Each of them may raise ``CatalogError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def _pages(
        self,
        statement: Select[Any],
        order: Sequence[ColumnElement[Any]],
        read: Callable[[Connection, Select[Any]], list[T]],
        place: Callable[[T], Sequence[Any]],
        *,
        after: Sequence[Any] | None = None,
        limit: int | None = None,
        skip: int = 0,
        descending: bool = False,
        sizes: tuple[int, int] = (FIRST_PAGE, LAST_PAGE),
    ) -> Iterator[T]:
        """What ``read`` makes of a statement's rows in their order, at most ``limit``; each page in its own short transaction.

        So a long read keeps nobody waiting, and sees what is added ahead of it. ``place`` gives an object's values of the
        columns in ``order``; ``after`` are those behind which to begin, ``skip`` how many to leave out there.
        """
        ordered = statement.order_by(*(column.desc() if descending else column for column in order))
        here, (size, last), left = tuple_(*order), sizes, limit
        while left is None or left > 0:
            count = size if left is None else min(size, left)
            some = ordered.limit(count)
            if skip:
                some = some.offset(skip)
            if after is not None:
                some = some.where(here < tuple_(*after) if descending else here > tuple_(*after))
            page = self._database.read(lambda connection, some=some: read(connection, some))  # type: ignore[misc]
            yield from page
            if len(page) < count:
                return
            left = None if left is None else left - count
            after, skip, size = place(page[-1]), 0, min(size * 2, last)


T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R", bound=Repository)
Inside = Callable[Concatenate[R, Connection, P], T]
"""A method as it is written, with the connection of its transaction."""
Outside = Callable[Concatenate[R, P], T]
"""The same as it is called."""


def reads(work: Inside[R, P, T]) -> Outside[R, P, T]:
    """A method that sees one state of the database."""

    @wraps(work)
    def method(self: R, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._database.read(lambda connection: work(self, connection, *args, **kwargs))

    return method


def writes(work: Inside[R, P, T]) -> Outside[R, P, T]:
    """A method that is one transaction, on the disk when it returns; it may run again where the database was busy."""

    @wraps(work)
    def method(self: R, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._database.write(lambda connection: work(self, connection, *args, **kwargs))

    return method


def writes_lightly(work: Inside[R, P, T]) -> Outside[R, P, T]:
    """``writes`` for what a power cut may take back whole, since it is done again anyway."""

    @wraps(work)
    def method(self: R, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._database.write(lambda connection: work(self, connection, *args, **kwargs), durable=False)

    return method
