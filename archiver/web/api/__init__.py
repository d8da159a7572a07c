"""``/api/…``: the shapes of the command line as JSON over HTTP."""
