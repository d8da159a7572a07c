"""The ``srcset`` attribute: which pictures it offers, and the same text with other addresses (HTML, 4.8.4.3.10)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MAX_CANDIDATES = 200
_SPACE = " \t\n\f\r"
_GAP = re.compile(r"[ \t\n\f\r,]*+")
_ADDRESS = re.compile(r"[^ \t\n\f\r]++")
_DESCRIPTORS = re.compile(r"(?>(?:[^(),]++|\([^)]*+\)?|\))*)")
_WIDTH = re.compile(r"0*[1-9]\d{0,9}w\Z")
_HEIGHT = re.compile(r"0*[1-9]\d{0,9}h\Z")
_DENSITY = re.compile(r"-?(?:\d+|\d*\.\d+)(?:[eE][+-]?\d+)?x\Z")


@dataclass(frozen=True, slots=True)
class ImageCandidate:
    """One picture of a ``srcset``: its address as written, and its width in pixels or its density if it says one."""

    address: str
    width: int | None = None
    density: float | None = None


def read_srcset(text: str) -> tuple[ImageCandidate, ...]:
    """The candidates of a ``srcset`` in order, those with wrong descriptors left out as the standard says."""
    found: list[ImageCandidate] = []
    for start, end, descriptors in _spans(text):
        candidate = _candidate(text[start:end], descriptors)
        if candidate is not None:
            found.append(candidate)
            if len(found) >= MAX_CANDIDATES:
                break
    return tuple(found)


def rewrite_srcset(text: str, replace: Callable[[str], str | None]) -> str:
    """``text`` with each address replaced by what ``replace`` gives for it (None: as it was); all else stays.

    An address given back must hold no white space, nor begin or end with a comma.
    """
    out: list[str] = []
    done = 0
    for start, end, _ in _spans(text):
        new = replace(text[start:end])
        if new is not None:
            out += (text[done:start], new)
            done = end
    return "".join((*out, text[done:]))


def _spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Where each address stands, and its descriptors."""
    place = 0
    while True:
        gap = _GAP.match(text, place)
        place = gap.end() if gap else place
        address = _ADDRESS.match(text, place)
        if address is None:
            return
        place = address.end()
        bare = address[0].rstrip(",")
        if len(bare) < len(address[0]):
            # A comma right after the address ends the candidate.
            yield address.start(), address.start() + len(bare), ""
            continue
        rest = _DESCRIPTORS.match(text, place)
        place = rest.end() if rest else place
        yield address.start(), address.end(), rest[0] if rest else ""


def _candidate(address: str, descriptors: str) -> ImageCandidate | None:
    width: int | None = None
    density: float | None = None
    height = False
    for word in descriptors.strip(_SPACE).split():
        if _WIDTH.match(word) and width is None and density is None:
            width = int(word[:-1])
        elif _DENSITY.match(word) and density is None and width is None and not height:
            density = float(word[:-1])
            if density < 0:
                return None
        elif _HEIGHT.match(word) and not height and density is None:
            height = True
        else:
            return None
    return None if height and width is None else ImageCandidate(address, width, density)
