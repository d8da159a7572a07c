"""Scrapy's entry: ``scrapy crawl SITE`` from the checkout, or anywhere with SCRAPY_SETTINGS_MODULE=archiver.settings.

The archive is named by ARCHIVER_ARCHIVE, every setting of its archiver.toml also by an ARCHIVER_… variable. All else comes
from the add-on; what is written here wins over it.
"""

from __future__ import annotations

BOT_NAME = "news-archiver"
SPIDER_MODULES = ["spiders"]
ADDONS = {"archiver.fetch.components.addon.ArchiveAddon": 100}
LOG_LEVEL = "INFO"
