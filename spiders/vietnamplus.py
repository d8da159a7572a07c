"""vietnamplus.vn; what is known of it stands in sites/vietnamplus.toml."""

from __future__ import annotations

from archiver.fetch.components.spider import ArchiveSpider


class VietnamPlusSpider(ArchiveSpider):
    """VietnamPlus, all editions."""

    name = "vietnamplus"
