"""The learnt models in force: the newest of each site, as the journal has them."""

from __future__ import annotations

import logging

from archiver.catalog import Catalog
from archiver.extract import extractor_with
from archiver.journal.objects import MODEL, model_of
from archiver.model.article import Extractor
from archiver.model.sitemodel import SiteModel

log = logging.getLogger(__name__)


class Models:
    """Looks each site's model up once: who holds this reads all pages of a site with the same model."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[str, SiteModel | None] = {}

    def of(self, site: str) -> SiteModel | None:
        """The model of a site; None where nothing was learnt, or it was rejected, or is of a format that this program does not read."""
        if site not in self._known:
            self._known[site] = self._find(site)
        return self._known[site]

    def extractor(self, site: str) -> Extractor:
        """Who reads a site's pages now."""
        return extractor_with(self.of(site))

    def _find(self, site: str) -> SiteModel | None:
        entry = self._catalog.journal.latest(MODEL, site=site)
        if entry is None or entry.body.get("model") is None:
            return None
        try:
            return model_of(entry.body)
        except ValueError as error:
            log.warning("%s: its pages are read without a model: %s", site, error)
            return None
