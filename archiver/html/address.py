"""An address as it stands in a page or a style sheet, made absolute the way browsers do it (WHATWG URL, 4.4)."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from archiver.errors import NotHttpUrl
from archiver.model.url import MAX_LENGTH, clean_url

_EDGE = "".join(map(chr, range(0x21)))
_LINE_ENDS = re.compile(r"[\t\r\n]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_TWO_SLASHES = re.compile(r"[/\\]{2}")
_QUERY = re.compile(r"[?#]")
_DOTS = re.compile(r"/(?:\.|%2e){1,2}(?:/|\Z)", re.IGNORECASE)


def absolute(address: str, *, base: str) -> str | None:
    """``address`` against ``base`` as a legal URL without fragment; None when a browser would request nothing for it.

    That is an empty address, a fragment alone, and any scheme but http and https. Raises ``NotHttpUrl`` for what is
    meant as a URL and can't be one.
    """
    text = address.strip(_EDGE)
    if not text or text[0] == "#":
        return None
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() not in {"http", "https"}:
        return None
    text = _LINE_ENDS.sub("", text)
    if len(text) > MAX_LENGTH:
        raise NotHttpUrl(text, f"longer than {MAX_LENGTH} characters")
    if scheme:
        rest = text[scheme.end() :]
        if _TWO_SLASHES.match(rest) or not base.lower().startswith(f"{scheme[1].lower()}:"):
            text = f"{scheme[1]}://" + rest.lstrip("/\\")
        elif not rest:
            return None
        else:
            # "https:picture.png" on a page of the same scheme is a relative address.
            text = rest
    elif _TWO_SLASHES.match(text):
        text = "//" + text.lstrip("/\\")
    end = query.start() if (query := _QUERY.search(text)) else len(text)
    text = text[:end].replace("\\", "/") + text[end:]
    try:
        joined = urljoin(base, text)
    except ValueError as error:
        raise NotHttpUrl(address, str(error)) from error
    return _without_dots(clean_url(joined))


def _without_dots(url: str) -> str:
    parts = urlsplit(url)
    if not _DOTS.search(parts.path):
        return url
    kept: list[str] = []
    segments = parts.path.split("/")[1:]
    for number, segment in enumerate(segments):
        plain = segment.lower().replace("%2e", ".")
        last = number == len(segments) - 1
        if plain == "..":
            if kept:
                kept.pop()
        elif plain != ".":
            kept.append(segment)
            continue
        if last:
            kept.append("")
    return urlunsplit(SplitResult(parts.scheme, parts.netloc, "/" + "/".join(kept), parts.query, ""))
