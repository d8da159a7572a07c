"""What the sources of a site said of a page that was captured."""

from __future__ import annotations

from collections.abc import Callable

from archiver.catalog import Catalog
from archiver.discover import ScopeRules
from archiver.model.announced import Announced
from archiver.model.capture import Capture
from archiver.model.site import Site


class Announcements:
    """Looks them up among the listings. ``find_site`` gives the site whose rules say which addresses are one page."""

    def __init__(self, catalog: Catalog, *, find_site: Callable[[str], Site | None]) -> None:
        self._catalog = catalog
        self._find_site = find_site
        self._rules: dict[str, ScopeRules | None] = {}

    def of(self, capture: Capture) -> Announced | None:
        """What was said of a captured page; None where no source said anything of it. Raises ``CatalogError``."""
        rules = self._rules_of(capture.site)
        listing = self._catalog.listings.get(capture.site, rules.key(capture.url)) if rules else None
        if listing is None or (listing.title is None and listing.published_at is None):
            return None
        return Announced(listing.title, listing.published_at)

    def _rules_of(self, name: str) -> ScopeRules | None:
        if name not in self._rules:
            site = self._find_site(name)
            self._rules[name] = ScopeRules(site) if site else None
        return self._rules[name]
