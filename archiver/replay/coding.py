"""Content codings: what a client accepts."""

from __future__ import annotations

from collections.abc import Sequence

SENT = frozenset({"gzip", "deflate", "br", "zstd"})
"""Codings that are sent on as they are stored, where the client takes them."""


def accepts(accept_encoding: str | None, wanted: Sequence[str]) -> bool:
    """Whether an Accept-Encoding header allows every one of ``wanted``. Without the header only the bare body is safe."""
    if not wanted:
        return True
    if accept_encoding is None:
        return False
    weights: dict[str, float] = {}
    for item in accept_encoding[:1000].lower().split(","):
        name, _, parameters = item.strip().partition(";")
        weights[_plain(name.strip())] = _weight(parameters)
    return all(weights.get(_plain(name), weights.get("*", 0.0)) > 0 for name in wanted)


def _plain(name: str) -> str:
    return "gzip" if name == "x-gzip" else name


def _weight(parameters: str) -> float:
    name, _, value = parameters.replace(" ", "").partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
