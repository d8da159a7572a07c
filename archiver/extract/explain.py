"""Why a page reads as it does: each block, kept or dropped, who decided and why."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.extract.article_reader import ArticleReading, extractor_with, read_page
from archiver.extract.blocks import TextBlock
from archiver.extract.task import ExtractionTask
from archiver.html.signature import signature
from archiver.model.article import Extraction

MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class BlockReason:
    """One block of a page. ``by`` is learnt, profile, trafilatura, json-ld, density, script or rule; ``element`` its element's signature."""

    text: str
    kind: str
    element: str
    kept: bool
    by: str
    why: str

    def as_json(self) -> dict[str, object]:
        """The shape of an item of ``blocks`` in ``archiver extract --explain --json``."""
        return {
            "kept": self.kept,
            "by": self.by,
            "why": self.why,
            "kind": self.kind,
            "element": self.element,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Explained:
    """An extraction with the reasons of its body."""

    extraction: Extraction
    blocks: tuple[BlockReason, ...]


def explain(job: ExtractionTask) -> Explained:
    """What ``extract`` says of a page, and why."""
    reading = read_page(job)
    if isinstance(reading, tuple):
        return Explained(Extraction(reading[0], reading[1], extractor_with(job.model)), ())
    extraction = reading.extraction()
    return Explained(extraction, tuple(_reasons(reading, extraction)))


def _reasons(reading: ArticleReading, extraction: Extraction) -> list[BlockReason]:
    article = extraction.article
    last = list(article.paragraphs) if article else []
    chosen = {id(block) for block in reading.body.blocks}
    known = {id(block) for block in reading.body.page}
    out = []
    for block in (*reading.body.page, *(b for b in reading.body.blocks if id(b) not in known)):
        # Of a page that is no article, this is what would be its text.
        kept = id(block) in chosen and (article is None or any(block.text.startswith(text[:80]) for text in last))
        by, why = _why(block, reading, chosen=id(block) in chosen, kept=kept)
        element = signature(block.element)
        out.append(BlockReason(block.text[:MAX_TEXT], block.kind, element, kept, by, why))
    return out


def _why(block: TextBlock, reading: ArticleReading, *, chosen: bool, kept: bool) -> tuple[str, str]:
    if chosen and not kept:
        is_lead = block is reading.said or (reading.lead and block.text.startswith(reading.lead[:80]))
        return (
            "rule",
            "is the lead"
            if is_lead
            else "belongs to the tail: a source, a signature, an agency or a line of share links",
        )
    if block.by:
        return block.by, block.why
    return "rule", "outside the element that holds the text"
