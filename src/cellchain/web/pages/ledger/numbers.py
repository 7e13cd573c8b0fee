"""Numbers in paths: heights and positions."""

from __future__ import annotations

from cellchain.core.errors import Refused

DIGITS_MAX = 15


def number_in(text: str, what: str) -> int:
    """Return the number in ``text``.

    Raises:
        Refused: ``web.not_found``: it is none, so there is no such block or entry.
    """
    if not (text.isascii() and text.isdigit()) or len(text) > DIGITS_MAX:
        raise Refused("web.not_found", f"there is no {what} {text[:40]!a}")
    return int(text)
