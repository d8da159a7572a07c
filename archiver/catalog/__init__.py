"""What we hold: captures, frontier, runs, files, articles, journal. The one package that speaks SQL for them."""

from __future__ import annotations

from archiver.catalog.articles import article_cursor
from archiver.catalog.capture_find import cursor, domain_range, prefix_of
from archiver.catalog.capture_validators import Validators
from archiver.catalog.catalog import Catalog
from archiver.catalog.checks import Check
from archiver.catalog.files import FileRow, FileState
from archiver.catalog.frontier_row import FrontierCounts, FrontierEntry, FrontierState, Visit
from archiver.catalog.journal import JournalEntry
from archiver.catalog.listings import Answer, Listed, Listing
from archiver.catalog.rates import DayRate
from archiver.catalog.robots import RobotsState
from archiver.catalog.sources import SourceState
from archiver.catalog.stats import SiteStats, Stats

__all__ = [
    "Answer",
    "Catalog",
    "Check",
    "DayRate",
    "FileRow",
    "FileState",
    "FrontierCounts",
    "FrontierEntry",
    "FrontierState",
    "JournalEntry",
    "Listed",
    "Listing",
    "RobotsState",
    "SiteStats",
    "SourceState",
    "Stats",
    "Validators",
    "Visit",
    "article_cursor",
    "cursor",
    "domain_range",
    "prefix_of",
]
