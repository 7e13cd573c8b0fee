"""Where a browser may be led on to: what a request names is ours, or it is not followed."""

from __future__ import annotations


def inside(location: str) -> str:
    """Return a location of our own; anything else leads to the overview."""
    plain = location.startswith("/") and not location.startswith(("//", "/\\"))
    return location if plain and location.isprintable() else "/"
