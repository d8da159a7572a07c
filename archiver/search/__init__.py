"""Full-text search over the articles: one normaliser for all languages, an index in the catalogue's database, a query."""

from __future__ import annotations

from archiver.search.hits import Facets, Found, Hit, Sort
from archiver.search.index import SearchIndex
from archiver.search.query_text import sites_named

__all__ = ["Facets", "Found", "Hit", "SearchIndex", "Sort", "sites_named"]
