"""Filters of rows. Patterns are matched by RE2, whose time grows with the text and not with the pattern's cunning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import re2

from archiver.errors import UsageError

MAX_PATTERN = 1_000
MAX_MEMORY = 2_000_000
"""Bytes of one compiled pattern."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A field and what must be true of it, or with ``negated`` must not."""

    field: str
    accepts: Callable[[str], bool]
    negated: bool = False

    def passes(self, values: Mapping[str, str]) -> bool:
        """Whether a row is wanted."""
        return self.accepts(values[self.field]) is not self.negated


def pattern(text: str, *, whole: bool) -> Callable[[str], bool]:
    """A matcher of the whole value, or of its beginning. Raises ``UsageError`` for what RE2 does not take."""
    if len(text) > MAX_PATTERN:
        raise UsageError(f"filter: a pattern of more than {MAX_PATTERN} characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MAX_MEMORY
    try:
        compiled = re2.compile(text, options)
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace") if error.args and isinstance(error.args[0], bytes) else error
        raise UsageError(f"filter: not a pattern: {text[:40]!r}: {str(reason)[:200]}") from error
    match = compiled.fullmatch if whole else compiled.match
    return lambda value: match(value) is not None


def read_filter(text: str, *, names: Mapping[str, str], marks: bool) -> Filter:
    """``[!]field:pattern``; with ``marks`` pywb's: ``=`` exact, ``~`` pattern at the beginning, nothing: contains.

    Without them the pattern must match the whole value. Raises ``UsageError``.
    """
    rest = text.removeprefix("!")
    mark = rest[:1] if marks and rest[:1] in {"=", "~"} else ""
    name, colon, wanted = rest[len(mark) :].partition(":")
    if not colon or name not in names:
        known = ", ".join(names)
        raise UsageError(f"filter: not [!]field:pattern with a known field: {text[:40]!r}; known: {known}")
    accepts: Callable[[str], bool]
    if not marks:
        accepts = pattern(wanted, whole=True)
    elif mark == "=":
        accepts = wanted.__eq__
    elif mark == "~":
        accepts = pattern(wanted, whole=False)
    else:
        accepts = lambda value: wanted in value  # noqa: E731  as short as the two above
    return Filter(names[name], accepts, negated=text.startswith("!"))
