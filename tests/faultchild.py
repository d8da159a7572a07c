"""``archiver`` in a process of its own, with a hostile resolver: ``python -m faultchild REPORT ARGUMENT…``.

All of it is the real command and the real way of a name through Scrapy, Twisted and our guard; only what the operating
system answers is another, from before Twisted is imported. At the end REPORT gets, as JSON, the most memory that the
process ever held, in bytes, the names that were looked up, and the addresses to which connections were tried.
"""

from __future__ import annotations

import errno
import json
import os
import re
import socket
import sys
from pathlib import Path
from typing import Any, ClassVar

from faultsite import RebindingResolver

_real = socket.getaddrinfo


class System(RebindingResolver):
    """The rebinding names, numbers in every form that the C library reads, and ``localhost``."""

    def resolve(self, name: str) -> list[str]:
        try:
            return super().resolve(name)
        except socket.gaierror:
            flags = 0 if name.rstrip(".").endswith("localhost") else socket.AI_NUMERICHOST
            found = _real(name.rstrip("."), 80, type=socket.SOCK_STREAM, flags=flags)
            self.asked.append(name)
            return list(dict.fromkeys(str(info[4][0]) for info in found))

    def gethostbyname(self, name: str) -> str:
        """As ``socket.gethostbyname``: IPv4 alone."""
        for address in self.resolve(name):
            if ":" not in address:
                return address
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


class Walled(socket.socket):
    """A socket that leaves this machine for nothing: what lies elsewhere refuses the connection. ``tried`` has it all."""

    tried: ClassVar[list[str]] = []

    def connect_ex(self, address: Any) -> int:
        host = str(address[0]) if isinstance(address, tuple) else "local"
        self.tried.append(host)
        return super().connect_ex(address) if host in {"127.0.0.1", "::1"} else errno.ECONNREFUSED

    def connect(self, address: Any) -> None:
        if code := self.connect_ex(address):
            raise OSError(code, os.strerror(code))


def peak() -> int:
    """Bytes of VmHWM."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    assert found is not None
    return int(found[1]) * 1024


def main(report: Path, arguments: list[str]) -> int:
    resolver = System()
    hostile: Any = socket
    hostile.socket = Walled
    hostile.getaddrinfo, hostile.gethostbyname = resolver.getaddrinfo, resolver.gethostbyname
    from archiver.cli.main import main as archiver

    code = archiver(arguments)
    report.write_text(json.dumps({"peak": peak(), "asked": resolver.asked, "tried": sorted(set(Walled.tried))}))
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
