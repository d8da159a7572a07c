"""Scrapy's AutoThrottle, which leaves hosts under ``connect_to`` alone: model and recorded sites are nobody's burden."""

from __future__ import annotations

from typing import Any

from scrapy import Request, Spider
from scrapy.extensions.throttle import AutoThrottle

from archiver.fetch.run.running import Running
from archiver.model.url import host_of


class PoliteThrottle(AutoThrottle):
    """See the module."""

    def _get_slot(self, request: Request, spider: Spider) -> tuple[str | None, Any]:
        if Running.of(self.crawler).connect_to.covers_host(host_of(request.url)):
            return None, None
        return super()._get_slot(request, spider)
