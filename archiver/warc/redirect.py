"""Where an answer sends the client (RFC 9110, 15.4)."""

from __future__ import annotations

from urllib.parse import urljoin

from archiver.errors import NotHttpUrl
from archiver.model.url import clean_url
from archiver.warc.http import HttpHead


def redirect_target(url: str, head: HttpHead | None) -> str | None:
    """The legal URL that a 3xx answer to ``url`` points to; None for 304, and where Location is missing or no http URL."""
    if head is None or head.status is None or not 300 <= head.status < 400 or head.status == 304:
        return None
    location = head.get("location")
    if not location:
        return None
    try:
        return clean_url(urljoin(url, location.strip()))
    except (NotHttpUrl, ValueError):
        return None
