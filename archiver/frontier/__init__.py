"""What sources list, and when pages and sources are due again: discovery rules applied to the catalogue."""
