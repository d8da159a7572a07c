"""SURT: the canonical, sortable key of a URL, as the Internet Archive and pywb make it.

``http://www.Example.com:80/a/?b=1&a=2#x`` becomes ``com,example)/a?a=2&b=1``. Two URLs with one SURT are one URL to the
archive. The rules are those of the Internet Archive's canonicaliser, quirks and all, so that keys agree with other tools':
lower case; scheme, user info, default port and fragment dropped; a leading ``www`` with digits dropped; session ids
dropped; query arguments sorted; a trailing slash dropped unless it is the root. The one difference: what that canonicaliser
refuses (a port that is no number) has a key here too. A key is ASCII without spaces and control characters.
"""

from __future__ import annotations

import contextlib
import re
from urllib.parse import unquote_to_bytes

_HAS_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DOUBLED = re.compile(r"(https?://)+")
_WWW = re.compile(r"\Awww\d*\.")
_PORT = re.compile(r"(.*?):(\d*)\Z", re.DOTALL | re.ASCII)
_ADDRESS = re.compile(r"(?:0[0-7]*(?:\.[0-7]+){0,3}|[1-9]\d*(?:\.\d+){0,3})\Z", re.ASCII)
_PATH_SESSIONS = (
    re.compile(r"\A(.*/)(\((?:[a-z]\([0-9a-z]{24}\))+\)/)([^?]+\.aspx.*)\Z"),
    re.compile(r"\A(.*/)(\([0-9a-z]{24}\)/)([^?]+\.aspx.*)\Z"),
)
_QUERY_SESSIONS = (
    re.compile(r"\A(.*)(?:jsessionid=[0-9a-z]{32})(?:&(.*))?\Z"),
    re.compile(r"\A(.*)(?:phpsessid=[0-9a-z]{32})(?:&(.*))?\Z"),
    re.compile(r"\A(.*)(?:sid=[0-9a-z]{32})(?:&(.*))?\Z"),
    re.compile(r"\A(.*)(?:aspsessionid[a-z]{8}=[a-z]{24})(?:&(.*))?\Z"),
    re.compile(r"\A(.*)(?:cfid=[^&]+&cftoken=[^&]+)(?:&(.*))?\Z"),
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def surt(url: str) -> str:
    """The SURT of a URL (or of a bare ``host/path``). A URI without an authority, like ``dns:host``, keeps its scheme."""
    text = url.strip(" \t\n\r\x0b\x0c").replace("\r", "").replace("\n", "").replace("\t", "")
    if not _HAS_SCHEME.match(text):
        text = f"http://{text}"
    text = _DOUBLED.sub(r"\1", text, count=1) if text.startswith("http") else text
    scheme, _, rest = text.partition(":")
    rest = rest.partition("#")[0]
    rest, _, query = rest.partition("?")
    if rest.startswith("//"):
        authority, slash, path = rest[2:].partition("/")
        path = slash + path
    else:
        authority, path = "", rest
    if not authority and scheme.startswith("http"):  # http:////host/path and http:host/path
        authority, _, path = path.lstrip("/").partition("/")
        path = f"/{path}"
    if not authority and not scheme.startswith("http"):
        return f"{_escape(scheme.encode())}:{_opaque(rest)}{_query(query)}"
    host, port = _authority(authority, scheme.lower())
    return f"{_reversed(host)}{f':{port}' if port else ''}){_path(path)}{_query(query)}"


def surt_host_prefix(host: str, *, subdomains: bool = False) -> str:
    """The prefix that the SURTs of a host (or of a domain with all below it) share."""
    reversed_host = _reversed(_WWW.sub("", host.lower().rstrip(".")))
    return reversed_host if subdomains else f"{reversed_host})/"


def _authority(authority: str, scheme: str) -> tuple[str, str]:
    host = authority.rpartition("@")[2]
    port = ""
    match = _PORT.match(host)
    if match and (not match[1].startswith("[") or match[1].endswith("]")):
        host = match[1]
        number = int(match[2][:9] or 0)
        port = "" if number in {0, _DEFAULT_PORTS.get(scheme)} else str(number)
    raw = _unescape(host)
    if not raw.isascii():
        with contextlib.suppress(UnicodeError):  # else it is kept, and escaped below
            raw = raw.decode("utf-8", "ignore").encode("idna")
    raw = raw.replace(b"..", b".").strip(b".")
    host = _address(raw.decode("latin-1")) or _escape(raw.lower()).lower()
    return _WWW.sub("", host), port


def _address(host: str) -> str | None:
    """The dotted quad of an IPv4 address in any of the forms that ``inet_aton`` knows (decimal, octal, short)."""
    if host.isdigit() and host.isascii():
        return _dotted(int(host[-20:]) & 0xFFFFFFFF)
    if not _ADDRESS.match(host):
        return None
    *high, last = host.split(".")
    value = 0
    for position, part in enumerate(high):
        number = _number(part)
        if number is None or number > 0xFF:
            return None
        value |= number << (24 - 8 * position)
    low = _number(last)
    if low is None or low >= 1 << (8 * (4 - len(high))):
        return None
    return _dotted(value | low)


def _number(text: str) -> int | None:
    try:
        return int(text[:20], 8 if text.startswith("0") else 10)
    except ValueError:
        return None


def _dotted(value: int) -> str:
    return ".".join(str(value >> shift & 0xFF) for shift in (24, 16, 8, 0))


def _reversed(host: str) -> str:
    if host.startswith("["):
        return host.strip("[]")
    return ",".join(reversed(host.split(".")))


def _path(path: str) -> str:
    return _trimmed(_escape(_dots(_unescape(path))))


def _opaque(path: str) -> str:
    return _trimmed(_escape(_unescape(path)))


def _trimmed(path: str) -> str:
    path = path.lower()
    for pattern in _PATH_SESSIONS:
        path = pattern.sub(r"\1\3", path)
    return path[:-1] if len(path) > 1 and path.endswith("/") else path


def _dots(path: bytes) -> bytes:
    """Dot segments resolved; one that leads above the root stays, as the canonicaliser leaves it."""
    kept: list[bytes] = []
    for part in path.split(b"/")[1:]:
        if part == b".":
            continue
        if part == b".." and kept:
            kept.pop()
        else:
            kept.append(part)
    if not kept:
        return b"/"
    return b"/" + b"".join(part + b"/" for part in kept[:-1] if part) + kept[-1]


def _query(query: str) -> str:
    if not query:
        return ""
    text = _escape(_unescape(query)).lower()
    for pattern in _QUERY_SESSIONS:
        match = pattern.match(text)
        if match:
            text = match[1] + (match[2] or "")
    arguments = sorted(text.split("&"), key=lambda argument: argument.split("=", 1))
    joined = "&".join(arguments)
    return f"?{joined}" if joined else ""


def _unescape(text: str) -> bytes:
    """Percent codes undone until nothing changes, so that every spelling of one octet is one."""
    raw = text.encode("utf-8", "surrogatepass")
    while True:
        undone = unquote_to_bytes(raw)
        if undone == raw:
            return raw
        raw = undone


def _escape(raw: bytes) -> str:
    return "".join(chr(b) if 0x20 < b < 0x7F and b not in b"#%" else f"%{b:02x}" for b in raw)
