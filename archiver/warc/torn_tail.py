"""Cutting the torn tail that a crash or a full disk leaves."""

from __future__ import annotations

import os
from pathlib import Path

from archiver.errors import RecordDamaged
from archiver.warc.scan import Passing, Scanner


def cut_torn_tail(path: Path | str, *, start: int = 0) -> int:
    """Cut what follows the last whole record off the file and sync it; the number of bytes cut, 0 for a whole file.

    Only a tail is cut: where a whole record follows the fault, the file is damaged inside, nothing is touched, and
    ``RecordDamaged`` is raised with the fault's place. ``start`` is the offset of a record up to which the file is known
    to be whole. Every member's check sum is verified on the way.
    """
    path = Path(path)
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        scanner = Scanner(file, name=str(path), start=start)
        warcinfos: set[str] = set()
        whole = start
        try:
            while (passing := scanner.next()) is not None:
                _whole(passing, str(path))
                whole = scanner.position
                if passing.get("WARC-Type") == "warcinfo":
                    warcinfos.add(passing.get("WARC-Record-ID") or "")
                warcinfos.add(passing.get("WARC-Warcinfo-ID") or "")
        except RecordDamaged:
            if _goes_on(scanner, whole, warcinfos - {""}):
                raise
        else:
            return 0
        file.truncate(whole)
        file.flush()
        os.fsync(file.fileno())
    return size - whole


def _whole(passing: Passing, name: str) -> None:
    passing.finish()
    if not passing.ends_well or not passing.alone:
        raise RecordDamaged("it does not end as a record", name, passing.offset)


def _goes_on(scanner: Scanner, fault: int, warcinfos: set[str]) -> bool:
    """Whether a whole record of this file lies after the fault.

    A torn body may itself contain a WARC, sent by who knows whom: only a record that names a warcinfo of this file counts,
    since no stranger knows its id. Where nothing of the file was whole, any record counts.
    """
    position = scanner.resync(fault + 1)
    while position is not None:
        try:
            passing = scanner.next()
            if passing is not None:
                passing.finish()
                names = {passing.get("WARC-Warcinfo-ID"), passing.get("WARC-Record-ID")}
                if not warcinfos or names & warcinfos:
                    return True
        except RecordDamaged:
            pass
        position = scanner.resync(position + 1)
    return False
