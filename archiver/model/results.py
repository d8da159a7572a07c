"""A lazy list of results, as the Python API gives them."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_SHOWN = 10


class Rows(Generic[T]):
    """Results that are read when they are iterated, again at each iteration; shown as a table in a notebook."""

    def __init__(
        self, source: Callable[[], Iterable[T]], shape: Callable[[T], dict[str, object]], *, title: str
    ) -> None:
        self._source = source
        self._shape = shape
        self._title = title

    def __iter__(self) -> Iterator[T]:
        return iter(self._source())

    def first(self) -> T | None:
        """The first result, or None."""
        return next(iter(self), None)

    def to_pandas(self) -> Any:
        """A pandas DataFrame with the columns of the ``--json`` shape. Needs the ``notebook`` extra."""
        try:
            import pandas as pd  # only when asked for: a heavy, optional part
        except ImportError as error:
            raise ImportError("to_pandas() needs pandas: pip install 'archiver[notebook]'") from error
        return pd.DataFrame([self._shape(row) for row in self])

    def __repr__(self) -> str:
        return f"<{self._title}: iterate, .first() or .to_pandas()>"

    def _repr_html_(self) -> str:
        shown = [self._shape(row) for row in islice(self, _SHOWN + 1)]
        if not shown:
            return f"<p>{html.escape(self._title)}: none</p>"
        head = "".join(f"<th>{html.escape(name)}</th>" for name in shown[0])
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(str(value)[:80])}</td>" for value in row.values()) + "</tr>"
            for row in shown[:_SHOWN]
        )
        more = "<p>… and more</p>" if len(shown) > _SHOWN else ""
        return f"<p>{html.escape(self._title)}</p><table><tr>{head}</tr>{body}</table>{more}"
