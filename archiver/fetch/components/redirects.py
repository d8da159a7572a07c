"""Redirects: Scrapy's, but a Location that cannot be followed is an answer like any other, and a chain has one end."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urljoin

from scrapy import Request
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.http import Response
from w3lib.url import safe_url_string

from archiver.errors import NotHttpUrl
from archiver.fetch.errors import LimitReached
from archiver.model.url import MAX_LENGTH, clean_url

log = logging.getLogger(__name__)


class BoundedRedirects(RedirectMiddleware):
    """See the module."""

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:  # noqa: ARG002  Scrapy's signature
        """The request that follows, or the response where none can. Raises ``LimitReached``."""
        location = response.headers.get("Location")
        if location is None or not 300 <= response.status < 400:
            return response
        try:
            target = urljoin(request.url, safe_url_string(location.strip()))
            clean_url(target)
        except (NotHttpUrl, ValueError) as error:
            if len(location) > MAX_LENGTH:
                raise LimitReached(f"a redirect to a URL longer than {MAX_LENGTH} characters") from error
            log.info("%s: its Location is not followed: %s", response.url, error)
            return response
        followed: Request | Response = super().process_response(request, response)
        return followed

    def _redirect(self, redirected: Request, request: Request, reason: Any) -> Request:
        if request.meta.get("redirect_times", 0) >= self.max_redirect_times:
            raise LimitReached(f"more than {self.max_redirect_times} redirects")
        return super()._redirect(redirected, request, reason)
