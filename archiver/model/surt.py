"""SURT: the canonical, sortable key of a URL, as the Internet Archive and pywb make it.

``http://www.Example.com:80/a/?b=1&a=2#x`` becomes ``com,example)/a?a=2&b=1``. Two URLs with one SURT are one URL to the
archive. The rules are those of the Internet Archive's canonicaliser: lower case; scheme, user info, default port and
fragment dropped; a leading ``www`` with digits dropped; session ids dropped; query arguments sorted; a trailing slash
dropped unless it is the root.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

_SCHEME = re.compile(r"\A([a-z][a-z0-9+.-]*):/*", re.IGNORECASE)
_WWW = re.compile(r"\Awww\d*\.")
_PATH_SESSIONS = (
    re.compile(r"\A(.*/)(\((?:[a-z]\([0-9a-z]{24}\))+\)/)([^?]+\.aspx.*)\Z"),
    re.compile(r"\A(.*/)(\([0-9a-z]{24}\)/)([^?]+\.aspx.*)\Z"),
)
_QUERY_SESSIONS = (
    re.compile(r"\A(.*?)(?:jsessionid=[0-9a-z]{32})(?:&(.*))?\Z"),
    re.compile(r"\A(.*?)(?:phpsessid=[0-9a-z]{32})(?:&(.*))?\Z"),
    re.compile(r"\A(.*?)(?:sid=[0-9a-z]{32})(?:&(.*))?\Z"),
    re.compile(r"\A(.*?)(?:aspsessionid[a-z]{8}=[a-z]{24})(?:&(.*))?\Z"),
    re.compile(r"\A(.*?)(?:cfid=[^&]+&cftoken=[^&]+)(?:&(.*))?\Z"),
)
_HEX = b"0123456789abcdefABCDEF"


def surt(url: str) -> str:
    """The SURT of an http or https URL (or of a bare ``host/path``)."""
    text = url.strip().replace("\r", "").replace("\n", "").replace("\t", "")
    scheme = "http"
    match = _SCHEME.match(text)
    if match and match.group(1).lower() in {"http", "https", "ftp"}:
        scheme = match.group(1).lower()
        text = text[match.end() :]
    text = text.partition("#")[0]
    authority, path, query = _split(text)
    host, port = _authority(authority, scheme)
    return f"{_reversed(host)}{f':{port}' if port else ''}){_path(path)}{_query(query)}"


def surt_host_prefix(host: str, *, subdomains: bool = False) -> str:
    """The prefix that the SURTs of a host (or of a domain with all below it) share."""
    reversed_host = _reversed(_WWW.sub("", host.lower().rstrip(".")))
    return reversed_host if subdomains else f"{reversed_host})/"


def _split(text: str) -> tuple[str, str, str | None]:
    ends = [i for i in (text.find("/"), text.find("?")) if i >= 0]
    cut = min(ends, default=len(text))
    authority, rest = text[:cut], text[cut:]
    path, mark, query = rest.partition("?")
    return authority, path or "/", query if mark else None


def _authority(authority: str, scheme: str) -> tuple[str, str]:
    host = authority.rpartition("@")[2]
    port = ""
    match = re.match(r"\A(.*?):(\d*)\Z", host)
    if match and not match.group(1).endswith(":"):
        host, port = match.group(1), match.group(2)
    if port == {"http": "80", "https": "443", "ftp": "21"}.get(scheme):
        port = ""
    host = host.lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            host = _escape(host.encode())
    host = re.sub(r"\.{2,}", ".", host).strip(".")
    return _WWW.sub("", host), port


def _reversed(host: str) -> str:
    if host.startswith("["):
        return host.strip("[]")
    return ",".join(reversed(host.split(".")))


def _path(path: str) -> str:
    path = _dots(_normal(path)).lower()
    for pattern in _PATH_SESSIONS:
        path = pattern.sub(r"\1\3", path)
    return path[:-1] if len(path) > 1 and path.endswith("/") else path


def _dots(path: str) -> str:
    out: list[str] = []
    for part in path.split("/")[1:]:
        if part == ".":
            continue
        if part == "..":
            if out:
                out.pop()
            continue
        out.append(part)
    return re.sub("/{2,}", "/", "/" + "/".join(out))


def _query(query: str | None) -> str:
    if not query:
        return ""
    query = _normal(query).lower()
    for pattern in _QUERY_SESSIONS:
        match = pattern.match(query)
        if match:
            query = match.group(1) + (match.group(2) or "")
    query = query.rstrip("&") if query.strip("&") == "" else query
    arguments = sorted(query.split("&"))
    joined = "&".join(arguments)
    return f"?{joined}" if joined else ""


def _normal(text: str) -> str:
    """Percent codes undone until nothing changes, then done once: every spelling of one octet is one spelling."""
    raw = text.encode("utf-8", "surrogatepass")
    for _ in range(8):
        undone = unquote_to_bytes(raw)
        if undone == raw:
            break
        raw = undone
    return _escape(raw)


def _escape(raw: bytes) -> str:
    return "".join(chr(b) if 0x20 < b < 0x7F and b not in b"#%" else f"%{b:02x}" for b in raw)
