"""A spider for every built-in site that has no module of its own here, so that `scrapy crawl` knows it by its site file alone."""

from __future__ import annotations

from pkgutil import iter_modules

import spiders
from archiver.config.sites import built_in
from archiver.fetch.components.spider import ArchiveSpider

_OWN = {module.name for module in iter_modules(spiders.__path__)}

for _site in built_in().values():
    _module = _site.name.replace(".", "_").replace("-", "_")
    if _module not in _OWN:
        _members = {"__doc__": f"{_site.title}.", "__module__": __name__, "name": _site.name}
        globals()[f"Spider_{_module}"] = type(f"Spider_{_module}", (ArchiveSpider,), _members)
