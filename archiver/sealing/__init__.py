"""How a finished WARC file becomes part of the archive: check, index, upload, manifest, rows; recovery and import."""
