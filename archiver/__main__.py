"""``python -m archiver`` is the ``archiver`` command."""

from __future__ import annotations

from archiver.cli.main import entry

if __name__ == "__main__":
    entry()
