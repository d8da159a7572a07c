"""A capture as a row, and back."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Select, select

from archiver.catalog.row_map import CUT, Codec, RowMap
from archiver.catalog.schema import captures, files
from archiver.catalog.sql import to_json
from archiver.model.capture import Capture
from archiver.model.record import MEMENTO_TYPES

CAPTURE = RowMap(
    Capture,
    codecs={"at": CUT, "extra": Codec(lambda extra: to_json(extra) if extra else None, json.loads, absent=dict)},
)
"""Rows of ``select_captures``. A row to be written has ``file_id`` in place of ``file``."""

MEMENTOS = captures.c.record_type.in_(sorted(MEMENTO_TYPES))
"""Captures that are mementos."""


def select_captures() -> Select[Any]:
    """Captures with their file's key. An outer join, so that no planner begins with the files."""
    return select(captures, files.c.key.label("file")).outerjoin_from(captures, files, captures.c.file_id == files.c.id)
