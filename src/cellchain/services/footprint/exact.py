"""Numbers as they are written, as fractions, and fractions as they are told."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import shown

if TYPE_CHECKING:
    from cellchain.services.analysis.table import Table

DIGITS_MAX = 18
"""Of a number that is read, and its decimals."""


def exact_numbers(table: Table, name: str, low: str, high: str) -> list[Fraction]:
    """Return a column of numbers as they are written, none of them missing.

    Args:
        table: With this column as text.
        name: Of it.
        low: The least that is allowed, in decimals.
        high: The most.

    Raises:
        Refused: ``table.column``; ``footprint.amount``: a cell is none of these.
    """
    found = some_exact_numbers(table, name, low, high)
    for row, one in enumerate(found):
        if one is None:
            raise _refused(f"{name} in row {row + 1} is missing", low, high)
    return [one for one in found if one is not None]


def some_exact_numbers(table: Table, name: str, low: str, high: str) -> list[Fraction | None]:
    """Return a column of numbers as they are written; nothing where a cell is empty.

    Raises:
        Refused: ``table.column``; ``footprint.amount``: a cell is none of these.
    """
    limits = Decimal(low), Decimal(high)
    known: dict[str | None, Fraction | None] = {None: None}
    found = []
    for row, cell in enumerate(table.texts(name).cells()):
        if cell not in known:
            number = _decimal(cell or "")
            if number is None or not limits[0] <= number <= limits[1]:
                raise _refused(f"{name} in row {row + 1} is {shown(cell or 'empty')}", low, high)
            known[cell] = Fraction(number)
        found.append(known[cell])
    return found


def _refused(what: str, low: str, high: str) -> Refused:
    return Refused(
        "footprint.amount", what,
        remedy=f"give a number from {low} to {high}, of at most {DIGITS_MAX} digits",
    )  # fmt: skip


def _decimal(cell: str) -> Decimal | None:
    if "_" in cell or not cell.isascii():
        return None
    try:
        number = Decimal(cell)
    except InvalidOperation:
        return None
    _, digits, exponent = number.as_tuple()
    short = len(digits) <= DIGITS_MAX and isinstance(exponent, int) and exponent >= -DIGITS_MAX
    return number if short else None


def rounded(value: Fraction, decimals: int) -> str:
    """Return a fraction with so many decimals, half to even; zero has no sign."""
    steps = round(value * 10**decimals)  # of a fraction: half to even, exact
    digits = str(abs(steps)).rjust(decimals + 1, "0")
    whole, part = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
    return ("-" if steps < 0 else "") + whole + ("." + part if part else "")
