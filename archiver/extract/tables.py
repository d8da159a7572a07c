"""Tables of figures in a text: each row is one paragraph, its cells parted by a bar. Tables that only lay a page out are left as they are."""

from __future__ import annotations

from collections.abc import Sequence

from lxml.html import HtmlElement

from archiver.extract.blocks import TextBlock

MAX_CELL = 300
MAX_ROWS = 500


def with_rows(blocks: Sequence[TextBlock]) -> list[TextBlock]:
    """The blocks, with the cells of each row of a data table as one block of kind ``row``; orders are given anew."""
    if not any(block.kind == "cell" for block in blocks):
        return list(blocks)
    data: dict[HtmlElement, bool] = {}
    out: list[TextBlock] = []
    row: HtmlElement | None = None
    cell: HtmlElement | None = None
    for block in blocks:
        mine = _row_of(block, data)
        before, cell = cell, _cell_of(block) if mine is not None else None
        if mine is not None and mine is row:
            last = out[-1]
            last.text += (" " if cell is before else " | ") + block.text
            last.linked += block.linked
            last.bold += block.bold
            continue
        row = mine
        if mine is not None:
            block.kind, block.element = "row", mine
        out.append(block)
    for order, block in enumerate(out):
        block.order = order
    return out


def _cell_of(block: TextBlock) -> HtmlElement | None:
    return next((e for e in (block.element, *block.element.iterancestors()) if e.tag in {"td", "th"}), None)


def _row_of(block: TextBlock, known: dict[HtmlElement, bool]) -> HtmlElement | None:
    """The row of a data table in which the block lies."""
    if block.kind != "cell":
        return None
    row = next((e for e in block.element.iterancestors("tr")), None)
    table = next((e for e in block.element.iterancestors("table")), None)
    if row is None or table is None:
        return None
    if table not in known:
        known[table] = _is_data(table)
    return row if known[table] else None


def _is_data(table: HtmlElement) -> bool:
    """Whether a table shows figures: no table inside, two rows or more with two cells or more, and no long texts in them."""
    if table.get("role") == "presentation" or table.find(".//form") is not None or table.find(".//table") is not None:
        return False
    full = 0
    for count, row in enumerate(table.iter("tr")):
        cells = [len("".join(cell.itertext()).strip()) for cell in row if cell.tag in {"td", "th"}]
        if count >= MAX_ROWS or max(cells, default=0) > MAX_CELL:
            return False
        full += len([size for size in cells if size]) >= 2
    return full >= 2
