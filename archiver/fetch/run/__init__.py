"""One run of one site: its session, what it takes at most, and what becomes of each row of the frontier."""
