"""The chain of manifests: each names the one before it in its site, so that none can go or change unseen."""

from __future__ import annotations

from collections import defaultdict

from archiver.model.keys import manifest_key
from archiver.ops.damage import Damage, DamageKind
from archiver.ops.verify.sweep import Sweep
from archiver.sealing.restore import Link


class Chain:
    """Gathers the manifests that a sweep reads, and judges their order at its end."""

    def __init__(self) -> None:
        self._links: dict[str, list[tuple[str, str | None]]] = defaultdict(list)

    def add(self, link: Link) -> None:
        """A sound manifest was read."""
        self._links[link.manifest.site].append((link.key, link.manifest.previous))

    def check(self, sweep: Sweep) -> None:
        """Report every manifest whose predecessor is not there, is not as it should be, or is another's too."""
        for site, links in sorted(self._links.items()):
            order = sweep.catalog.files.chain(site)
            known: dict[str, str] = {sha256: key for key, sha256 in order}
            place: dict[str, int] = {key: number for number, (key, _) in enumerate(order)}
            followed: dict[str | None, str] = {}
            for key, previous in sorted(links, key=lambda link: place.get(link[0], len(place))):
                before = known.get(previous) if previous is not None else None
                damage = sweep.bad.get(manifest_key(before)) if before is not None else None
                if previous is not None and before is None:
                    found, repaired = f"no manifest with sha256:{previous}", False
                elif previous in followed:
                    found, repaired = f"{manifest_key(followed[previous])} follows the same one", False
                elif previous is None and place.get(key):
                    found, repaired = "it names none, and is not the first", False
                elif damage is not None:
                    found, repaired = f"{damage.key} is {damage.kind.value}", damage.repaired
                else:
                    followed[previous] = key
                    continue
                followed.setdefault(previous, key)
                expected = f"the manifest before it, sha256:{previous}" if previous else "a manifest before it"
                sweep.problem(
                    Damage(
                        DamageKind.CHAIN_BROKEN, manifest_key(key), expected=expected, found=found, repaired=repaired
                    )
                )
