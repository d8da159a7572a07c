"""The shared words: frozen types, no I/O, no third-party imports."""
