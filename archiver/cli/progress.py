"""How a crawl is going: one live line on a terminal, a plain line now and then when piped."""

from __future__ import annotations

import sys
import time
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.text import Text

from archiver.cli.output import number, plural, say, size

EVERY = 5.0
"""Seconds between two plain lines."""


class ShownProgress(Protocol):
    """What a crawl says of itself."""

    @property
    def site(self) -> str:
        """The site's name."""
        ...

    @property
    def pages(self) -> int:
        """Pages captured."""
        ...

    @property
    def captures(self) -> int:
        """Captures of any kind."""
        ...

    @property
    def failed(self) -> int:
        """Requests that gave no whole answer."""
        ...

    @property
    def read(self) -> int:
        """Pages read by the extractor."""
        ...

    @property
    def bytes_written(self) -> int:
        """WARC bytes."""
        ...

    @property
    def waiting(self) -> int:
        """URLs that are due and not fetched yet."""
        ...

    @property
    def closing(self) -> bool:
        """Whether fetching is over, and what was fetched is being stored and read."""
        ...


class ProgressLine:
    """Shows standings until it is closed. Quiet keeps even the plain lines away."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._begun = time.monotonic()
        self._said = self._begun
        self._live: Live | None = None
        if sys.stderr.isatty() and not quiet:
            self._live = Live(Text(""), console=Console(stderr=True), refresh_per_second=4, transient=True)
            self._live.start()

    def show(self, progress: ShownProgress) -> None:
        """Show where the crawl stands now."""
        if self._quiet:
            return
        now = time.monotonic()
        if self._live is not None:
            self._live.update(Text(self._line(progress, now)))
        elif now - self._said >= EVERY:
            self._said = now
            say(self._line(progress, now))

    def _line(self, progress: ShownProgress, now: float) -> str:
        seconds = max(now - self._begun, 0.001)
        rate = progress.captures / seconds
        parts = [
            f"{progress.site}: {plural(progress.pages, 'page')}",
            f"{number(progress.captures)} captures ({rate:.1f}/s)",
            size(progress.bytes_written),
            f"{number(progress.read)} read",
            "storing and reading" if progress.closing else f"{number(progress.waiting)} waiting",
        ]
        if progress.failed:
            parts.append(f"{number(progress.failed)} failed")
        return ", ".join(parts) + f" – {int(seconds // 60)}:{int(seconds % 60):02d}"

    def close(self) -> None:
        """Take the live line away."""
        if self._live is not None:
            self._live.stop()
            self._live = None
