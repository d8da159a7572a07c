"""The URLs of a page: an address as it stands there made absolute (WHATWG URL, 4.4), and which hosts are one owner's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from archiver.errors import NotHttpUrl
from archiver.model.url import MAX_LENGTH, clean_url

if TYPE_CHECKING:
    from tldextract import TLDExtract

_EDGE = "".join(map(chr, range(0x21)))
_LINE_ENDS = re.compile(r"[\t\r\n]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_TWO_SLASHES = re.compile(r"[/\\]{2}")
_QUERY = re.compile(r"[?#]")
_DOTS = re.compile(r"/(?:\.|%2e){1,2}(?:/|\Z)", re.IGNORECASE)
_HOST = r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+"
_SIGNS = r"A-Za-z0-9_~,=+!$&'()*@\-"
_QUERY_SIGNS = rf"(?:\?[{_SIGNS}:./]+)?"
_ORIGIN = re.compile(rf"{_HOST}(?=[/?#]|\Z)")
_FOLDER = re.compile(rf"{_HOST}/(?:(?!\.)[{_SIGNS}:.]+/)*(?=[{_SIGNS}:.]*{_QUERY_SIGNS}\Z)")
_PLAIN = re.compile(
    rf"(?:({_HOST})?(?!//)((?:/(?!\.)[{_SIGNS}:.]*)+{_QUERY_SIGNS})"
    rf"|((?!\.)[{_SIGNS}.]+(?:/(?![./])[{_SIGNS}:.]*)*{_QUERY_SIGNS}))(?:#.*)?\Z",
    re.DOTALL,
)
"""What most addresses are: a legal URL, the path of one, or what follows its folder, in which nothing has to be changed."""
_SHORT = 2000


def absolute(address: str, *, base: str) -> str | None:
    """``address`` against ``base`` as a legal URL without fragment; None when a browser would request nothing for it.

    That is an empty address, a fragment alone, and any scheme but http and https. Raises ``NotHttpUrl`` for what is
    meant as a URL and can't be one.
    """
    text = address.strip(_EDGE)
    if len(text) < _SHORT and (plain := _PLAIN.match(text)):
        host, path, name = plain.groups()
        if start := host or _start_of(base, _ORIGIN if path else _FOLDER):
            return start + (path or name)
    return _resolved(text, base)


@lru_cache(maxsize=32)
def _start_of(base: str, pattern: re.Pattern[str]) -> str | None:
    found = pattern.match(base)
    return found[0] if found else None


def _resolved(text: str, base: str) -> str | None:
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
        raise NotHttpUrl(text, str(error)) from error
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


@lru_cache(maxsize=4096)
def domain_of(host: str) -> str:
    """The domain that somebody registered and under which ``host`` stands: the public suffix and one label before it.

    Suffixes under which anybody may have a host (``github.io``) are public ones too. A host that is a public suffix
    itself, a single label and an IP address are their own domain. Source: the public suffix list (publicsuffix.org), as
    it came with tldextract; nothing is fetched.
    """
    host = host.lower().rstrip(".")
    if ":" in host or host.replace(".", "").isdigit():
        return host
    parts = _suffixes().extract_str(host)
    if not parts.suffix:
        # The list's rule for a top level that it does not know is "*".
        return ".".join(host.split(".")[-2:])
    return f"{parts.domain}.{parts.suffix}" if parts.domain else host


def is_near(host: str, hosts: Iterable[str]) -> bool:
    """Whether ``host`` stands under the domain of one of ``hosts``: where a site keeps its pictures and styles."""
    domain = domain_of(host)
    return any(domain == domain_of(other) for other in hosts)


@cache
def _suffixes() -> TLDExtract:
    # Loads an HTTP client that is never used here; only where a domain is wanted.
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
