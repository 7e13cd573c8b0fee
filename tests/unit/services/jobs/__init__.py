"""Bulk jobs over a database of the test's own."""
