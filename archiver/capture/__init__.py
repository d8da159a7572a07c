"""Capture: an exchange becomes records in the spool, and then, synced, rows of the catalogue: the first commit."""
