"""The endpoints as a table for the documentation."""

from __future__ import annotations

from collections.abc import Iterable

from faultsite.fault import Endpoint


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


def _cell(text: str) -> str:
    for character, instead in {"\\": "\\\\", "|": "\\|", "<": "&lt;", ">": "&gt;", "*": "\\*"}.items():
        text = text.replace(character, instead)
    return " ".join(text.split())
