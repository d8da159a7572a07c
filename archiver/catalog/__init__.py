"""The catalogue: what is archived, what is due, and what was made of it. SQL for these tables is written here alone."""

from __future__ import annotations

from archiver.catalog.articles import article_cursor
from archiver.catalog.captures import cursor
from archiver.catalog.catalog import Catalog
from archiver.catalog.checks import Check
from archiver.catalog.files import FileRow, FileState
from archiver.catalog.filters import ArticleFilter, CaptureFilter, domain_range, prefix_range
from archiver.catalog.frontier_entry import FrontierCounts, FrontierEntry, FrontierState, VisitOutcome
from archiver.catalog.journal import JournalEntry
from archiver.catalog.listings import ListedPage, Listing
from archiver.catalog.mementos import CaptureSummary, Named, Neighbours, TextState, Validators
from archiver.catalog.readings import DayRate
from archiver.catalog.robots import RobotsState
from archiver.catalog.sources import SourceState
from archiver.catalog.statistics import NewPage, SiteDay, SiteFiles, SiteStats, Stats

__all__ = [
    "ArticleFilter",
    "CaptureFilter",
    "CaptureSummary",
    "Catalog",
    "Check",
    "DayRate",
    "FileRow",
    "FileState",
    "FrontierCounts",
    "FrontierEntry",
    "FrontierState",
    "JournalEntry",
    "ListedPage",
    "Listing",
    "Named",
    "Neighbours",
    "NewPage",
    "RobotsState",
    "SiteDay",
    "SiteFiles",
    "SiteStats",
    "SourceState",
    "Stats",
    "TextState",
    "Validators",
    "VisitOutcome",
    "article_cursor",
    "cursor",
    "domain_range",
    "prefix_range",
]
