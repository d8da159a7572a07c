"""The WARC file format and nothing else: build, write, read, cut a torn tail, check, index."""

from __future__ import annotations

from archiver.warc.build import (
    CaptureEvent,
    Record,
    conversion,
    fields_block,
    metadata,
    new_record_id,
    one_line,
    request,
    resource,
    response,
    revisit,
    warcinfo,
)
from archiver.warc.cdxj import CdxjEntry, cdxj_entry, pack_lines, sort_lines, unpack_lines
from archiver.warc.check import WarcReport, check_file
from archiver.warc.chunked import Dechunker, Deframed, deframe, unchunk
from archiver.warc.content import Content, RecordBlock
from archiver.warc.content_coding import Decoded, decode_content
from archiver.warc.examine import ExaminedRecord
from archiver.warc.field_rules import RecordProblem, RecordProblemKind
from archiver.warc.http import HttpHead, head_length, parse_head, redirect_target, split_head
from archiver.warc.read import HttpMessage, ReadRecord, begin_record, iter_records, read_record
from archiver.warc.torn_tail import cut_torn_tail
from archiver.warc.writer import WarcWriter, gzip_level

__all__ = [
    "CaptureEvent",
    "CdxjEntry",
    "Content",
    "Dechunker",
    "Decoded",
    "Deframed",
    "ExaminedRecord",
    "HttpHead",
    "HttpMessage",
    "ReadRecord",
    "Record",
    "RecordBlock",
    "RecordProblem",
    "RecordProblemKind",
    "WarcReport",
    "WarcWriter",
    "begin_record",
    "cdxj_entry",
    "check_file",
    "conversion",
    "cut_torn_tail",
    "decode_content",
    "deframe",
    "fields_block",
    "gzip_level",
    "head_length",
    "iter_records",
    "metadata",
    "new_record_id",
    "one_line",
    "pack_lines",
    "parse_head",
    "read_record",
    "redirect_target",
    "request",
    "resource",
    "response",
    "revisit",
    "sort_lines",
    "split_head",
    "unchunk",
    "unpack_lines",
    "warcinfo",
]
