"""Check names and pages against docs/terms.md.

python docs/terms.py    print each word that terms.md says is not used, with its place; exit 1 when there is one

Read are the names of classes and modules in ``archiver/``, and the pages of docs/ and README.md. Pages that are made of tests
(faults.md), decisions, which are not edited, and terms.md itself are left out, and so is what stands as code.
"""
# ruff: noqa: INP001  a script beside the pages, no package

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
HEADING = "## Words that are not used"
UNREAD = {"terms.md", "faults.md"}
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Unused:
    """A word that is not used: in ``names``, in ``pages``, or both; what to ``say``; names that may have it (``but``)."""

    word: str
    names: bool
    pages: bool
    say: str
    but: frozenset[str]


@dataclass(frozen=True, slots=True)
class Name:
    """A class (``Two``) or a module (``two``), and its file."""

    text: str
    file: str

    @property
    def words(self) -> list[str]:
        """The words that it is made of, in lower case."""
        return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", self.text)]


def read_unused(page: str) -> dict[str, Unused]:
    """The table at the end of terms.md, by word."""
    table = page.partition(HEADING)[2]
    found = {}
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or len(cells) != 4 or cells[0] in {"word", "---"}:
            continue
        words, places, say, but = cells
        for word in words.split(", "):
            found[word] = Unused(
                word, "names" in places, "pages" in places, say, frozenset(re.findall(r"`(\w+)`", but))
            )
    return found


def names_of(package: Path) -> Iterator[Name]:
    """Every class and module below a folder; a package is a module."""
    for file in sorted(package.rglob("*.py")):
        place = file.relative_to(package.parent).as_posix()
        yield Name(file.parent.name if file.stem == "__init__" else file.stem, place)
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                yield Name(node.name, place)


def wrong_names(names: Iterable[Name], unused: Mapping[str, Unused]) -> Iterator[str]:
    """What is wrong with names: a word that is not used, or a class of a name that another has."""
    seen: dict[str, str] = {}
    for name in names:
        for word in name.words:
            entry = unused.get(word)
            if entry is not None and entry.names and name.text not in entry.but:
                yield f"{name.file}: {name.text}: not {word!r} but {entry.say}"
        if name.text[:1].isupper():
            if name.text in seen:
                yield f"{name.file}: {name.text}: the name of another class in {seen[name.text]}"
            seen.setdefault(name.text, name.file)


def wrong_words(text: str, unused: Mapping[str, Unused]) -> Iterator[str]:
    """What is wrong with a page: a word that is not used, code aside."""
    prose = CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), text)
    for number, line in enumerate(prose.splitlines(), 1):
        for word in re.findall(r"[a-z]+", line.lower()):
            entry = unused.get(word)
            if entry is not None and entry.pages:
                yield f"{number}: not {word!r} but {entry.say}"


def pages() -> Sequence[Path]:
    """The pages that are read."""
    return [ROOT / "README.md", *(page for page in sorted(DOCS.glob("*.md")) if page.name not in UNREAD)]


def problems() -> list[str]:
    """Everything that is wrong in this checkout."""
    unused = read_unused((DOCS / "terms.md").read_text("utf-8"))
    found = list(wrong_names(names_of(ROOT / "archiver"), unused))
    for page in pages():
        found += [f"{page.relative_to(ROOT)}:{wrong}" for wrong in wrong_words(page.read_text("utf-8"), unused)]
    return found


if __name__ == "__main__":
    wrong = problems()
    sys.stderr.write("".join(f"{line}\n" for line in wrong))
    sys.exit(1 if wrong else 0)
