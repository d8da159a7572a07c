"""The one fast parse of a page: charset, tree, meta, JSON-LD, canonical, alternates, language."""

from __future__ import annotations
