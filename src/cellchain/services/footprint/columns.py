"""Columns of names and of amounts, as questions about footprints ask them of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import EMPTY

if TYPE_CHECKING:
    from cellchain.services.analysis.table import Floats, Table, Texts


def named(table: Table, name: str) -> Texts:
    """Return a column of names.

    Raises:
        Refused: ``table.column``; ``footprint.key``: a row has none.
    """
    column = table.texts(name)
    empty = column.codes == EMPTY
    if empty.any():
        raise Refused("footprint.key", f"row {int(empty.argmax()) + 1} has no {name}")
    return column


def amounts(table: Table, name: str, most: float) -> Floats:
    """Return a column of numbers from 0 to ``most``, none of them missing.

    Raises:
        Refused: ``table.column``, ``table.not_a_number``; ``footprint.amount``.
    """
    found = table.numbers(name)
    wrong = ~((found >= 0) & (found <= most))
    if wrong.any():
        row = int(wrong.argmax())
        raise Refused(
            "footprint.amount",
            f"{name} in row {row + 1} is {float(found[row])!r}",
            remedy=f"give a number from 0 to {most:g}; leave the row out where nobody knows",
        )
    return found
