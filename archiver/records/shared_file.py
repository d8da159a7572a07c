"""A file that is open for as long as somebody reads from it: records of one hold on to it, and nobody has to close it."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any, BinaryIO, cast


class _HeldFile(io.RawIOBase):
    """Reads a descriptor of its own at a place of its own; closed when the last one lets go of it."""

    def __init__(self, fd: int) -> None:
        super().__init__()
        self._fd = fd
        self._at = 0

    def readable(self) -> bool:
        """See ``io.RawIOBase``."""
        return True

    def seekable(self) -> bool:
        """See ``io.RawIOBase``."""
        return True

    def readinto(self, buffer: Any) -> int:
        """See ``io.RawIOBase``."""
        count = os.preadv(self._fd, [buffer], self._at)
        self._at += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """See ``io.RawIOBase``."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at}.get(whence)
        self._at = (os.fstat(self._fd).st_size if base is None else base) + offset
        return self._at

    def close(self) -> None:
        """See ``io.RawIOBase``."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        super().close()


def held_open(file: Path | int) -> BinaryIO:
    """Open a path, or an open file once more by its descriptor. Raises ``OSError``."""
    fd = os.dup(file) if isinstance(file, int) else os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    return cast("BinaryIO", io.BufferedReader(_HeldFile(fd), 1 << 16))
