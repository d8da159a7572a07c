"""Interactive replay: archived scripts run in the reader's browser, on an origin that has nothing else to be got at."""
