"""Articles in templates whose names say nothing, for tests of what is learnt from several of them."""

from __future__ import annotations

import hashlib
import re

SUBJECTS = ("ferry", "harvest", "museum", "bridge", "theatre", "stadium", "hospital", "lighthouse")


def prose(subject: str, count: int = 4) -> list[str]:
    """Paragraphs that no two subjects have in common."""
    shapes = (
        "The {0} was the talk of the town on Monday, when the council met behind closed doors to hear what the {0} would cost.",
        "Nobody who had worked on the {0} wanted to be named, but three of them said that the plans for the {0} had been drawn in haste.",
        "By noon a crowd had gathered in front of the {0}, with flags and thermos flasks, and it stayed there until the rain came.",
        "A report on the {0} is expected before the end of the month; until then, said the mayor, all work on the {0} will rest.",
        "Twenty years ago the {0} had been saved once already, by a collection in the schools, and some remembered it well.",
    )
    return [shape.format(subject) for shape in shapes[:count]]


def page(
    subject: str,
    *,
    paragraphs: list[str] | None = None,
    box: bool = True,
    after: str = "",
    body_class: str = "k1",
    title: str | None = None,
) -> bytes:
    """An article in a template whose names say nothing."""
    text = paragraphs if paragraphs is not None else prose(subject)
    parts = [f"<p>{paragraph}</p>" for paragraph in text]
    if box:
        others = [other for other in SUBJECTS if other != subject][:2]
        cards = "".join(
            f"<p><b>{other.title()}: what is next?</b></p><p>All that is known of the {other} today, and what those say who live near it.</p>"
            for other in others
        )
        parts.insert(2, f'<div class="k7"><p>Good to know</p>{cards}</div>')
    title = title or f"A long day for the {subject}"
    return (
        f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title><meta property="og:type" content="article"></head>'
        f'<body><div class="k0"><h1>{title}</h1><div class="{body_class}">{"".join(parts)}{after}</div></div></body></html>'
    ).encode()


_JSON_LD = re.compile(r'<script type="application/ld\+json">.*?</script>', re.DOTALL)
_ATTRIBUTE = re.compile(r'\s(class|id|itemprop|itemscope|itemtype|role|rel|data-[a-z-]+)="([^"]*)"')
_TELLING = re.compile(r"<(/?)(?:figure|figcaption|aside|article|nav|section|header|footer|time|address|main)\b")


def nameless(html: bytes) -> bytes:
    """The page with no name that tells what an element is for; one name is the same letters on every page."""

    def letters(name: str) -> str:
        return "k" + re.sub(r"\d", "", hashlib.sha256(name.encode()).hexdigest())[:8]

    def attribute(found: re.Match[str]) -> str:
        if found[1] not in {"class", "id"}:
            return ""
        return f' {found[1]}="{" ".join(map(letters, found[2].split()))}"'

    text = _JSON_LD.sub("", html.decode())
    return _TELLING.sub(r"<\1div", _ATTRIBUTE.sub(attribute, text)).encode()
