"""vietnam.vn; what is known of it stands in sites/vietnam.vn.toml."""

from __future__ import annotations

from archiver.fetch.components.spider import ArchiveSpider


class VietnamVnSpider(ArchiveSpider):
    """Vietnam.vn, all editions."""

    name = "vietnam.vn"
