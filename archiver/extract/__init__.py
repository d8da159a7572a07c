"""Bytes to article: the only door to trafilatura. Loads neither Scrapy nor boto3; trafilatura itself on first use."""

from __future__ import annotations

from archiver.extract.article_reader import EXTRACTOR, extract, extract_article, extractor_with
from archiver.extract.learning import learn
from archiver.extract.pool import ExtractionPool
from archiver.extract.sample import Sample
from archiver.extract.task import ExtractionTask, SampleTask

__all__ = [
    "EXTRACTOR",
    "ExtractionPool",
    "ExtractionTask",
    "Sample",
    "SampleTask",
    "extract",
    "extract_article",
    "extractor_with",
    "learn",
]
