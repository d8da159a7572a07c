"""The WARC file format and nothing else: build, write, read, cut a torn tail, check, index."""

from __future__ import annotations

from archiver.warc.build import (
    Event,
    conversion,
    fields_block,
    metadata,
    one_line,
    request,
    resource,
    response,
    revisit,
    warcinfo,
)
from archiver.warc.chunked import Deframed, deframe, unchunk
from archiver.warc.coding import Decoded, decode_content
from archiver.warc.content import Block, Content
from archiver.warc.http import HttpHead, head_length, parse_head, split_head
from archiver.warc.read import HttpMessage, ReadRecord, iter_records, read_record
from archiver.warc.record import Record, new_record_id
from archiver.warc.writer import WarcWriter, gzip_level

__all__ = [
    "Block",
    "Content",
    "Decoded",
    "Deframed",
    "Event",
    "HttpHead",
    "HttpMessage",
    "ReadRecord",
    "Record",
    "WarcWriter",
    "conversion",
    "decode_content",
    "deframe",
    "fields_block",
    "gzip_level",
    "head_length",
    "iter_records",
    "metadata",
    "new_record_id",
    "one_line",
    "parse_head",
    "read_record",
    "request",
    "resource",
    "response",
    "revisit",
    "split_head",
    "unchunk",
    "warcinfo",
]
