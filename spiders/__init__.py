"""Scrapy spiders, one a site: of a few lines where a site needs more than its file, made of `sites/` for all others."""
