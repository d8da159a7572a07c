"""Which hosts belong together."""

from __future__ import annotations

from collections.abc import Iterable

_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "net", "org", "gob", "or", "ne", "go"})


def domain_of(host: str) -> str:
    """The domain under which a host stands, as far as its labels tell: ``www.a.com.vn`` gives ``a.com.vn``."""
    labels = host.split(".")
    wide = len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2
    return ".".join(labels[-3:] if wide else labels[-2:])


def is_near(host: str, hosts: Iterable[str]) -> bool:
    """Whether ``host`` stands under the domain of one of ``hosts``: where a site keeps its pictures and styles."""
    return any(host == other or domain_of(host) == domain_of(other) for other in hosts)
