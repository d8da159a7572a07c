"""Learning a site's templates from its own pages: where the body lies, which boxes lie inside it, and which lines recur.

One page teaches nothing. Two or three teach what they agree on; every rule asks for more the more pages there are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archiver.extract.blocks import SOURCE_LINE
from archiver.extract.sample import Sample, SampleBlock
from archiver.html.signature import is_named, tag_of
from archiver.model.sitemodel import (
    EDGE_FIRST,
    EDGE_LAST,
    LONGEST,
    LearntBox,
    LearntContainer,
    LearntText,
    SiteModel,
    versioned,
)

MAX_TEXTS = 1000
MAX_BOXES = 200
MAX_CONTAINERS = 20
LEAST_PAGES = 2
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_PROSE = 40
_GREATEST = 0.4
"""A box holds at most this share of what was kept of its page."""


@dataclass(slots=True)
class _ElementsSeen:
    """What was seen of the elements with one signature."""

    pages: set[int] = field(default_factory=set)
    times: int = 0
    size: int = 0
    linked: int = 0
    kept: int = 0
    greatest: float = 0.0
    opened: int = 0
    recurring: int = 0
    titles: int = 0
    given: int = 0
    not_given: int = 0
    sample: str = ""


def learn(samples: Sequence[Sample], *, site: str, extractor: str) -> SiteModel | None:
    """The model that these pages of a site teach; None where fewer than two articles are among them, or they teach nothing."""
    pages = distinct(samples)
    if len(pages) < LEAST_PAGES:
        return None
    counts = Counter(key for page in pages for key in {block.key for block in page.blocks} if key)
    boxes = _boxes(pages, counts)
    containers = _containers(pages)
    texts = _texts(pages, counts)
    if not (boxes or containers or texts):
        return None
    return versioned(
        SiteModel(
            site=site,
            extractor=extractor,
            pages=len(pages),
            first_at=min(page.at for page in pages),
            last_at=max(page.at for page in pages),
            containers=containers,
            boxes=boxes,
            texts=texts,
        )
    )


def distinct(samples: Sequence[Sample]) -> list[Sample]:
    """One sample of each article: the same title, or half of the prose in common, is the same article again."""
    out: list[Sample] = []
    titles: set[str] = set()
    known: list[frozenset[str]] = []
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for sample in sorted(samples, key=lambda s: (s.at, s.url)):
        prose = frozenset(b.key for b in sample.blocks if b.kept and b.size >= _PROSE and b.key)
        shared = Counter(at for key in prose for at in holders[key])
        again = any(2 * count > min(len(prose), len(known[at])) and count > 1 for at, count in shared.items())
        if not prose or again or (sample.title and sample.title in titles):
            continue
        titles.add(sample.title)
        for key in prose:
            holders[key].append(len(known))
        known.append(prose)
        out.append(sample)
    return out


def _containers(pages: Sequence[Sample]) -> tuple[LearntContainer, ...]:
    found: defaultdict[str, list[Sample]] = defaultdict(list)
    for page in pages:
        if page.unique and is_named(page.elements[0][0]):
            found[page.elements[0][0]].append(page)
    least = max(2, round(0.1 * len(pages)))
    learnt = [
        LearntContainer(mark, len(mine), min(p.at for p in mine), max(p.at for p in mine))
        for mark, mine in found.items()
        if len(mine) >= least
    ]
    return tuple(sorted(learnt, key=lambda c: (-c.pages, c.signature))[:MAX_CONTAINERS])


def often(pages: int) -> int:
    """On how many of ``pages`` a line in the middle of a text stands before it is furniture."""
    return max(3, min(12, -(-pages // 10)))


def at_edge(pages: int) -> int:
    """On how many of ``pages`` a line that always stands at the edge of a text is furniture."""
    return max(2, min(5, -(-pages // 20)))


def _texts(pages: Sequence[Sample], counts: Counter[str]) -> tuple[LearntText, ...]:
    """Lines that were taken for text and recur: on several pages, or on fewer always at the edge. A line that names the source is a fact
    of its article, which the editions and translations of one article have in common."""
    least = at_edge(len(pages))
    kept: defaultdict[str, list[tuple[SampleBlock, bool]]] = defaultdict(list)
    for page in pages:
        text = [block for block in page.blocks if block.kept]
        for place, block in enumerate(text):
            if block.key and counts[block.key] >= least and block.size <= LONGEST and not SOURCE_LINE.match(block.text):
                edge = place < EDGE_FIRST or place >= len(text) - EDGE_LAST
                kept[block.key].append((block, edge))
    learnt = []
    for key, found in kept.items():
        everywhere = counts[key] >= often(len(pages))
        if everywhere or all(edge for _, edge in found):
            learnt.append(LearntText(key, counts[key], not everywhere, found[0][0].text))
    return tuple(sorted(learnt, key=lambda t: (-t.pages, t.key))[:MAX_TEXTS])


def _boxes(pages: Sequence[Sample], counts: Counter[str]) -> tuple[LearntBox, ...]:
    titles = {page.title: at for at, page in enumerate(pages) if page.title}
    seen: defaultdict[str, _ElementsSeen] = defaultdict(_ElementsSeen)
    for at, page in enumerate(pages):
        whole = sum(block.size for block in page.blocks if block.kept) or 1
        for mark, blocks in _elements(page):
            _look(seen[mark], blocks, page=at, whole=whole, counts=counts, titles=titles)
    ratio = _told_ratio(pages)
    found = []
    for mark, what in seen.items():
        # What is never taken for text needs no learning; headings that recur may be those of sections.
        fit = (
            is_named(mark) and tag_of(mark) not in _HEADINGS and len(what.pages) >= 2 and 0 < what.greatest <= _GREATEST
        )
        if fit and (why := _why(what, ratio)):
            found.append(LearntBox(mark, len(what.pages), why, what.sample))
    return tuple(sorted(found, key=lambda b: (-b.pages, b.signature))[:MAX_BOXES])


def _elements(page: Sample) -> Iterator[tuple[str, list[SampleBlock]]]:
    """Each element below the container with the blocks in it."""
    inner: defaultdict[int, list[SampleBlock]] = defaultdict(list)
    for block in page.blocks:
        place = block.element
        while place > 0:
            inner[place].append(block)
            place = page.elements[place][1]
    for place, blocks in inner.items():
        yield page.elements[place][0], blocks


def _look(
    seen: _ElementsSeen,
    blocks: Sequence[SampleBlock],
    *,
    page: int,
    whole: int,
    counts: Counter[str],
    titles: dict[str, int],
) -> None:
    seen.pages.add(page)
    seen.times += 1
    kept = sum(block.size for block in blocks if block.kept)
    seen.size += sum(block.size for block in blocks)
    seen.linked += sum(block.linked for block in blocks)
    seen.kept += kept
    seen.greatest = max(seen.greatest, kept / whole)
    recurs = [counts[block.key] >= 2 for block in blocks]
    seen.recurring += all(recurs)
    seen.opened += len(blocks) > 1 and recurs[0] and blocks[0].size <= 80
    seen.titles += any(titles.get(block.key, page) != page for block in blocks)
    for block in blocks:
        if block.given is not None and block.size >= _PROSE:
            seen.given += block.given
            seen.not_given += not block.given
    seen.sample = seen.sample or blocks[0].text


def _why(seen: _ElementsSeen, ratio: float) -> str | None:
    """Why elements like these are no text; None when they are."""
    if seen.recurring >= 0.8 * seen.times and seen.recurring >= 2:
        return "says the same on every page"
    if seen.opened >= 0.6 * seen.times and seen.opened >= 2:
        return "opens with a line that recurs"
    if seen.linked > 0.6 * seen.size:
        return "holds links"
    if seen.titles >= 2 and seen.titles >= 0.3 * seen.times:
        return "names other articles"
    if ratio >= 0.8 and seen.not_given >= 3 and seen.given <= 0.1 * seen.not_given and len(seen.pages) >= 2:
        return "is left out of articleBody"
    return None


def _told_ratio(pages: Sequence[Sample]) -> float:
    """How much of the prose that was kept ``articleBody`` has, on pages that have one."""
    given = [
        block.given
        for page in pages
        for block in page.blocks
        if block.kept and block.size >= _PROSE and block.given is not None
    ]
    return sum(given) / len(given) if given else 0.0
