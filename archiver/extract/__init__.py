"""Bytes to article: the only door to trafilatura. Loads neither Scrapy nor boto3; trafilatura itself on first use."""

from __future__ import annotations

from archiver.extract.pool import ExtractionPool, Job
from archiver.extract.reading import EXTRACTOR, extract, extract_article

__all__ = ["EXTRACTOR", "ExtractionPool", "Job", "extract", "extract_article"]
