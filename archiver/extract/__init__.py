"""Bytes to article: the only door to trafilatura. Loads neither Scrapy nor boto3; trafilatura itself on first use."""

from __future__ import annotations

from archiver.extract.article_reader import EXTRACTOR, extract, extract_article, extractor_with
from archiver.extract.job import Job, SampleJob
from archiver.extract.learning import learn
from archiver.extract.pool import ExtractionPool
from archiver.extract.sample import Sample

__all__ = [
    "EXTRACTOR",
    "ExtractionPool",
    "Job",
    "Sample",
    "SampleJob",
    "extract",
    "extract_article",
    "extractor_with",
    "learn",
]
