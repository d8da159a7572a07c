"""Captured pages read into articles, beside the crawl or again later; sidecars, and the learnt models in force."""
