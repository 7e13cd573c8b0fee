"""Pages: what a browser is shown. Translates a result into a page; no rules, no SQL."""
