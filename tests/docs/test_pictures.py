"""Pictures of the docs: each is there, small, told in words, and shown somewhere."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
SHOWN = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
MOST_BYTES = 150_000


def test_every_picture_is_there_and_small_and_told_in_words() -> None:
    shown: set[Path] = set()
    for page in DOCS.rglob("*.md"):
        for words, target in SHOWN.findall(page.read_text("utf-8")):
            picture = (page.parent / target).resolve()
            assert picture.is_file(), f"{page.name}: {target}"
            assert picture.read_bytes().startswith(b"\x89PNG"), target
            assert picture.stat().st_size < MOST_BYTES, target
            assert len(words) > 20, target
            shown.add(picture)
    assert shown == set((DOCS / "pictures").glob("*.png"))
