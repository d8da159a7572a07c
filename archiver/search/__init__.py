"""Full-text search over the articles: one normaliser for all languages, an index in the catalogue's database, a query."""

from __future__ import annotations

from archiver.search.index import Hit, SearchIndex

__all__ = ["Hit", "SearchIndex"]
