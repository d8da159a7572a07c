"""What a source listed goes into the catalogue as it is read, before anything of it is fetched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from scrapy.http import Response

from archiver.discover import SourceReading
from archiver.errors import ArchiverError
from archiver.fetch.run.running import Running
from archiver.frontier.source_list import SourceList
from archiver.html.page_scan import PageScan
from archiver.model.capture import Candidate


async def keep_listings(
    running: Running, response: Response, found: SourceReading | PageScan, *, wanted: Callable[[Candidate], bool]
) -> None:
    """Write down what a source listed: a feed or sitemap by its reading, a front by its links.

    The listing's time is that of the source's capture, so that a catalogue that is made again says the same. A broken
    catalogue stops the run.
    """
    try:
        await asyncio.to_thread(_keep, running, response, found, wanted)
    except ArchiverError as error:
        running.stop_because(error)
        raise


def _keep(
    running: Running, response: Response, found: SourceReading | PageScan, wanted: Callable[[Candidate], bool]
) -> None:
    catalog = running.session.catalog
    warc = (response.request.meta.get("warc") or {}) if response.request is not None else {}
    capture = catalog.captures.by_record(warc["record_id"]) if warc.get("record_id") else None
    at = capture.at if capture is not None else running.clock.now()
    lists = SourceList(running.site, wanted=wanted)
    if isinstance(found, SourceReading):
        rows = lists.of_source(found.candidates, source=response.url, at=at)
    else:
        rows = lists.of_front(found.links, source=response.url, at=at)
    catalog.listings.add(rows)
