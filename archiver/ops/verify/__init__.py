"""Verify: read again what is stored, compare it with manifests and catalogue, name what is wrong, mend what can be."""

from __future__ import annotations

from archiver.ops.verify.report import Report
from archiver.ops.verify.verify import verify

__all__ = ["Report", "verify"]
