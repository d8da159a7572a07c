"""Holdings: one finished WARC file becomes ours. Check, CDXJ, upload, manifest, missing rows; and reading a record back."""
