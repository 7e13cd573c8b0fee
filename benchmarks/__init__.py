"""Ratios to a ceiling that is taken in the same run."""
