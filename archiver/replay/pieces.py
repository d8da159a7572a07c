"""Answers of many lines, in pieces that are worth a trip through the server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

PIECE = 32_000
"""Characters of a piece."""


def in_pieces(lines: Iterable[str]) -> Iterator[str]:
    """Lines joined to pieces of a size that is worth a trip through the server."""
    piece: list[str] = []
    size = 0
    for line in lines:
        piece.append(line)
        size += len(line)
        if size >= PIECE:
            yield "".join(piece)
            piece, size = [], 0
    if piece:
        yield "".join(piece)
