"""The attributes of an archived element, made safe: nothing that acts, every address one of the archive's.

One rule for all elements first, then one for each that asks for something. What no rule knows and looks like an address
is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from archiver.html.srcset import read_srcset
from archiver.html.tokenizer import Foreign
from archiver.replay.lazy import promote_background, promote_picture
from archiver.replay.parts import Parts, Place, Role

Attributes = dict[str, str]

SANDBOX = "allow-same-origin allow-top-navigation-by-user-activation"
"""No scripts, no forms, no plug-ins. The origin stays that of the archive, or its own pictures would be another site's."""

_ADDRESSES = frozenset(
    """src href xlink:href data action formaction poster background srcset imagesrcset imagesizes cite longdesc manifest ping
    codebase classid archive code profile lowsrc dynsrc srcdoc attributionsrc icon usemap object movie
    xml:base""".split()  # noqa: SIM905  a list of words
)
"""Attributes that are kept only by the rule of an element."""
_DROPPED = frozenset(
    """integrity nonce crossorigin referrerpolicy csp allow http-equiv target download fetchpriority blocking sandbox
    credentialless browsingtopics sharedstoragewritable autofocus is actiontype formmethod formtarget formenctype method
    enctype accept-charset name-space elementtiming privatetoken adauctionheaders""".split()  # noqa: SIM905
)
_ACTS = re.compile(
    r"[\x00-\x20]*(?:j[\s]*a[\s]*v[\s]*a|v[\s]*b)[\s]*s[\s]*c[\s]*r[\s]*i[\s]*p[\s]*t[\s]*:", re.IGNORECASE
)
_NAME = re.compile(r"[^\x00-\x20\"'<>/=\x7f]+\Z")
_BACKGROUND = frozenset({"body", "table", "thead", "tbody", "tfoot", "tr", "td", "th"})
_SVG_PICTURES = frozenset({"image", "feimage", "use"})
_ANIMATIONS = frozenset({"animate", "set", "animatetransform", "animatemotion", "animatecolor"})
_ANIMATED = ("from", "to", "values", "by")
_PAINTED = frozenset(
    {"fill", "stroke", "filter", "mask", "clip-path", "cursor", "marker-start", "marker-mid", "marker-end"}
)
"""Attributes of SVG that are style properties and may name another document."""
_IN_PLACE = {"about:blank", "about:srcdoc", ""}


class Cleaner:
    """Cleans the attributes of one page's elements; ``base`` is what addresses are relative to."""

    def __init__(self, parts: Parts, *, base: str, shown: Callable[[], bool] = lambda: True) -> None:
        self.parts = parts
        self.base = base
        self.pictures: list[Place] | None = None
        """The pictures that the sources of the open ``picture`` offer."""
        self._shown = shown

    def clean(self, name: str, given: Attributes, *, foreign: Foreign = "") -> Attributes | None:
        """The attributes to write for an element; None when it must not stand in the page."""
        kept = self._general(name, given, foreign=foreign)
        if foreign:
            self._foreign(name, given, kept, foreign=foreign)
            return kept
        rule = _RULES.get(name)
        if rule is not None:
            return rule(self, given, kept)
        if name in _BACKGROUND:
            self._one(given, kept, "background", role="image")
        return kept

    def style(self, text: str) -> str:
        """Declarations or a style sheet with the archive's addresses."""
        return self.parts.style(text, base=self.base)

    def need(self, role: Role, places: Iterable[Place | None]) -> None:
        """As ``Parts.need``, for what is shown."""
        if self._shown():
            self.parts.need(role, places)

    def _general(self, name: str, given: Attributes, *, foreign: Foreign) -> Attributes:
        kept: Attributes = {}
        animated = _ANIMATED if name in _ANIMATIONS else ()
        for key, value in given.items():
            if key.startswith("on") or key in _DROPPED or key in _ADDRESSES or key in animated or not _NAME.match(key):
                continue
            if _ACTS.match(value):
                continue
            painted = "(" in value and (key == "style" or (foreign and key in _PAINTED))
            kept[key] = self.style(value) if painted else value
        if (style := promote_background(given)) is not None:
            kept["style"] = f"{kept.get('style', '').rstrip('; ')};{self.style(style)}".lstrip(";")
        return kept

    def _place(self, address: str | None, role: Role) -> Place | None:
        return None if address is None else self.parts.place(address, role, base=self.base)

    def _one(self, given: Attributes, kept: Attributes, key: str, *, role: Role) -> Place | None:
        place = self._place(given.get(key), role)
        if place is not None:
            kept[key] = place.address
        self.need(role, [place])
        return place

    def _link(self, given: Attributes, kept: Attributes, key: str = "href") -> None:
        address = given.get(key)
        if address is None:
            return
        if address.strip().startswith("#"):
            kept[key] = address.strip()
            return
        target = self.parts.link(address, base=self.base)
        if target is not None:
            kept[key] = target
            kept["target"] = "_top"

    def anchor(self, given: Attributes, kept: Attributes) -> Attributes:
        self._link(given, kept)
        return kept

    def picture(self, given: Attributes, kept: Attributes) -> Attributes:
        """``img``: the pictures that are held, lazy ones put in their place; a missing one keeps its address."""
        src, srcset, changes = promote_picture(given)
        for key, value in changes.items():
            if value is None:
                kept.pop(key, None)
            else:
                kept[key] = value
        main = self._place(src, "image")
        offers, written = self._srcset(srcset)
        self.need("image", [main, *offers, *(self.pictures or ())])
        if written:
            kept["srcset"] = written
        held = [place for place in offers if place.held]
        if main is not None and not main.held and held:
            main = held[0]
        chosen = main or next(iter(held or offers), None)
        if chosen is not None:
            kept["src"] = chosen.address
        if (usemap := given.get("usemap", "").strip()).startswith("#"):
            kept["usemap"] = usemap
        return kept

    def _srcset(self, text: str | None) -> tuple[list[Place], str]:
        """The pictures that a srcset offers, and the same with only those that are held."""
        offers: list[Place] = []
        written: list[str] = []
        for candidate in read_srcset(text or ""):
            place = self._place(candidate.address, "image")
            if place is None:
                continue
            offers.append(place)
            if place.held:
                size = (
                    f" {candidate.width}w"
                    if candidate.width is not None
                    else f" {candidate.density:g}x"
                    if candidate.density is not None
                    else ""
                )
                written.append(f"{place.address}{size}")
        return offers, ", ".join(written)

    def source(self, given: Attributes, kept: Attributes) -> Attributes:
        if self.pictures is None:
            self._one(given, kept, "src", role="media")
            return kept
        _, srcset, changes = promote_picture(given)
        kept |= {key: value for key, value in changes.items() if value is not None and key == "sizes"}
        offers, written = self._srcset(srcset)
        self.pictures += offers
        if written:
            kept["srcset"] = written
        return kept

    def film(self, given: Attributes, kept: Attributes) -> Attributes:
        self._one(given, kept, "poster", role="image")
        self._one(given, kept, "src", role="media")
        return kept

    def media(self, given: Attributes, kept: Attributes) -> Attributes:
        self._one(given, kept, "src", role="media")
        return kept

    def frame(self, given: Attributes, kept: Attributes) -> Attributes:
        src = given.get("src", "").strip()
        if src.lower() in _IN_PLACE:
            src = next((given[key] for key in ("data-src", "data-lazy-src", "data-lazy") if given.get(key)), "")
        place = self._place(src or None, "frame")
        self.need("frame", [place])
        if place is not None:
            kept["src"] = place.address
        kept.pop("name", None)
        kept["sandbox"] = SANDBOX
        return kept

    def thing(self, given: Attributes, kept: Attributes) -> Attributes:
        """``object`` and ``embed``: what is missing is left to the text inside."""
        key = "data" if "data" in given else "src"
        place = self._place(given.get(key), "frame")
        self.need("frame", [place])
        if place is not None and place.held:
            kept[key] = place.address
        return kept

    def control(self, given: Attributes, kept: Attributes) -> Attributes:
        if given.get("type", "").strip().lower() == "image":
            self._one(given, kept, "src", role="image")
        return kept

    def sheet(self, given: Attributes, kept: Attributes) -> Attributes | None:
        """``link``: style sheets stay, also those that a script would switch on; all else goes."""
        relations = set(given.get("rel", "").lower().split())
        acts = given.get("onload", "").lower()
        late = "preload" in relations and given.get("as", "").strip().lower() == "style" and "stylesheet" in acts
        kind = given.get("type", "").partition(";")[0].strip().lower()
        if not late and ("stylesheet" not in relations or kind not in {"", "text/css"}):
            return None
        place = self._place(given.get("href"), "style")
        if place is None:
            return None
        if "alternate" not in relations and "disabled" not in given:
            self.need("style", [place])
        kept |= {"rel": "stylesheet" if late else given["rel"], "href": place.address}
        kept.pop("as", None)
        if "media" in acts:
            kept.pop("media", None)
        return kept

    def about(self, given: Attributes, _kept: Attributes) -> Attributes | None:
        """``meta``: what shapes the page stays; what acts, or names the charset it no longer has, goes."""
        name = given.get("name", "").strip().lower()
        return {"name": name, "content": given.get("content", "")} if name in {"viewport", "color-scheme"} else None

    def nothing(self, _given: Attributes, _kept: Attributes) -> None:
        return None

    def _foreign(self, name: str, given: Attributes, kept: Attributes, *, foreign: Foreign) -> None:
        for key in ("href", "xlink:href"):
            address = given.get(key)
            if address is None:
                continue
            if name == "a" or foreign == "math":
                self._link(given, kept, key)
            elif address.strip().startswith("#"):
                kept[key] = address.strip()
            elif name in _SVG_PICTURES:
                self._one(given, kept, key, role="image")
        if name in _ANIMATIONS:
            what = given.get("attributename", "").strip().lower()
            if "href" not in what and what != "src" and not what.startswith("on"):
                kept |= {key: self.style(given[key]) for key in _ANIMATED if key in given}


_RULES: dict[str, Callable[[Cleaner, Attributes, Attributes], Attributes | None]] = {
    "a": Cleaner.anchor,
    "area": Cleaner.anchor,
    "img": Cleaner.picture,
    "image": Cleaner.picture,
    "amp-img": Cleaner.picture,
    "amp-anim": Cleaner.picture,
    "source": Cleaner.source,
    "video": Cleaner.film,
    "audio": Cleaner.media,
    "track": Cleaner.media,
    "iframe": Cleaner.frame,
    "frame": Cleaner.frame,
    "object": Cleaner.thing,
    "embed": Cleaner.thing,
    "input": Cleaner.control,
    "link": Cleaner.sheet,
    "meta": Cleaner.about,
    "base": Cleaner.nothing,
    "script": Cleaner.nothing,
    "portal": Cleaner.nothing,
    "fencedframe": Cleaner.nothing,
    "webview": Cleaner.nothing,
    "param": Cleaner.nothing,
    "bgsound": Cleaner.nothing,
    "basefont": Cleaner.nothing,
    "isindex": Cleaner.nothing,
}
