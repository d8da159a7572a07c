"""Captures of files that others wrote: their kind guessed, their URLs made legal."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote

from archiver.errors import NotHttpUrl
from archiver.model.capture import Capture, Kind, Verdict
from archiver.model.record import RecordType
from archiver.model.surt import surt
from archiver.model.url import clean_url, path_of
from archiver.warc import ReadRecord

_LEGAL = re.compile(r"[!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]+\Z")
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_SOURCES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml"})


def foreign_capture(capture: Capture, record: ReadRecord) -> Capture:
    """The capture of a record that another tool wrote: nothing but the record says what it was fetched as."""
    url = _legal(capture.url)
    mime = capture.mime
    if record.http is None and record.type is not RecordType.REVISIT:
        mime = (record.get("Content-Type") or "").partition(";")[0].strip().lower() or None
    kind = _kind(replace(capture, url=url, mime=mime))
    verdict = Verdict.REQUISITE if kind is Kind.REQUISITE else None
    return replace(capture, url=url, surt=surt(url), mime=mime, kind=kind, verdict=verdict)


def _legal(url: str) -> str:
    if _LEGAL.match(url):
        return url
    try:
        return clean_url(url)
    except NotHttpUrl:
        return quote(url, safe="!#$%&'()*+,-./:;=?@[]_~")


def _kind(capture: Capture) -> Kind:
    if capture.redirect is not None:
        return Kind.REDIRECT
    if capture.url.lower().startswith(("http://", "https://")) and path_of(capture.url) == "/robots.txt":
        return Kind.ROBOTS
    if capture.mime in _SOURCES:
        return Kind.SOURCE
    unknown_revisit = capture.record_type is RecordType.REVISIT and capture.mime is None
    if capture.record_type is not RecordType.RESOURCE and (capture.mime in _PAGES or unknown_revisit):
        return Kind.PAGE
    return Kind.REQUISITE
