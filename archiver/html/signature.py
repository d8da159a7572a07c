"""How an element is known again on another page of the same template: by its tag and the names that the template gave it."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from lxml.html import HtmlElement

_NUMBERED = re.compile(r"\d{3,}|\A\d+\Z")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_STEPS = 3
MAX_SIGNATURE = 300
MAX_NAMES = 4000
"""Characters of ``class`` and ``id`` that are looked at; so much is kept of each in a cache."""


def signature(element: HtmlElement) -> str:
    """``div.article__body.cms-body``, ``div#content``; for one without names, the way from the nearest named one above: ``div.text>div>p``.

    Names with numbers in them (``post-926794``) are left out: they tell one page, not its template.
    """
    own = _name_of(element)
    if own != element.tag:
        return own
    parts = [own]
    parent = element.getparent()
    while parent is not None and len(parts) <= _STEPS:
        name = _name_of(parent)
        parts.append(name)
        if name != parent.tag:
            break
        parent = parent.getparent()
    return ">".join(reversed(parts))[-MAX_SIGNATURE:]


def is_named(mark: str) -> bool:
    """Whether a signature holds a name that the template gave, so that it may be known again."""
    return "." in mark or "#" in mark


def tag_of(mark: str) -> str:
    """The tag of the element that a signature is of."""
    return mark.rpartition(">")[2].partition(".")[0].partition("#")[0]


def _name_of(element: HtmlElement) -> str:
    return named(str(element.tag), (element.get("class") or "")[:MAX_NAMES], (element.get("id") or "")[:MAX_NAMES])


@lru_cache(maxsize=4096)
def named(tag: str, classes: str, identity: str) -> str:
    """The signature of an element by its own ``class``, else its ``id``; its tag where they name nothing."""
    names = [name for name in classes.split()[:12] if not _NUMBERED.search(name)]
    if names:
        return f"{tag}.{'.'.join(sorted(set(names)))}"[:MAX_SIGNATURE]
    if identity and len(identity) <= 80 and not any(c.isdigit() for c in identity):
        return f"{tag}#{identity.strip()}"
    return tag


@lru_cache(maxsize=65536)
def text_key(text: str) -> str:
    """Sixteen characters that a line has in common with the same line elsewhere: of its letters, whatever its numbers; empty for one of fewer
    than four letters."""
    letters = _NOT_LETTERS.sub("", text).lower()
    if len(letters) < (2 if not letters.isascii() else 4):
        return ""
    return hashlib.blake2b(letters.encode("utf-8", "replace"), digest_size=8).hexdigest()
