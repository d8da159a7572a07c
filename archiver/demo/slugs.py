"""Slugs: the part of an address made from a title."""

from __future__ import annotations

import re
import unicodedata


def slug(text: str) -> str:
    """ASCII words joined by hyphens; Vietnamese and French marks are dropped, đ becomes d."""
    plain = text.replace("đ", "d").replace("Đ", "D").replace("œ", "oe").replace("Œ", "Oe")
    letters = unicodedata.normalize("NFD", plain)
    ascii_only = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return "-".join(re.findall(r"[a-z0-9]+", ascii_only.lower()))
