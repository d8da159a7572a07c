"""Alerts: what is looked for (``rules``), when it is sent (``book``), and how (``channels``)."""
