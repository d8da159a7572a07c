"""The pictures of an article: real addresses, captions, credits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lxml.html import HtmlElement

from archiver.extract import schema_org
from archiver.extract.noise import noise_of
from archiver.html.page_tree import Page, squeeze
from archiver.model.article import Image

_LAZY = (
    "data-photo-original-src",
    "data-original",
    "data-original-src",
    "data-src",
    "data-lazy-src",
    "data-lazy",
    "data-url",
    "data-full-src",
    "data-hi-res-src",
    "data-image",
    "data-img-url",
)
_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_CREDIT = re.compile(
    r"(?:[(\[]|\b|\s)(?:©|\(c\)|(?:ảnh|nguồn ảnh|photos?|pictures?|images?|credits?|crédits?(?: photo)?|fotos?|bild(?:er|rechte)?|foto(?:grafía)?|imagen|fotografia|zdjęcie|quelle|source|"
    r"writer|kilde|фото)\s*[:\uff1a])\s*(?P<credit>[^()\[\]]{2,90}?)\s*[)\].]*\s*\Z",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\s*\((?P<credit>[^()]{2,60})\)\s*\Z")
_SAID_BY = re.compile(r"(?<=[.!?»”])\s+(?P<credit>(?:photo|ảnh|foto|bild|image|crédit)\b.{2,80})\Z", re.IGNORECASE)
_AGENCIES = re.compile(
    r"AFP|Reuters|REUTERS|\bAP\b|Getty|dpa|TTXVN|VNA|EPA|Shutterstock|iStock|Imago|IMAGO|Xinhua|AA\b|Vietnam\+|\bVNP\b"
)
_CREDIT_CLASS = re.compile(r"credit|copyright|source|author|fotograf|photographer|rights", re.IGNORECASE)
_CAPTION_CLASS = re.compile(r"caption|legend|bildunterschrift|description|\bpcaption\b|\bimgcaption\b", re.IGNORECASE)
_NOT_PICTURES = re.compile(
    r"(?:logo|icon|sprite|avatar|pixel|blank|spacer|placeholder|fallback|1x1|transparent|emoji)|\.svg\Z|\Ashare\b",
    re.IGNORECASE,
)
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|webp|avif|gif|tiff?)\Z", re.IGNORECASE)
_SIZE = re.compile(r"(?:\A|[-_.~@])\d{2,4}x\d{2,4}(?=[-_.]|\Z)|[-_]\d{2,4}w(?=[-_.]|\Z)|-scaled(?=\.|\Z)|@\dx")
_GALLERY = re.compile(r"photo|foto|image|bild|galler|galer[ií]|attachment|picture|diashow|slideshow", re.IGNORECASE)
_OTHERS = frozenset(("related", "share", "comments", "advert", "byline", "menu", "footer", "form", "aside"))
"""Parts of a page whose pictures are of something else."""
_MAX = 60
_FEW = 4
_SAYING = 5


def read_images(page: Page, node: dict[str, Any], *, inside: list[HtmlElement]) -> tuple[Image, ...]:
    """Pictures in the text (the last of ``inside``) and in the figures above it, each once; what the head names is first where no figure is above."""
    out: dict[str, Image] = {}
    above = 0
    for place, element in enumerate(inside):
        for image in _in(element, page):
            known = out.get(_stem(image.url))
            if known is None or (known.caption is None and image.caption):
                out[_stem(image.url)] = image
            if len(out) >= _MAX:
                return tuple(out.values())
        above = above if place == len(inside) - 1 else len(out)
    front: dict[str, Image] = {}
    if not above:
        for image in _in_json(_resolved(node.get("image"), page), page):
            if _stem(image.url) not in out:
                front.setdefault(_stem(image.url), image)
    if not front and not out:
        head = page.absolute(page.first("og:image", "og:image:url", "twitter:image", "twitter:image:src"))
        if head:
            front[head] = Image(head)
    return (*list(front.values())[: 1 if out else 4], *out.values())


def _stem(url: str) -> str:
    """What a picture's address says in all its sizes: the file's name without the size, or the path where the name says little."""
    path = url.split("?", maxsplit=1)[0].rstrip("/").lower()
    name = _SIZE.sub("", path.rsplit("/", 1)[-1])
    return name if len(name.split(".", 1)[0]) > _SAYING else path


def _resolved(value: Any, page: Page) -> Any:
    """``value`` with references (``{"@id": ...}``) to other objects of the page in their places."""
    if isinstance(value, list):
        return [_resolved(item, page) for item in value[:_MAX] if not isinstance(item, list)]
    if not isinstance(value, dict) or value.get("url") or value.get("contentUrl"):
        return value
    name = value.get("@id")
    found = next((o for o in page.json_ld if o.get("@id") == name and (o.get("url") or o.get("contentUrl"))), None)
    if found is not None:
        return found
    return value if isinstance(name, str) and _PICTURE_FILE.search(name.split("?", maxsplit=1)[0]) else None


def _in_json(value: Any, page: Page) -> Iterator[Image]:
    for item in value if isinstance(value, list) else [value]:
        caption = credit = None
        address = item
        if isinstance(item, dict):
            caption = schema_org.text(item.get("caption"))
            credit = schema_org.text(item.get("creditText"))
            address = item.get("url") or item.get("contentUrl") or item.get("@id")
        if isinstance(address, list):
            address = address[0] if address else None
        if isinstance(address, str) and (url := page.absolute(address)):
            yield Image(url, caption, credit)


def _in(root: HtmlElement, page: Page) -> Iterator[Image]:
    for element in root.iter("img", "amp-img"):
        url = address_of(element, page)
        if (
            url is None
            or _NOT_PICTURES.search(_bare(url).rsplit("/", 1)[-1])
            or _is_small(element)
            or _is_of_another(element, root, page)
        ):
            continue
        caption, credit = _caption(element, root)
        yield Image(url, caption, credit)


def address_of(element: HtmlElement, page: Page) -> str | None:
    """The picture's real address: lazy attributes first, then the largest of a set, then ``src``; never a placeholder."""
    for name in _LAZY:
        if url := page.absolute(element.get(name)):
            return url
    sets = [element.get(name) for name in _SETS]
    if url := _of_sets(sets, page):
        return url
    if (url := page.absolute(element.get("src"))) and "data:" not in url:
        return url
    parent = element.getparent()
    if parent is not None and parent.tag == "picture":
        return _of_sets([source.get(name) for source in parent.iter("source") for name in _SETS], page)
    return None


def _of_sets(sets: Iterable[str | None], page: Page) -> str | None:
    return next((url for value in sets if value and (url := page.absolute(_largest(value)))), None)


def _largest(candidates: str) -> str | None:
    best, width = None, -1.0
    for part in re.split(r",\s+|,(?=https?:)", candidates[:8000]):
        words = part.split()
        if not words:
            continue
        size = re.match(r"[\d.]+", words[1]) if len(words) > 1 else None
        value = (
            float(size.group().rstrip(".") or 0)
            if size and size.group().strip(".").replace(".", "", 1).isdigit()
            else 0.0
        )
        if value > width:
            best, width = words[0], value
    return best


def _is_small(element: HtmlElement) -> bool:
    for name in ("width", "height"):
        value = element.get(name) or ""
        if value.isdigit() and 0 < int(value) < 50:
            return True
    return False


def _is_of_another(element: HtmlElement, root: HtmlElement, page: Page) -> bool:
    """Whether a picture belongs to something else than the article: it stands in a part named so, or leads to another page."""
    figure = next(element.iterancestors("figure"), None)
    given = figure is not None and figure.find(".//figcaption") is not None
    for holder in element.iterancestors():
        if holder is root:
            break
        if holder.tag == "a" and not given and _leads_away(holder.get("href"), page):
            return True
        if holder.tag != "figure" and noise_of(holder) in _OTHERS and len(holder.findall(".//p")) <= _FEW:
            return True
    return False


def _leads_away(address: str | None, page: Page) -> bool:
    url = page.absolute(address)
    if url is None:
        return False
    bare, here = _bare(url), _bare(page.url)
    return not (bare.startswith(here.removesuffix("/")) or _PICTURE_FILE.search(bare) or _GALLERY.search(bare))


def _bare(url: str) -> str:
    """An address without scheme, query and fragment."""
    return url.split("#", maxsplit=1)[0].split("?", maxsplit=1)[0].split("://", maxsplit=1)[-1]


def _caption(element: HtmlElement, root: HtmlElement) -> tuple[str | None, str | None]:
    holder = element.getparent()
    for _ in range(5):
        if holder is None:
            return None, None
        if holder.tag == "figure" or _names(holder, _CAPTION_HOLDER):
            found = next(
                (
                    e
                    for e in holder.iter()
                    if e.tag == "figcaption"
                    or (isinstance(e.tag, str) and e is not holder and e.tag != "img" and _names(e, _CAPTION_CLASS))
                ),
                None,
            )
            if found is None and holder.tag != "figure":
                found = next((e for e in holder.iter("span", "em", "p") if squeeze(e.text_content())), None)
            return _split(found) if found is not None else (None, None)
        if holder is root:
            return None, None
        holder = holder.getparent()
    return None, None


_CAPTION_HOLDER = re.compile(r"photo|picture|figure|wp-caption|image|avatar", re.IGNORECASE)


def _names(element: HtmlElement, pattern: re.Pattern[str]) -> bool:
    return bool(pattern.search(element.get("class") or ""))


def _split(element: HtmlElement) -> tuple[str | None, str | None]:
    """Caption and credit of a figcaption: the credit has an element of its own, or stands at the end."""
    whole = squeeze(element.text_content())
    for inner in element.iter():
        if inner is element or not isinstance(inner.tag, str):
            continue
        if _names(inner, _CREDIT_CLASS) or inner.get("itemprop") in {"copyrightHolder", "author", "creditText"}:
            credit = squeeze(inner.text_content())
            if credit and len(credit) < 200:
                caption = squeeze(whole.replace(credit, "", 1)) or None
                return caption, _bare_credit(credit)
    for pattern in (_CREDIT, _SAID_BY, _BRACKETS):
        match = pattern.search(whole)
        if match and (pattern is not _BRACKETS or _AGENCIES.search(match.group("credit"))):
            return (whole[: match.start()].strip(" -–—|/") or None), _bare_credit(match.group("credit"))
    return whole or None, None


def _bare_credit(credit: str) -> str | None:
    credit = re.sub(
        r"\A\W*(?:(?:ảnh|photo|foto|bild|image|picture|crédit photo|crédit|credit|source|nguồn|quelle)\s*[:\uff1a]|©)\s*",
        "",
        credit,
        flags=re.IGNORECASE,
    )
    return credit.strip(" ()[]|.,;") or None
