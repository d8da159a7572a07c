"""The coverage ledger: what a site's own sources listed, what of it was captured, and why the rest is missing."""

from __future__ import annotations

from archiver.ops.coverage.ledger import Ledger, site_named

__all__ = ["Ledger", "site_named"]
