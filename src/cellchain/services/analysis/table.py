"""A table in memory: columns of one length, of numbers or of text.

Nothing is guessed: a column asked for as numbers is numbers, or the row is named that is not.
An empty cell is NaN among numbers and no text among texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Floats: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.int32]
EMPTY = -1
"""The code of a cell without text."""
SHOWN_MAX = 5
NAME_MAX = 60
"""Characters of a name or a cell that an error repeats."""


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """A column of text."""

    codes: Codes
    """Of each row: the place of its text in `labels`, or `EMPTY`."""
    labels: tuple[str, ...]

    @classmethod
    def of(cls, cells: Iterable[str | None]) -> Texts:
        """Return the column with these cells; labels in the order in which they come."""
        places: dict[str, int] = {}
        codes = [EMPTY if one is None else places.setdefault(one, len(places)) for one in cells]
        return cls(np.array(codes, dtype=np.int32), tuple(places))

    def cells(self) -> list[str | None]:
        """Return the text of each row."""
        labels = (*self.labels, None)  # the last of them is that of -1
        return [labels[code] for code in self.codes.tolist()]


Column: TypeAlias = "Floats | Texts"


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns by name, in order.

    Raises:
        Refused: ``table.lengths``: they are not of one length.
    """

    columns: Mapping[str, Column]

    def __post_init__(self) -> None:
        lengths = {name: _length(column) for name, column in self.columns.items()}
        if len(set(lengths.values())) > 1:
            told = [f"{shown(name)} {length}" for name, length in lengths.items()]
            raise Refused("table.lengths", f"columns of different lengths: {_some(told)}")

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return next((_length(column) for column in self.columns.values()), 0)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(self.columns)

    def column(self, name: str) -> Column:
        """Return a column as it is.

        Raises:
            Refused: ``table.column``: there is none of that name.
        """
        if name in self.columns:
            return self.columns[name]
        near = get_close_matches(name, self.columns, n=1)
        meant = f"; {shown(near[0])!r} is one" if near else ""
        raise Refused(
            "table.column",
            f"there is no column {shown(name)!r} among {_some(self.names)}{meant}",
            remedy="name it so in the file, or say with --map which column it is",
        )

    def numbers(self, name: str) -> Floats:
        """Return a column of numbers; NaN where it is empty.

        Raises:
            Refused: ``table.column``: there is none of that name; ``table.not_a_number``.
        """
        column = self.column(name)
        return _parsed(name, column) if isinstance(column, Texts) else column

    def texts(self, name: str) -> Texts:
        """Return a column of text; a number is the text of its shortest spelling.

        Raises:
            Refused: ``table.column``: there is none of that name.
        """
        column = self.column(name)
        return column if isinstance(column, Texts) else Texts.of(map(spelled, column.tolist()))

    def plain(self, start: int, stop: int) -> list[dict[str, str | float | None]]:
        """Return some rows as they are told to programs: an empty cell is ``None``."""
        cells = {name: _plain(column, start, stop) for name, column in self.columns.items()}
        return [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]

    def taken(self, rows: NDArray[np.intp]) -> Table:
        """Return the table of some rows, in that order."""
        return Table({name: _taken(column, rows) for name, column in self.columns.items()})

    def above(self, other: Table) -> Table:
        """Return the rows of this table and then those of another; empty where one has none."""
        names = dict.fromkeys((*self.names, *other.names))
        return Table({name: _joined(name, self, other) for name in names})


def _plain(column: Column, start: int, stop: int) -> Sequence[str | float | None]:
    if isinstance(column, Texts):
        return Texts(column.codes[start:stop], column.labels).cells()
    return [one if isfinite(one) else None for one in column[start:stop].tolist()]


def empty_table(names: Iterable[str]) -> Table:
    """Return a table with these columns and no row."""
    return Table({name: Texts.of(()) for name in names})


def shown(text: str, most: int = NAME_MAX) -> str:
    """Return a text as an error repeats it: cut where it is longer than ``most`` characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def spelled(number: float) -> str | None:
    """Return the shortest spelling of a number that reads back as the same; none of NaN."""
    if np.isnan(number):
        return None
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)


def only_numbers(column: Texts) -> Floats | None:
    """Return a column of text as numbers if every cell that is not empty is one."""
    values = [_number(label) for label in column.labels]
    if any(value is None for value in values):
        return None
    return np.array([*values, np.nan], dtype=np.float64)[column.codes]


def _parsed(name: str, column: Texts) -> Floats:
    found = only_numbers(column)
    if found is not None:
        return found
    wrong = [code for code, label in enumerate(column.labels) if _number(label) is None]
    rows = np.flatnonzero(np.isin(column.codes, wrong))
    cells = [(shown(column.labels[column.codes[row]]), row + 1) for row in rows[:SHOWN_MAX]]
    more = f" and {len(rows) - SHOWN_MAX} more" if len(rows) > SHOWN_MAX else ""
    where = ", ".join(f"{cell!a} in row {row}" for cell, row in cells) + more
    raise Refused(
        "table.not_a_number",
        f"column {shown(name)!r} holds {where}",
        remedy="leave a cell empty where there is no value; write 1234.5, not 1,234.5",
    )


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return None if "_" in text else value


def _length(column: Column) -> int:
    return len(column.codes if isinstance(column, Texts) else column)


def _taken(column: Column, rows: NDArray[np.intp]) -> Column:
    if isinstance(column, Texts):
        return Texts(column.codes[rows], column.labels)
    return column[rows]


def _joined(name: str, first: Table, second: Table) -> Column:
    tables = [
        Table({name: one.columns.get(name, np.full(one.rows, np.nan))}) for one in (first, second)
    ]
    if any(isinstance(one.column(name), Texts) for one in tables):
        return Texts.of(cell for one in tables for cell in one.texts(name).cells())
    return np.concatenate([one.numbers(name) for one in tables])


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN_MAX} more" if len(names) > SHOWN_MAX else ""
    return ", ".join(map(shown, names[:SHOWN_MAX])) + more
