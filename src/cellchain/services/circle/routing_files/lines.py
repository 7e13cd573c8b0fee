"""The text of an instance, in lines and numbers, bounded."""

from __future__ import annotations

from math import isfinite

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import shown

BYTES_MAX = 1 << 26
PLACES_MAX = 5_000
"""Matrices of as many take 400 MB."""
VALUE_MAX = 1e9
"""What a number of a file may be at most: sums of its thousandfold stay exact."""


def lines_of(data: bytes) -> list[str]:
    """Return the lines of a file, without spaces at their ends.

    Raises:
        Refused: ``route.size``: it is larger than any instance; ``route.text``: it is no text.
    """
    if len(data) > BYTES_MAX:
        raise Refused("route.size", f"the file has more than {BYTES_MAX >> 20} MiB")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Refused(
            "route.text", f"the file is no text in UTF-8: {error}", remedy="name an instance"
        ) from error
    if "\0" in text:
        raise Refused("route.text", "the file holds bytes of 0", remedy="name an instance")
    return [line.strip() for line in text.splitlines()]


def number(text: str, where: str) -> float:
    """Return a number of a file.

    Raises:
        Refused: ``route.number``: it is none, or beyond all measure.
    """
    try:
        found = float(text)
    except ValueError as error:
        told = f"{where}: {shown(text)!a} is no number"
        raise Refused("route.number", told, remedy="give a number") from error
    if not (isfinite(found) and abs(found) <= VALUE_MAX) or "_" in text:
        raise Refused(
            "route.number",
            f"{where}: {shown(text)!a}",
            remedy=f"give a number of size {VALUE_MAX:g} at most",
        )
    return found


def whole(value: float, where: str) -> int:
    """Return a whole number of a file.

    Raises:
        Refused: ``route.number``: it is none.
    """
    if value != int(value):
        raise Refused("route.number", f"{where}: {value:g} is no whole number")
    return int(value)


def at_least_zero(value: float, where: str) -> float:
    """Return a number that is not below 0.

    Raises:
        Refused: ``route.number``: it is.
    """
    if value < 0:
        raise Refused("route.number", f"{where}: {value:g} is below 0", remedy="give 0 or more")
    return value


def check_places(count: int) -> None:
    """Refuse more places than a matrix is made of, or none to go to.

    Raises:
        Refused: ``route.places``.
    """
    if not 2 <= count <= PLACES_MAX:  # noqa: PLR2004  # a depot and a stop
        raise Refused(
            "route.places",
            f"there are {count} places",
            remedy=f"give a depot and stops, {PLACES_MAX} in all at most",
        )
