"""A news archive: faithful WARC captures in object storage, clean articles, and a way back to both."""

from __future__ import annotations

__version__ = "0.1.0"
