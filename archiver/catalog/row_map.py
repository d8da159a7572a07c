"""Objects as rows and back, declared once: each field of a dataclass goes with the column of its name."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from types import UnionType
from typing import Any, Generic, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

from sqlalchemy import Connection, Select

from archiver.catalog.sql import Row, to_json
from archiver.model.digest import Digest
from archiver.model.instant import cut, from_micros, micros

T = TypeVar("T")
_MICROSECOND = timedelta(microseconds=1)
_ALGORITHMS = {20: "sha1", 32: "sha256", 16: "md5"}


@dataclass(frozen=True, slots=True)
class Codec:
    """How a value is kept in its column, and read back. None is NULL; NULL is None, or what ``absent`` makes."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]
    absent: Callable[[], Any] = lambda: None


def _same(value: Any) -> Any:
    return value


AS_IT_IS = Codec(_same, _same)
CUT = Codec(lambda at: micros(cut(at)), from_micros)
"""An instant, cut to whole milliseconds as keys are."""

JSON = Codec(to_json, json.loads)
_CODECS: dict[type, Codec] = {
    datetime: Codec(micros, from_micros),
    timedelta: Codec(lambda value: value // _MICROSECOND, lambda value: value * _MICROSECOND),
    Digest: Codec(lambda value: value.raw, lambda raw: Digest(_ALGORITHMS[len(raw)], bytes(raw))),
    bool: Codec(_same, bool),
    dict: JSON,
    Mapping: JSON,
}


class RowMap(Generic[T]):
    """How objects of a dataclass are rows, both ways.

    A field's annotation decides how it is stored: instants and spans as microseconds, enumerations by their value,
    digests as raw bytes, mappings as JSON. Fields of a field that is a dataclass itself lie in the same row. ``columns``
    and ``codecs`` are for fields that differ; those that are ``without`` a column are given when a row is read.
    """

    def __init__(
        self,
        of: type[T],
        *,
        columns: Mapping[str, str] | None = None,
        codecs: Mapping[str, Codec] | None = None,
        without: Collection[str] = (),
    ) -> None:
        self._of = of
        self._columns = columns or {}
        self._codecs = codecs or {}
        self._without = frozenset(without)

    @cached_property
    def _fields(self) -> tuple[list[tuple[str, str, Codec]], list[tuple[str, RowMap[Any]]]]:
        """Fields with their column and codec, and those that are dataclasses; read when it is first needed."""
        kinds = {name: _kind_of(hint) for name, hint in get_type_hints(self._of).items()}
        plain: list[tuple[str, str, Codec]] = []
        nested: list[tuple[str, RowMap[Any]]] = []
        of: Any = self._of
        for name in (field.name for field in fields(of)):
            kind: Any = kinds[name]
            if name in self._without:
                continue
            if name not in self._codecs and kind not in _CODECS and is_dataclass(kind):
                inner: Any = kind
                nested.append((name, RowMap(inner, columns=self._columns, codecs=self._codecs, without=self._without)))
            else:
                plain.append((name, self._columns.get(name, name), self._codecs.get(name) or _codec_of(kind)))
        return plain, nested

    def write(self, of: T) -> dict[str, Any]:
        """The columns of an object."""
        plain, nested = self._fields
        row: dict[str, Any] = {}
        for name, column, codec in plain:
            value = getattr(of, name)
            row[column] = None if value is None else codec.write(value)
        for name, inner in nested:
            row |= inner.write(getattr(of, name))
        return row

    def read(self, row: Row, *, prefix: str = "", **more: Any) -> T:
        """The object of a row, whose columns may all have a ``prefix``; ``more`` are fields that it does not have."""
        plain, nested = self._fields
        for name, column, codec in plain:
            value = row[prefix + column]
            more[name] = codec.absent() if value is None else codec.read(value)
        for name, inner in nested:
            more[name] = inner.read(row, prefix=prefix)
        return self._of(**more)

    def all(self, connection: Connection, statement: Select[Any]) -> list[T]:
        """The objects that a statement selects."""
        return [self.read(row) for row in connection.execute(statement).mappings()]

    def first(self, connection: Connection, statement: Select[Any]) -> T | None:
        """The first of them."""
        row = connection.execute(statement.limit(1)).mappings().first()
        return None if row is None else self.read(row)


def _kind_of(hint: Any) -> Any:
    """The class behind an annotation: without None, parameters and new names."""
    if get_origin(hint) in {Union, UnionType}:
        (hint,) = (each for each in get_args(hint) if each is not type(None))
    if isinstance(hint, NewType):
        hint = hint.__supertype__
    return get_origin(hint) or hint


def _codec_of(kind: Any) -> Codec:
    if kind in _CODECS:
        return _CODECS[kind]
    return Codec(str, kind) if issubclass(kind, StrEnum) else AS_IT_IS
