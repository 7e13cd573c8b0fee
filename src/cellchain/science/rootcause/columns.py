"""What may be a cause: categories, numbers and times as conditions on coded columns.

A number is coded by its cut points, which are fixed shares of the cells on either side, chosen
before anybody looks at which cells are bad.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cellchain.core.errors import Refused
from cellchain.core.time import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cellchain.science.portable import Floats

Integers: TypeAlias = NDArray[np.integer]
Flags: TypeAlias = NDArray[np.bool_]

TAIL_SHARES = (0.05, 0.07, 0.1, 0.14, 0.25, 0.5)
"""Shares of the cells beyond a cut point, on either side."""
_HALF = 0.51
"""A whole number of cells lies on either side of the median."""
PAIR_SHARES = (0.25, 0.5)
"""Those that a part of a pair may have."""
PAIR_LEVELS = 8
"""A category of more levels is in no pair: too few cells have both parts."""
TIME_COLUMN = "produced_at"


class Kind(StrEnum):
    """What a candidate is."""

    CATEGORY = "category"
    NUMBER = "number"
    PAIR = "pair"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True)
class Condition:
    """Cells whose code in a column lies within bounds."""

    text: str
    column: int
    low: int
    high: int
    pairable: bool

    def holds(self, columns: Sequence[Column]) -> Flags:
        """Return for each cell whether the condition holds; a missing value never does."""
        codes = columns[self.column].codes
        result: Flags = (codes >= self.low) & (codes <= self.high)
        return result


@dataclass(frozen=True, slots=True)
class Column:
    """A coded column and the conditions that may be a cause."""

    name: str
    kind: Kind
    codes: Integers
    """Shape (n,); −1: missing."""
    conditions: tuple[Condition, ...]
    values: Floats | None = None
    """Of a number or a time."""


def coded_columns(
    cells: int,
    categories: Mapping[str, tuple[Integers, Sequence[str]]],
    numbers: Mapping[str, Floats],
    times_ms: NDArray[np.generic] | None,
) -> list[Column]:
    """Return the columns that vary, in order of their names.

    Raises:
        Refused: ``rootcause.shape``, ``rootcause.code``, ``rootcause.number`` or
            ``rootcause.name``: a column that cannot be read; ``time.range``: so is a time.
    """
    times = {} if times_ms is None else {TIME_COLUMN: times_ms}
    names = [*categories, *numbers, *times]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Refused(
            "rootcause.name",
            f"{', '.join(twice)}: the name of two columns",
            remedy="Give each column a name of its own.",
        )
    columns: list[Column] = []
    for name in sorted(names):
        place = len(columns)
        if name in categories:
            column = _category(name, place, cells, *categories[name])
        elif name in numbers:
            column = _number(name, place, cells, numbers[name], Kind.NUMBER)
        else:
            column = _number(name, place, cells, times[name], Kind.DRIFT)
        if column.conditions:
            columns.append(column)
    return columns


def _category(name: str, place: int, cells: int, codes: Integers, labels: Sequence[str]) -> Column:
    codes = np.asarray(codes)
    _check_shape(name, codes, cells)
    if codes.dtype.kind not in "iu" or codes.min() < -1 or codes.max() >= len(labels):
        raise Refused(
            "rootcause.code",
            f"{name}: codes are integers from -1 (missing) to {len(labels) - 1}, one a label",
            remedy="Code the levels anew.",
        )
    present = np.unique(codes[codes >= 0]).tolist()
    pairable = len(present) <= PAIR_LEVELS
    conditions = tuple(
        Condition(f"{name}={labels[code]}", place, code, code, pairable) for code in present
    )
    return Column(name, Kind.CATEGORY, codes, conditions if len(present) > 1 else ())


def _number(name: str, place: int, cells: int, given: NDArray[np.generic], kind: Kind) -> Column:
    given = np.asarray(given)
    _check_shape(name, given, cells)
    if given.dtype.kind not in "biuf" or np.isinf(given).any():
        raise Refused(
            "rootcause.number",
            f"{name} has values that are no finite numbers",
            remedy="Leave the value empty (NaN) where it was not measured.",
        )
    values = given.astype(np.float64)
    present = values[~np.isnan(values)]
    cuts = _cuts(present)
    codes = np.where(np.isnan(values), -1, np.searchsorted(cuts, values, side="left"))
    text = _time_text if kind is Kind.DRIFT else _number_text
    conditions = _tails(name, place, cuts, codes, text)
    return Column(name, kind, codes, conditions, values)


def _check_shape(name: str, values: NDArray[np.generic], cells: int) -> None:
    if values.shape != (cells,):
        raise Refused(
            "rootcause.shape",
            f"{name} has the shape {values.shape}, the flags have ({cells},)",
            remedy="Give one value a cell.",
        )


def _cuts(present: Floats) -> Floats:
    """Cut points that leave cells on both sides, rising."""
    if not len(present):
        return np.empty(0)
    shares = np.unique([*TAIL_SHARES, *(1.0 - np.array(TAIL_SHARES))])
    cuts = np.unique(np.quantile(present, shares, method="inverted_cdf"))
    inner: Floats = cuts[cuts < present.max()]
    return inner


def _tails(
    name: str, place: int, cuts: Floats, codes: Integers, text: Callable[[float], str]
) -> tuple[Condition, ...]:
    """Both sides of a single cut; of several, the sides that hold at most half of the cells."""
    if not len(cuts):
        return ()
    counts = np.bincount(codes[codes >= 0], minlength=len(cuts) + 1)
    below = np.cumsum(counts)[:-1] / counts.sum()
    tails = []
    for sign, shares in (("<=", below), (">", 1.0 - below)):
        nearest = {int(np.abs(shares - share).argmin()) for share in PAIR_SHARES}
        for cut, value in enumerate(cuts.tolist()):
            if len(cuts) == 1 or shares[cut] <= _HALF:
                low, high = (0, cut) if sign == "<=" else (cut + 1, len(cuts))
                label = f"{name}{sign}{text(value)}"
                tails.append(Condition(label, place, low, high, cut in nearest))
    return tuple(tails)


def _number_text(value: float) -> str:
    return f"{value:.6g}"


def _time_text(value: float) -> str:
    return format_time(int(value))
