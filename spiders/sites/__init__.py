"""One short TOML file per site: what is known of its hosts, sources, scope and templates."""
