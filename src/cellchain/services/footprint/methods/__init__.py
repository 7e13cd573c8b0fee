"""Methods of footprints over a life, and batteries to begin with, in TOML."""
