"""Replay: from a URL and a time to the bytes that were captured, and the protocols that say so."""
