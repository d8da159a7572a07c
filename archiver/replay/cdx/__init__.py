"""The CDX server: which captures a query selects, and how they are told, in the dialects of the Internet Archive and of pywb."""

from __future__ import annotations

from archiver.replay.cdx.answering import CdxAnswer, answer
from archiver.replay.cdx.ia import read_query as read_ia_query
from archiver.replay.cdx.pywb import read_query as read_pywb_query
from archiver.replay.cdx.query import CdxQuery

__all__ = ["CdxAnswer", "CdxQuery", "answer", "read_ia_query", "read_pywb_query"]
