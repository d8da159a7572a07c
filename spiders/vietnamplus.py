"""vietnamplus.vn; what is known of it stands in sites/vietnamplus.toml."""

from __future__ import annotations

from archiver.fetch.base import ArchiveSpider


class VietnamPlusSpider(ArchiveSpider):
    """VietnamPlus, all editions."""

    name = "vietnamplus"
