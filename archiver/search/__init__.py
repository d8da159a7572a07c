"""Full-text search over the articles: one normaliser for all languages, an index in the catalogue's database, a query."""

from __future__ import annotations

from archiver.search.hit import Facets, Found, Hit, Sort, Wanted
from archiver.search.index import SearchIndex

__all__ = ["Facets", "Found", "Hit", "SearchIndex", "Sort", "Wanted"]
