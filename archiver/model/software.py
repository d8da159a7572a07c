"""The software's own name and version, as warcinfo records, manifests and events give it."""

from __future__ import annotations

VERSION = "0.1.0"
SOFTWARE = f"news-archiver/{VERSION}"
