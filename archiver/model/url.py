"""URLs: made legal (RFC 3986) before anything is fetched or written, and the few parts of them that others ask for."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from archiver.errors import NotHttpUrl

MAX_LENGTH = 8192
_PATH_SAFE = "/:@!$&'()*+,;=~-._%"
_QUERY_SAFE = _PATH_SAFE + "?"
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SURROGATES = re.compile("[\ud800-\udfff]")
_LINE_ENDS = re.compile(r"[\t\r\n]")
_EDGE = "".join(map(chr, range(0x21)))
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[a-z0-9_.-]+)\Z")
_PORTS = {"http": 80, "https": 443}


def clean_url(text: str) -> str:
    """``text`` as a legal absolute http(s) URL without fragment and user info: what is fetched and written.

    Scheme and host in lower case (IDNA), default port dropped, an empty path made ``/``, spaces, non-ASCII and broken
    percent codes and controls encoded, tabs and line ends removed, as browsers do. Path and query keep case, order and
    their own percent codes. Raises ``NotHttpUrl``.
    """
    text = _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", _LINE_ENDS.sub("", text.strip(_EDGE)))
    if len(text) > MAX_LENGTH:
        raise NotHttpUrl(text, f"longer than {MAX_LENGTH} characters")
    try:
        parts = urlsplit(text)
        port = parts.port
        host = parts.hostname or ""
    except ValueError as error:
        raise NotHttpUrl(text, str(error)) from error
    if port == 0:
        raise NotHttpUrl(text, "nothing can be reached at port 0")
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        raise NotHttpUrl(text)
    host = _legal_host(host, text)
    netloc = host if port in {None, _PORTS[scheme]} else f"{host}:{port}"
    path = quote(_BAD_PERCENT.sub("%25", parts.path), safe=_PATH_SAFE) or "/"
    query = quote(_BAD_PERCENT.sub("%25", parts.query), safe=_QUERY_SAFE)
    url = urlunsplit(SplitResult(scheme, netloc, path, query, ""))
    if len(url) > MAX_LENGTH:
        raise NotHttpUrl(text, f"longer than {MAX_LENGTH} characters")
    return url


def _legal_host(host: str, text: str) -> str:
    if ":" in host:
        host = f"[{host}]"
    elif not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise NotHttpUrl(text, "the host name is not legal") from error
    host = host.lower().rstrip(".") if host != "." else ""
    if not _HOST.match(host):
        raise NotHttpUrl(text, "it names no host" if not host else "the host name is not legal")
    return host


def host_of(url: str) -> str:
    """The host name of a URL, lower case, without port; empty when there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def path_of(url: str) -> str:
    """Path and query of a URL, as a scope rule sees them."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
