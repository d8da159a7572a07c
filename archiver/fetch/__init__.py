"""Scrapy and nothing but Scrapy: add-on, base spider, scheduler over the frontier, wire capture, politeness, address guard."""
