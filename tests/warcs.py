"""What tests ask of a WARC file that the archiver itself asks only through its store."""

from __future__ import annotations

from pathlib import Path

from archiver.warc import ExaminedRecord, cdxj_entry, check_file, sort_lines

_INDEXED = frozenset({"response", "revisit", "resource"})


def index_lines(path: Path | str, *, filename: str | None = None, foreign: bool = False) -> list[str]:
    """The sorted CDXJ lines of a file."""
    path = Path(path)
    lines: list[str] = []

    def add(record: ExaminedRecord) -> None:
        if record.type in _INDEXED:
            lines.append(cdxj_entry(record, filename=filename or path.name).line())

    check_file(path, foreign=foreign, on_record=add)
    return sort_lines(lines)
