"""Names that sites give to what is no text of the article: words in class, id and role of elements."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from lxml.html import HtmlElement

_TABLE = """
related: aussi crosslink crosslinks inlineteaser lire morenews mostpopular mostread noticias outbrain popular promo
  promos promotion readmore recommend recommendation recommendations recommended relacionada relacionadas
  relacionados lineclamp relate related relates relation seealso suggested suggestions taboola teaser teasers timeline
  trending zone
share: addtoany follow followus share sharebar sharebuttons shares sharetools sharing social sociallinks socials
comments: comment commentaires commentbox commenting comments coral discussion disqus kommentar kommentare livefyre
advert: ad adbox ads adsense adslot advert advertisement advertising adverts affiliate anzeige commercial
  publicidad publicite reklama reklame rennab sda sponsor sponsored werbung
caption: bildunterschrift caption captions copyright credit credits figcaption imagecredit legende photocredit pie
byline: author authors autor autoren autorin byeline byline bylines dateline journalist pubdate publishdate
  published timestamp writer
menu: breadcrumb breadcrumbs footer keywords masthead menu nav navbar navigation pager pagination sidebar skip tabs
  tag taglist tags toc toolbar topic topics
newsletter: cta donate donation membership newsletter newsletters paywall piano promobox registration signup
  subscribe subscription
consent: consent cookie cookies didomi disclaimer gdpr onetrust
concealed: lightbox modal popup screenreader sronly srt tooltip visuallyhidden
pullquote: pull pullquote pullquotes
picture: bild bilder foto image images img media photo photos picture
widget: audio bottalk carousel dropdown embed embedded feedback gallery player podcast poll quiz slider slideshow
  video whatsapp widget widgets youtube
embed: tweet instagram facebook tiktok telegram bluesky
factbox: factbox infobox infokasten keyfacts faktabox faktaboks
"""
_SPLIT = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MODIFIER = re.compile(r"(?:[:\[]|^(?:has|with|no|is|js|not)[-_A-Z]|[-_](?:enabled|disabled|hidden|hideable)$)")
"""Class names that say how something behaves, not what it is."""
_PARAGRAPHS = frozenset(("p", "h2", "h3", "h4", "blockquote"))
_WEAK = frozenset(("newsletter", "advert", "widget", "menu", "picture", "concealed"))
_CONCEALED = frozenset(("hidden", "visually-hidden", "sr-only", "screen-reader-text", "visuallyhidden", "invisible"))
_NAMES = ("class", "id", "role", "data-component", "data-testid")
_LONGEST = 400
"""Characters of a name that are looked at."""
_NOISE_TAGS = {
    "figcaption": "caption",
    "figure": "caption",
    "footer": "footer",
    "form": "form",
    "aside": "aside",
    "menu": "menu",
    "address": "byline",
}


def _read_table() -> dict[str, str]:
    kinds: dict[str, str] = {}
    kind = ""
    for line in _TABLE.strip().splitlines():
        words = line.split()
        if words[0].endswith(":"):
            kind = words.pop(0).rstrip(":")
        kinds.update(dict.fromkeys(words, kind))
    return kinds


_WORD_TO_NOISE = _read_table()


def noise_of(element: HtmlElement) -> str | None:
    """The kind of noise that an element's tag, class, id or role suggests; None when nothing does."""
    tag = element.tag
    kind = _NOISE_TAGS.get(tag)
    if kind:
        return kind
    if not element.keys():
        return _noise_in(tag) if "-" in tag else None
    get = element.get
    names = tuple((get(name) or "")[:_LONGEST] for name in _NAMES)
    return _named(tag, names, get("itemprop") in {"author", "caption", "datePublished"})


@lru_cache(maxsize=4096)
def _named(tag: str, names: tuple[str, ...], is_byline: bool) -> str | None:
    if _CONCEALED.intersection(names[0].split()) and ":" not in names[0]:
        return "concealed"
    # A paragraph's own class says more of its style than of its place.
    weak = _WEAK if tag in _PARAGRAPHS else ()
    if "-" in tag and (kind := _noise_in(tag)):
        return kind
    for value in names:
        if value and (found := _noise_in(value)) and found not in weak:
            return found
    return "byline" if is_byline else None


@lru_cache(maxsize=4096)
def _noise_in(value: str) -> str | None:
    for name in value[:400].split():
        if _MODIFIER.search(name):
            continue
        words = words_of(name)
        for word in words:
            if kind := _WORD_TO_NOISE.get(word):
                return kind
        for one, other in pairwise(words):
            if kind := _WORD_TO_NOISE.get(one + other):
                return kind
    return None


def words_of(names: str) -> list[str]:
    """The words in class names: `articleBody__by-line` says article, body, by, line."""
    return _SPLIT.split(_CAMEL.sub(" ", names).lower())
