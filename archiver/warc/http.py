"""HTTP messages as bytes: facts are read from the head leniently, the bytes themselves stay untouched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from archiver.errors import NotHttpUrl
from archiver.model.url import clean_url

MAX_HEAD = 1 << 20
"""Where no blank line is found within this many bytes, there is no head."""
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(r"(HTTP/\d+(?:\.\d+)?|ICY)[ \t]+(\d{3})(?:[ \t]+(.*))?\Z", re.IGNORECASE | re.ASCII)
_MIME = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+\Z")
TRANSFER = "x-crawler-transfer-encoding"


def head_length(data: bytes) -> int | None:
    """Bytes of the head with its blank line; None while the head is not whole. A bare LF ends a line too."""
    match = _HEAD_END.search(data, 0, MAX_HEAD)
    return match.end() if match else None


def split_head(data: bytes) -> tuple[bytes, bytes] | None:
    """Head (with the blank line) and body of a raw message; nothing is skipped. None while the head is not whole."""
    length = head_length(data)
    return None if length is None else (data[:length], data[length:])


@dataclass(frozen=True, slots=True)
class HttpHead:
    """Facts of a head: the first line, and headers as (name, value) in order, Latin-1, folded lines joined.

    ``status``, ``version`` and ``reason`` are None where the first line is no status line (so in every request).
    Lines without a colon are no headers.
    """

    first_line: str
    headers: tuple[tuple[str, str], ...]
    version: str | None = None
    status: int | None = None
    reason: str | None = None

    def get(self, name: str) -> str | None:
        """The first value of a header, whatever its case."""
        name = name.lower()
        return next((value for other, value in self.headers if other.lower() == name), None)

    def get_all(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        name = name.lower()
        return [value for other, value in self.headers if other.lower() == name]

    @property
    def method(self) -> str | None:
        """The method, of a request."""
        if self.status is not None:
            return None
        method = self.first_line.partition(" ")[0]
        return method if method.isalpha() else None

    def mime(self) -> str | None:
        """The media type of Content-Type in lower case without parameters; None where there is no legal one."""
        mime = (self.get("Content-Type") or "").partition(";")[0].strip().lower()
        return mime if _MIME.match(mime) else None

    def transfer_codings(self) -> list[str]:
        """The codings of Transfer-Encoding as sent, in the order in which they were applied."""
        return _listed(self.get_all("Transfer-Encoding"))

    def codings(self) -> list[str]:
        """Every coding that still lies on a stored body, in the order in which it was applied.

        Content-Encoding, then what came under chunked framing in a Transfer-Encoding (`gzip, chunked`), renamed or not.
        """
        transfer = _listed(self.get_all(TRANSFER)) + self.transfer_codings()
        return [c for c in _listed(self.get_all("Content-Encoding")) + transfer if c not in {"chunked", "identity"}]

    def is_chunked(self) -> bool:
        """Whether the body was sent in chunked framing and that header still says so. Browsers look for the word wherever it
        stands among the codings."""
        return "chunked" in self.transfer_codings()


def _listed(values: list[str]) -> list[str]:
    items = (item.partition(";")[0].strip().lower() for value in values for item in value.split(","))
    return [item for item in items if item]


def parse_head(head: bytes) -> HttpHead:
    """Read the facts of a head, with or without its blank line. Never fails: what can't be read is left out."""
    lines = head[:MAX_HEAD].split(b"\n")
    first = lines[0].strip(b"\r").decode("latin-1")
    headers: list[tuple[str, list[str]]] = []
    for raw in lines[1:]:
        line = raw.rstrip(b"\r").decode("latin-1")
        if not line:
            break
        if line[0] in " \t":
            if headers:
                headers[-1][1].append(line.strip())
            continue
        name, colon, value = line.partition(":")
        if colon and name.strip():
            headers.append((name.strip(), [value.strip()]))
    facts = tuple((name, " ".join(parts).strip()) for name, parts in headers)
    match = _STATUS.match(first.strip())
    if match is None:
        return HttpHead(first, facts)
    return HttpHead(first, facts, match[1].upper(), int(match[2]), (match[3] or "").strip())


def redirect_target(url: str, head: HttpHead | None) -> str | None:
    """The legal URL that a 3xx answer to ``url`` points to (RFC 9110, 15.4); None for 304, and where Location is missing or no http URL."""
    if head is None or head.status is None or not 300 <= head.status < 400 or head.status == 304:
        return None
    location = head.get("location")
    if not location:
        return None
    try:
        return clean_url(urljoin(url, location.strip()))
    except (NotHttpUrl, ValueError):
        return None
