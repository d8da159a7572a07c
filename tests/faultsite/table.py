"""The endpoints as a table for the documentation."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from faultsite.fault import Endpoint

PAGE = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
_START = """<!-- Made by `python -m faultsite --page` in tests/ (`make docs`). Changes here are lost. -->

# Faults, and how they are recorded

The web is hostile, by mistake more often than on purpose.
The test suite has a server that does everything wrong, {count} endpoints of it, each named for its fault.
A test (`tests/flow/test_faults_crawl.py`) crawls all of it with the real command, over http and over https, and holds every endpoint against this table, every record against the server's log byte for byte, and every file against `warcio check`, `fastwarc check` and our own strict check. The crawler's process stays under 420 MB all the while.

What the words of the last column mean:

- **captured whole**: a `response` record (or a `revisit` of the same payload) holds the message as it was sent.
- **captured, truncated**: the same, cut, with the reason in `WARC-Truncated`.
- **metadata only**: no whole header block came, so there is no `response`. A `metadata` record has the reason (`error`) and the first bytes that did come (`received`); the request is a record where one was sent. Over TLS none is sent before the handshake is over.
- **not fetched**: the row in the frontier has the reason: `address refused`, `robots`, `trap` or `limit`. A trapped address stays there, never due, so that it is as easy to see as what was captured.

Where a host meets a fault before it speaks any HTTP, `robots.txt` is asked for first and meets it; the page is then not asked for (RFC 9309, 2.3.1.4), and the frontier says so.
Sizes, times and counts are those of `[limits]` and `[fetch]` in [settings.md](settings.md). robots.txt is bound by `[fetch] max_body`, and 500 KiB of it are read.

"""


def table(endpoints: Iterable[Endpoint]) -> str:
    """A Markdown table: name, what it does wrong, how it is recorded; a line in bold before each group."""
    lines = ["| endpoint | what it does wrong | how it is recorded |", "|---|---|---|"]
    group = None
    for endpoint in endpoints:
        if endpoint.group != group:
            group = endpoint.group
            lines.append(f"| **{_cell(group)}** | | |")
        lines.append(f"| `{endpoint.name}` | {_cell(endpoint.description)} | {_cell(str(endpoint.expected))} |")
    return "\n".join(lines) + "\n"


def docs_page(endpoints: Iterable[Endpoint]) -> str:
    """docs/faults.md."""
    found = list(endpoints)
    return _START.format(count=len(found)) + table(found)


def _cell(text: str) -> str:
    for character, instead in {"\\": "\\\\", "|": "\\|", "<": "&lt;", ">": "&gt;", "*": "\\*"}.items():
        text = text.replace(character, instead)
    return " ".join(text.split())
