"""One Scrapy spider per site, a few lines each; `sites/` holds what they know."""
