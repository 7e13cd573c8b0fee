"""The views without a database."""
