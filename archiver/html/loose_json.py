"""JSON as pages write it: comments, raw control characters, commas too many, quotes too few, cut off in the middle.

What can be read is returned; the rest is left away. Bounded in depth and never raises.
"""

from __future__ import annotations

import json
import re
from typing import Any

MAX_DEPTH = 60
_FRAME = re.compile(
    r"\A\s*(?:<!--|//<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)+|(?:-->|//\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)\s*\Z"
)
_SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_SPACE_TO_THE_END = re.compile(r"(?:\s+|//[^\n]*)*")
"""Where no comment ends any more: each that begins would be looked through to the end in vain."""
_BARE = re.compile(r"[^\s,:\[\]{}\"]+")
_STOP = re.compile(r"[\"\\]")
_AFTER = re.compile(r"\s*(?:[,:}\]]|\Z)")
_WORDS = {"true": True, "false": False, "null": None}


def read(text: str) -> list[Any]:
    """The values in ``text``: one for sound JSON, several where objects stand side by side, none when there is nothing."""
    text = _FRAME.sub("", text).strip().rstrip(";")
    if not text:
        return []
    try:
        return [json.loads(text, strict=False)]
    except (ValueError, RecursionError):
        pass
    reader = _JsonReader(text)
    values: list[Any] = []
    while reader.more() and len(values) < 50:
        values.append(reader.value(0))
        if reader.over:
            break
    return [value for value in values if isinstance(value, dict | list)]


class _JsonReader:
    """A forgiving reader: position, and whether it came to the end before the value did."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.over = False
        self._last_comment = text.rfind("*/")

    def ended(self) -> bool:
        """Whether the text came to its end before the value did."""
        return self.over

    def more(self) -> bool:
        """Whether an object or a list begins further on; goes there."""
        starts = [place for place in (self.text.find("{", self.at), self.text.find("[", self.at)) if place >= 0]
        if not starts:
            return False
        self.at = min(starts)
        return True

    def value(self, depth: int) -> Any:
        self._skip()
        if depth > MAX_DEPTH or self.at >= len(self.text):
            self.over = True
            return None
        sign = self.text[self.at]
        if sign == "{":
            return self._object(depth)
        if sign == "[":
            return self._list(depth)
        if sign == '"':
            return self._string()
        return self._bare()

    def _skip(self) -> None:
        space = _SPACE if self.at < self._last_comment else _SPACE_TO_THE_END
        match = space.match(self.text, self.at)
        if match:
            self.at = match.end()

    def _peek(self) -> str:
        self._skip()
        if self.at >= len(self.text):
            self.over = True
            return ""
        return self.text[self.at]

    def _object(self, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        self.at += 1
        while not self.over:
            sign = self._peek()
            if sign in {"}", ""}:
                self.at += 1
                break
            if sign in {",", ":", "]"}:
                self.at += 1
                continue
            key = self._string() if sign == '"' else str(self._bare())
            if self._peek() != ":":
                continue
            self.at += 1
            value = self.value(depth + 1)
            if key not in out and not (self.ended() and isinstance(value, str | None)):
                # A string that the end cuts is not the value that was meant.
                out[key] = value
        return out

    def _list(self, depth: int) -> list[Any]:
        out: list[Any] = []
        self.at += 1
        while not self.over:
            sign = self._peek()
            if sign in {"]", ""}:
                self.at += 1
                break
            if sign in {",", ":", "}"}:
                self.at += 1
                continue
            value = self.value(depth + 1)
            if not (self.ended() and isinstance(value, str | None)):
                out.append(value)
        return out

    def _string(self) -> str:
        """A string; a quote that no comma, colon or bracket follows is taken as part of it."""
        start = self.at + 1
        place = start
        while True:
            match = _STOP.search(self.text, place)
            if match is None:
                self.over = True
                self.at = len(self.text)
                return _unescape(self.text[start:])
            if match.group() == "\\":
                place = match.end() + 1
                continue
            if _AFTER.match(self.text, match.end()):
                self.at = match.end()
                return _unescape(self.text[start : match.start()])
            place = match.end()

    def _bare(self) -> Any:
        match = _BARE.match(self.text, self.at)
        if match is None:
            self.at += 1
            return None
        self.at = match.end()
        word = match.group().strip("'")
        if word in _WORDS:
            return _WORDS[word]
        try:
            return float(word) if "." in word else int(word[:40])
        except ValueError:
            return word


def _unescape(raw: str) -> str:
    if "\\" not in raw:
        return raw
    try:
        return str(json.loads(f'"{raw}"', strict=False))
    except ValueError:
        quoted = re.sub(r'(?<!\\)"', r"\\\"", raw)
        try:
            return str(json.loads(f'"{quoted}"', strict=False))
        except ValueError:
            return raw.replace("\\/", "/").replace('\\"', '"').replace("\\n", "\n")
