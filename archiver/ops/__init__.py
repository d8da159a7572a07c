"""Ops: what keeps an archive going between crawls."""
