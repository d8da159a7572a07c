"""``warcio`` records what our service sends, and reads what it stored; prints what it found as JSON. Run by the clients' own Python."""

import json
import sys
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.capture_http import capture_http

import requests  # isort:skip  capture_http must come before it

out, store_file, *mementos = sys.argv[1:]
with capture_http(out, warc_version="1.1"):
    for memento in mementos:
        requests.get(memento, allow_redirects=False, timeout=30)
with Path(out).open("rb") as file:
    recorded = [
        [
            record.rec_headers.get_header("WARC-Target-URI"),
            record.http_headers.get_statuscode(),
            record.http_headers.get_header("Memento-Datetime"),
            record.http_headers.get_header("X-Archive-Orig-Server"),
            record.content_stream().read().decode("utf-8", "replace"),
        ]
        for record in ArchiveIterator(file)
        if record.rec_type == "response"
    ]
with Path(store_file).open("rb") as file:
    stored = [
        [record.rec_type, record.rec_headers.get_header("WARC-Target-URI")]
        for record in ArchiveIterator(file, check_digests="raise")
    ]
print(json.dumps({"recorded": recorded, "stored": stored}))
