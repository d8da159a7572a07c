"""What learning needs of one page: its blocks with their places, and which of them were taken for the body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml.html import HtmlElement

from archiver.extract.blocks import TextBlock
from archiver.extract.body import Body
from archiver.html.page_tree import plain
from archiver.html.signature import signature, text_key

MAX_BLOCKS = 1500
MAX_DEPTH = 40
SAMPLE = 100


@dataclass(frozen=True, slots=True)
class SampleBlock:
    """A block inside the container: the key of its letters, its size, how much of it are links, and the element that holds it.

    ``kept`` says that it was taken for text; ``given`` whether JSON-LD's ``articleBody`` has it (None where there is none).
    """

    key: str
    text: str
    kind: str
    size: int
    linked: int
    element: int
    kept: bool
    given: bool | None


@dataclass(frozen=True, slots=True)
class Sample:
    """A page for learning. ``elements`` are signature and place of the parent of each element from the container (place 0) down."""

    url: str
    at: datetime
    title: str
    elements: tuple[tuple[str, int], ...]
    unique: bool
    blocks: tuple[SampleBlock, ...]


def sample_of(body: Body, *, url: str, at: datetime, title: str, given: str) -> Sample | None:
    """The sample that a page's body gives; None where its text has no container in the page."""
    container = body.container
    if container is None or body.origin == "script" or not body.blocks:
        return None
    said = plain(given)
    places: dict[HtmlElement, int] = {container: 0}
    elements: list[tuple[str, int]] = [(signature(container), -1)]
    kept = {id(block) for block in body.blocks}
    inside: list[SampleBlock] = []
    for block in body.page:
        place = _place(block, places, elements)
        if place is None or len(inside) >= MAX_BLOCKS:
            continue
        inside.append(
            SampleBlock(
                key=text_key(block.text),
                text=block.text[:SAMPLE],
                kind=block.kind,
                size=block.size,
                linked=block.linked,
                element=place,
                kept=id(block) in kept,
                given=plain(block.text) in said if said else None,
            )
        )
    return Sample(
        url=url,
        at=at,
        title=text_key(title),
        elements=tuple(elements),
        unique=_alone(container),
        blocks=tuple(inside),
    )


def _place(block: TextBlock, places: dict[HtmlElement, int], elements: list[tuple[str, int]]) -> int | None:
    """The place of the block's element among those of the container; None for a block outside it."""
    chain: list[HtmlElement] = []
    element: HtmlElement | None = block.element
    while element is not None and element not in places:
        chain.append(element)
        element = element.getparent()
        if len(chain) > MAX_DEPTH:
            return None
    if element is None:
        return None
    place = places[element]
    for each in reversed(chain):
        elements.append((signature(each), place))
        place = places[each] = len(elements) - 1
    return place


def _alone(container: HtmlElement) -> bool:
    """Whether no other element of the page has the container's signature."""
    mark = signature(container)
    same: Sequence[HtmlElement] = [
        e for e in container.getroottree().getroot().iter(container.tag) if signature(e) == mark
    ]
    return len(same) == 1
