"""The coverage ledger: what a site's own sources listed, what of it is held, and why the rest is not."""

from __future__ import annotations

from archiver.ops.coverage.ledger import Ledger, site_named

__all__ = ["Ledger", "site_named"]
