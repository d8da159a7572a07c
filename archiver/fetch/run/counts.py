"""What a run did so far."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """What a run did so far; see ``model.Run`` for the meanings. ``read`` is the number of pages read, ``received`` the
    bytes that servers sent, ``rendered`` and ``unrendered`` the pages that a browser showed, and could not."""

    captures: int = 0
    pages: int = 0
    new: int = 0
    revisits: int = 0
    failed: int = 0
    read: int = 0
    articles: int = 0
    received: int = 0
    rendered: int = 0
    unrendered: int = 0
