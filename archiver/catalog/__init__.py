"""What we hold: captures, frontier, runs, files, articles, journal. The one package that speaks SQL for them."""

from __future__ import annotations

from archiver.catalog.captures import cursor, domain_range, prefix_of
from archiver.catalog.catalog import Catalog
from archiver.catalog.files import FileRow, FileState
from archiver.catalog.frontier_row import FrontierCounts, FrontierEntry, FrontierState

__all__ = [
    "Catalog",
    "FileRow",
    "FileState",
    "FrontierCounts",
    "FrontierEntry",
    "FrontierState",
    "cursor",
    "domain_range",
    "prefix_of",
]
