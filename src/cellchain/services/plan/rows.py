"""Names, years and amounts in the rows of a table, each row that is none of them named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import EMPTY, SHOWN_MAX, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Floats, Table

YEAR_MIN, YEAR_MAX = 1900, 2200
UNIT = "unit"


def names_of(table: Table, column: str) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Return the place of each row's name among the names, and these.

    Raises:
        Refused: ``table.column``; ``stock.key``: a row has none.
    """
    found = table.texts(column)
    empty = found.codes == EMPTY
    if empty.any():
        raise Refused("stock.key", f"row {int(empty.argmax()) + 1} has no {column}")
    return found.codes.astype(np.intp), found.labels


def years_of(table: Table) -> NDArray[np.int64]:
    """Return the year of each row.

    Raises:
        Refused: ``table.column``, ``table.not_a_number``; ``stock.year``: it is none.
    """
    found = table.numbers("year")
    wrong = ~((found >= YEAR_MIN) & (found <= YEAR_MAX) & (found == np.rint(found)))
    if wrong.any():
        row = int(wrong.argmax())
        raise Refused(
            "stock.year",
            f"the year in row {row + 1} is {found[row]:g}",
            remedy=f"give whole years from {YEAR_MIN} to {YEAR_MAX}",
        )
    return found.astype(np.int64)


def amounts_of(table: Table, column: str, most: float) -> Floats:
    """Return the numbers of a column, from 0 to ``most``.

    Raises:
        Refused: ``table.column``, ``table.not_a_number``; ``stock.amount``: one is beyond.
    """
    found = table.numbers(column)
    wrong = ~((found >= 0) & (found <= most))
    if wrong.any():
        row = int(wrong.argmax())
        raise Refused(
            "stock.amount",
            f"{column} in row {row + 1} is {found[row]:g}",
            remedy=f"give a number from 0 to {most:g}; the unit is at the end of the column's name",
        )
    return found


def check_unit(table: Table, unit: str) -> None:
    """Refuse a table with a column of units that names another one.

    Raises:
        Refused: ``stock.unit``: the row that does.
    """
    if UNIT not in table.names:
        return
    for row, found in enumerate(table.texts(UNIT).cells()):
        if found != unit:
            raise Refused(
                "stock.unit",
                f"row {row + 1} is in {shown(found or 'no unit')}",
                remedy=f"convert every row to {unit}",
            )


def check_once(keys: NDArray[np.int64], told: Sequence[str], table: Table) -> None:
    """Refuse a key that two rows have.

    Args:
        keys: Of each row.
        told: Columns by which the row is told.
        table: The rows.

    Raises:
        Refused: ``stock.twice``.
    """
    order = np.argsort(keys, kind="stable")
    again = np.flatnonzero(np.diff(keys[order]) == 0)
    if len(again):
        first, second = (int(order[again[0] + one]) for one in (0, 1))
        what = ", ".join(shown(table.texts(one).cells()[second] or "all") for one in told)
        raise Refused(
            "stock.twice",
            f"rows {first + 1} and {second + 1} are both of {what}",
            remedy="keep one of them, or add them up",
        )


def lacking(wanted: Iterable[str], known: Iterable[str]) -> str:
    """Return the names that nothing is known of, as an error tells them; empty if there is none."""
    have = set(known)
    found = sorted(one for one in wanted if one not in have)
    more = f" and {len(found) - SHOWN_MAX} more" if len(found) > SHOWN_MAX else ""
    return ", ".join(map(shown, found[:SHOWN_MAX])) + more
