"""What people type, read into an expression that the full-text engine never rejects.

Words are all wanted; ``"a phrase"`` stands together; ``OR``, ``NOT`` (or a minus before a word) and parentheses work;
``econom*`` is a beginning; ``title:``, ``text:``, ``author:``, ``section:``, ``url:``, ``site:`` and ``language:`` before
a word or phrase look there only. Marks that make no sense are left out; a field that is not known, or has no word behind
it, is an error (``UsageError``), since it would find nothing and nobody would know why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from archiver.catalog.filters import check_language
from archiver.errors import UsageError
from archiver.search.normalise import fold, is_unspaced, tokens, words

MAX_LENGTH = 2_000
"""Characters of a query that are read."""

MAX_TERMS = 40
MAX_DEPTH = 8
FIELDS = {
    "title": "title",
    "text": "body",
    "author": "author",
    "section": "section",
    "url": "address",
    "site": "facts",
    "language": "facts",
    "lang": "facts",
}
"""What may stand before a colon, and the column of the index that it means."""

EVERYWHERE = "title body author"
"""Columns in which a word is looked for that names none."""

_PARTS = re.compile(
    # A field is letters before a colon; an address, a time or what a program is made of is a word.
    r"(?P<mark>-?\(|\))|(?P<minus>-)?(?:(?P<field>[^\W\d_][\w-]*):(?!//|:))?"
    r'(?:["“”„«»](?P<phrase>[^"“”„«»]*)["“”„«»]?|(?P<word>[^\s()"“”„«»]+))'
)


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand together. ``folded`` is one text for each word; ``exact`` the words that were typed with marks;
    ``field`` the column that was named."""

    folded: tuple[str, ...]
    exact: tuple[str, ...]
    prefix: bool = False
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be there."""

    part: Node


@dataclass(frozen=True, slots=True)
class AllOf:
    """Parts that must all be there."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Parts of which one must be there."""

    parts: tuple[Node, ...]


Node = Term | Not | AllOf | AnyOf


def parse(text: str) -> Node | None:
    """The expression of a query; None when nothing in it can be looked for. Raises ``UsageError``."""
    return _Parser(text[:MAX_LENGTH]).parse()


def sites_named(text: str) -> list[str]:
    """The sites that a query names, whether it wants or refuses them."""
    parts = _PARTS.finditer(text[:MAX_LENGTH])
    return [_value(part).strip() for part in parts if (part["field"] or "").lower() == "site"]


def terms(node: Node | None) -> list[Term]:
    """The terms whose words are looked for in a text (not those that must be absent), in their order."""
    match node:
        case Term():
            return [] if node.field in {"facts", "address"} else [node]
        case AllOf() | AnyOf():
            return [term for part in node.parts for term in terms(part)]
        case _:
            return []


def fts5(node: Node | None) -> str | None:
    """The expression for FTS5; None when it would match nothing, or everything but something."""
    match node:
        case Term():
            return _wanted(node)
        case AnyOf():
            parts = [text for part in node.parts if (text := fts5(part)) is not None]
            return f"({' OR '.join(parts)})" if parts else None
        case AllOf():
            return _all_of(node)
        case _:
            return None


def _all_of(node: AllOf) -> str | None:
    wanted = [text for part in node.parts if not isinstance(part, Not) and (text := fts5(part)) is not None]
    unwanted = [text for part in node.parts if isinstance(part, Not) and (text := _refused(part.part)) is not None]
    if not wanted:
        return None
    both = f"({' AND '.join(wanted)})"
    return f"({both} NOT ({' OR '.join(unwanted)}))" if unwanted else both


def _refused(node: Node) -> str | None:
    return _unwanted(node) if isinstance(node, Term) else fts5(node)


def _wanted(term: Term) -> str:
    """The folded words must be there; the words as typed, where they have marks, make a hit better."""
    folded = _folded(term)
    if not term.exact:
        return folded
    if term.field is not None:  # the exact words of all columns lie in one: they may only make it better
        return f"({folded} AND ({' OR '.join([folded, *_exact(term)])}))"
    better = " OR ".join(_exact(term))
    return f"({folded} OR {better})" if len(term.folded) == 1 else f"({folded} AND ({folded} OR {better}))"


def _unwanted(term: Term) -> str:
    """A word refused with its marks is only that word: -Đảng leaves pages that say đang."""
    return f"({' AND '.join([_folded(term), *_exact(term)])})"


def _exact(term: Term) -> list[str]:
    return [f'exact : "{word}"' for word in term.exact]


def fact(name: str, value: str) -> str:
    """A fact as one token, whatever its value is made of: ``site:vietnam.vn``."""
    return f"{name}{value.lower().encode('utf-8', 'replace').hex()}"


def _folded(term: Term) -> str:
    if term.field == "facts":
        return f'facts : "{term.folded[0]}"'
    columns = term.field or EVERYWHERE
    parts = [token for word in term.folded for token in tokens(word)]
    last = term.folded[-1]
    # A character of Chinese alone begins the token in which it stands, whatever comes behind it.
    open_end = term.prefix or (len(parts[-1]) == 1 and is_unspaced(last[-1]) and not is_unspaced(last[-2:-1]))
    if not open_end and len(parts) > 1 and is_unspaced(last[-1]) and len(parts[-1]) == 1:
        parts.pop()  # the pair before holds it
    return f'{{{columns}}} : "{" ".join(parts)}"{" *" if open_end else ""}'


class _Parser:
    """Reads left to right; unknown marks are skipped, missing ones thought of at the end."""

    def __init__(self, text: str) -> None:
        self._parts = list(_PARTS.finditer(text))
        self._at = 0
        self._terms = 0

    def parse(self) -> Node | None:
        found: list[Node] = []
        while self._at < len(self._parts):
            node = self._any_of(0)
            if node is not None:
                found.append(node)
            if self._peek() == ")":
                self._at += 1
        return _joined(found)

    def _peek(self) -> str | None:
        """The next mark or operator; None for a term and at the end."""
        if self._at >= len(self._parts):
            return None
        part = self._parts[self._at]
        if part["mark"]:
            return part["mark"]
        return part["word"] if part["word"] in {"AND", "OR", "NOT"} and not part["minus"] else None

    def _any_of(self, depth: int) -> Node | None:
        choices: list[Node] = []
        while True:
            node = self._all_of(depth)
            if node is not None:
                choices.append(node)
            if self._peek() != "OR":
                break
            self._at += 1
        return choices[0] if len(choices) == 1 else AnyOf(tuple(choices)) if choices else None

    def _all_of(self, depth: int) -> Node | None:
        found: list[Node] = []
        while self._at < len(self._parts) and self._peek() not in {")", "OR"}:
            node = self._one(depth)
            if node is not None:
                found.append(node)
        return _joined(found)

    def _one(self, depth: int) -> Node | None:
        mark = self._peek()
        part = self._parts[self._at]
        self._at += 1
        if mark == "AND":
            return None
        if mark == "NOT":
            refused = False
            while mark == "NOT":
                refused = not refused
                mark = self._peek()
                self._at += mark == "NOT"
            if self._at >= len(self._parts) or self._peek() in {")", "OR"}:
                return None
            node = self._one(depth)
            return _negated(node) if refused and node is not None else node
        if mark in {"(", "-("}:
            if depth >= MAX_DEPTH:
                return None
            node = self._any_of(depth + 1)
            if self._peek() == ")":
                self._at += 1
            return _negated(node) if mark == "-(" and node is not None else node
        return self._term(part)

    def _term(self, part: re.Match[str]) -> Node | None:
        text, name = _value(part), _field_of(part)
        if self._terms >= MAX_TERMS:
            return None
        field = FIELDS[name] if name else None
        if field == "facts":
            if name != "site":
                check_language(text.strip())
            term = Term((fact("site" if name == "site" else "language", text.strip()),), (), field=field)
        else:
            found = tuple(words(text))
            folded = tuple(fold(word) for word in found)
            if not found:
                return None
            exact = tuple(word for word, plain in zip(found, folded, strict=True) if word != plain)
            term = Term(folded, exact, part["phrase"] is None and text.endswith("*"), field)
        self._terms += 1
        return Not(term) if part["minus"] else term


def _value(part: re.Match[str]) -> str:
    """The word or phrase of a term, as it was typed."""
    value: str = part["word"] if part["phrase"] is None else part["phrase"]
    return value


def _field_of(part: re.Match[str]) -> str | None:
    """The field that a term names. Raises ``UsageError`` for one that is not known, or stands before nothing."""
    name, text = part["field"], _value(part)
    if name is None and part["phrase"] is None and text.lower().rstrip(":") in FIELDS and text.endswith(":"):
        name, text = text.rstrip(":"), ""  # a space or a parenthesis follows
    if name is None:
        return None
    if name.lower() not in FIELDS:
        raise UsageError(
            f"unknown field {name[:40]!r}; known: {', '.join(FIELDS)}. To look for the words, put them in quotes"
        )
    if not words(text):
        raise UsageError(f'{name}: needs a word or a "phrase" right behind it')
    return str(name).lower()


def _negated(node: Node) -> Node:
    return node.part if isinstance(node, Not) else Not(node)


def _joined(parts: list[Node]) -> Node | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 and not isinstance(parts[0], Not) else AllOf(tuple(parts))
