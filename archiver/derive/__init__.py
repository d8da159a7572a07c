"""Derive: a page capture through article and search. All of it can be thrown away and made again."""
