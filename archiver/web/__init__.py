"""The archive on the web: replay, Memento, CDX, and pages for people, as one ASGI application."""
