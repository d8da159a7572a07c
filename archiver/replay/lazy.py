"""Pictures that wait for a script: where their address stands, and what to write in its place.

The rules are those by which the pictures were found to be captured (``archiver.html.requisites``), only narrower: here it
is decided what is shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_SRC = (
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-lazy",
    "data-lazyload",
    "data-echo",
    "data-img",
    "data-image",
    "data-img-src",
    "data-image-src",
    "data-photo",
    "data-url",
    "data-thumb",
    "data-hi-res-src",
    "data-full-src",
    "data-desktop-src",
    "data-file",
)
_SRCSET = ("data-srcset", "data-lazy-srcset", "data-original-set", "data-src-set")
_BACKGROUND = (
    "data-bg",
    "data-background-image",
    "data-background",
    "data-bg-src",
    "data-lazy-background",
    "data-bg-image",
)
_SIZES = ("data-sizes", "data-lazy-sizes")
_STAND_IN = re.compile(
    r"(?:placeholder|blank|spacer|pixel|loading|loader|lazy|transparent|grey|gray|1x1|clear|empty|default)[^/]{0,60}\Z",
    re.IGNORECASE,
)
_LAZY_CLASS = re.compile(r"(?:\A|[\s_-])(?:b-)?lazy", re.IGNORECASE)
_WAITING = frozenset({"lazyload", "lazyloading", "lazy-load", "js-lazy", "lazy-hidden"})
_ADDRESS = re.compile(r"[^\s\"'<>{}|`]{1,4096}\Z")


def promote_picture(attributes: Mapping[str, str]) -> tuple[str | None, str | None, dict[str, str | None]]:
    """The address and the srcset to show for an ``img`` or ``source``, and other attributes to change (None: drop).

    A picture that is there already stays, unless it looks like the stand-in of one that a script would bring.
    """
    src, srcset = attributes.get("src"), attributes.get("srcset")
    classes = attributes.get("class", "")
    waits = _is_stand_in(src) or bool(_LAZY_CLASS.search(classes))
    late_src = next((v for n in _SRC if (v := attributes.get(n, "").strip()) and _looks_right(v)), None)
    late_srcset = next((v for n in _SRCSET if (v := attributes.get(n, "").strip())), None)
    if late_src is None and late_srcset is None:
        return src, srcset, {}
    if not waits and (src or srcset):
        return src, srcset, {}
    changes: dict[str, str | None] = {}
    if _is_stand_in(srcset) or late_srcset:
        srcset = late_srcset
    if late_src is not None:
        src = late_src
    elif _is_stand_in(src):
        src = None
    sizes = next((v for n in _SIZES if (v := attributes.get(n, "").strip())), None)
    if sizes and sizes.lower() != "auto":
        changes["sizes"] = sizes
    words = classes.split()
    if _WAITING & set(words) or "lazy" in words:
        # Style sheets hide what waits, and show what has come.
        changes["class"] = " ".join([*(w for w in words if w not in _WAITING), "lazyloaded", "loaded"])
    return src, srcset, changes


def promote_background(attributes: Mapping[str, str]) -> str | None:
    """The declaration that a script would write for a background that waits; None when none does."""
    if "url(" in attributes.get("style", "").lower():
        return None
    for name in _BACKGROUND:
        value = attributes.get(name, "").strip()
        if "url(" in value.lower() and ";" not in value and "}" not in value:
            return f"background-image:{value}"
        if value and _ADDRESS.match(value) and ("/" in value or "." in value):
            escaped = value.replace("\\", "\\\\").replace("(", "\\28 ").replace(")", "\\29 ")
            return f'background-image:url("{escaped}")'
    return None


def _is_stand_in(address: str | None) -> bool:
    text = (address or "").strip()
    return (
        not text
        or text[:5].lower() == "data:"
        or text[:6].lower() == "about:"
        or bool(_STAND_IN.search(text.split("?")[0]))
    )


def _looks_right(address: str) -> bool:
    return bool(_ADDRESS.match(address)) and ("/" in address or "." in address) and address[:1] not in "{[#"
