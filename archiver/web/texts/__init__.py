"""The messages of our pages: key, then language, read from one file for each language beside this module."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files

LANGUAGES: Mapping[str, str] = {"en": "English", "vi": "Tiếng Việt", "fr": "Français"}
DEFAULT = "en"


def _french(text: str) -> str:
    """The spaces before French signs keep them on their line: narrow before ; ! ? and full before a colon or a guillemet."""
    text = re.sub(" (?=[;!?])", "\u202f", text)
    return re.sub(" (?=[:»])|(?<=«) ", "\u00a0", text)


def _read(language: str) -> dict[str, str]:
    texts = tomllib.loads(files(__name__).joinpath(f"{language}.toml").read_text("utf-8"))
    return {key: _french(text) if language == "fr" else text for key, text in texts.items()}


_TEXTS = {language: _read(language) for language in LANGUAGES}
MESSAGES: Mapping[str, Mapping[str, str]] = {
    key: {language: texts[key] for language, texts in _TEXTS.items() if key in texts} for key in _TEXTS[DEFAULT]
}
"""What is said: as it is written, with the spaces that each language wants."""
