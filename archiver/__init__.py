"""A news archive: faithful WARC captures in object storage, clean articles, and a way back to both.

``archiver.open(path)`` opens an archive for reading; ``archiver.extract.extract_article`` reads one page without any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archiver.model.software import VERSION as __version__  # noqa: N811  the usual name

if TYPE_CHECKING:
    from archiver.archive import Archive, open  # noqa: A004  the promised name

__all__ = ["Archive", "__version__", "open"]


def __getattr__(name: str) -> Any:
    # Loaded when asked for, so that `import archiver.extract` stays light.
    if name in {"Archive", "open"}:
        from archiver import archive

        return getattr(archive, name)
    raise AttributeError(f"module 'archiver' has no attribute {name!r}")
