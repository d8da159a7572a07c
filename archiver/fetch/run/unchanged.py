"""A page that has not changed, as it was when it was captured: for what is read from it a second time."""

from __future__ import annotations

import asyncio
import logging

from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from archiver.errors import DamageFound, StorageError
from archiver.fetch.run.running import Running

log = logging.getLogger(__name__)

LARGEST = 20_000_000
"""Bytes of a held body that are read again."""


async def as_held(running: Running, response: Response) -> Response:
    """The answer that a "not modified" stands for, read from the archive; ``response`` itself where it can't be read."""
    warc = (response.request.meta.get("warc") or {}) if response.request is not None else {}
    record_id = warc.get("condition")
    if not record_id:
        return response
    try:
        return await asyncio.to_thread(_read, running, response, record_id)
    except (StorageError, DamageFound) as error:
        # What is held can't be read now; `archiver verify` looks after that, and the page's links are known.
        log.warning("%s: what is held can't be read: %s", response.url, error)
        return response


def _read(running: Running, response: Response, record_id: str) -> Response:
    session = running.session
    capture = session.catalog.captures.by_record(record_id)
    message = session.read(capture).http if capture is not None else None
    if message is None or message.head.status is None:
        return response
    headers = [(name, value) for name, value in message.head.headers if name.lower() != "content-encoding"]
    body = message.decoded(limit=LARGEST).data
    kind = responsetypes.from_args(headers=None, url=response.url, body=body)
    held = kind(url=response.url, status=message.head.status, headers=_grouped(headers), body=body)
    held.request = response.request
    return held


def _grouped(headers: list[tuple[str, str]]) -> dict[str, list[bytes]]:
    grouped: dict[str, list[bytes]] = {}
    for name, value in headers:
        grouped.setdefault(name, []).append(value.encode("latin-1"))
    return grouped
