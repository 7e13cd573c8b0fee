"""Lots: where material came from, what became of it; and the runs that turned it."""
