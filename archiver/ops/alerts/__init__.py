"""Alerts: what is looked for (``rules``), when it is told (``book``), and how (``channels``)."""
