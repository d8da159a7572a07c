"""Site files that the archive writes itself: of a site that was tried, and of one whose sources were."""

from __future__ import annotations

from archiver.ops.sites.check import CheckedSource, check_site
from archiver.ops.sites.found import FoundSite, describe
from archiver.ops.sites.make import add_site

__all__ = ["CheckedSource", "FoundSite", "add_site", "check_site", "describe"]
