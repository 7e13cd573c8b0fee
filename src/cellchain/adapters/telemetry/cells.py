"""Cells of a table to whole counts, exactly: no float on the way.

The fast way lets Arrow read a column as a fixed-point decimal whose digits after the point are
those of the smallest unit, so that its unscaled integer is the count: 3.658 V with three digits is
3658 mV. Where any cell of a column does not fit, the slow way looks at each by itself and says
which and why. Whatever the fast way accepts, the slow way reads as the same count.

Arrow (seen with 26.0) reads ``0.7e-38`` as zero, and lets digits beyond the 38 of its type wrap
around. So the fast way takes no exponents, and columns that are rounded
only up to 19 characters; what remains was held against fractions.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cellchain.services.gateway.plan import PlannedColumn
    from cellchain.services.gateway.rows import Mask

EXACT_DIGITS = 18
"""Decimal digits that always fit 64 bits."""
_ROUNDED_TYPE = pa.decimal128(38, 18)
_ROUNDED_CHARACTERS_MAX = 19
_EXPONENT = re.compile(rb"[eE][-+]?[0-9]")
_DECIMAL = re.compile(
    r"[+-]?(?:[0-9]{1,1000}\.?[0-9]{0,1000}|\.[0-9]{1,1000})(?:[eE][+-]?[0-9]{1,2})?"
)

Reasons = dict[int, str]
"""Position in the block → why the cell cannot be read."""


class CellError(ValueError):
    """One cell cannot be read; the text says why."""


def has_exponent(data: bytes) -> bool:
    """Whether a number of ``data`` may have an exponent; looks twice only where an e is."""
    return (b"e" in data or b"E" in data) and _EXPONENT.search(data) is not None


def is_fast(column: PlannedColumn) -> bool:
    """Whether ``column`` can be read the fast way at all."""
    return _digits(column) is not None


def fast_type(column: PlannedColumn) -> pa.DataType:
    """Return the Arrow type as which the fast way begins to read ``column``."""
    digits = _digits(column)
    if digits is None or column.rule.round:
        return pa.string()
    return pa.decimal128(EXACT_DIGITS, digits)


def counts_of(column: PlannedColumn, cells: pa.Array) -> tuple[NDArray[Any], Mask | None]:
    """Return the counts of cells without exponents, read as `fast_type`, and where there are any.

    Raises:
        CellError: A count does not fit the channel, or a cell is too long to be rounded.
        pa.ArrowInvalid: A cell is no decimal, or does not fit 64 bits.
    """
    if column.rule.round:
        cells = _rounded(cells, _digits(column) or 0)
    present = None if cells.null_count == 0 else cells.is_valid().to_numpy(zero_copy_only=False)
    counts = _unscaled(cells) * column.rule.sign + int(column.rule.zero)
    if present is not None:
        counts[~present] = 0
    bound = 1 << (8 * column.channel.width_bytes - 1)
    if len(counts) and not (-bound <= counts.min() and counts.max() < bound):
        raise CellError("a count does not fit")
    return counts.astype(f"<i{column.channel.width_bytes}"), present


def slow_counts(
    column: PlannedColumn, cells: Sequence[str], missing: Sequence[str]
) -> tuple[NDArray[Any], Mask | None, Reasons]:
    """Return the counts of ``cells``, where there are any, and what cannot be read.

    The whole column goes the fast way if it can.
    """
    texts = [None if cell in missing else cell for cell in cells]
    if is_fast(column) and not has_exponent("\n".join(cells).encode()):
        try:
            return (*counts_of(column, pa.array(texts, pa.string()).cast(fast_type(column))), {})
        except (pa.ArrowInvalid, CellError):
            pass  # some cell does not fit: find out which
    counts = np.zeros(len(texts), dtype=f"<i{column.channel.width_bytes}")
    present = np.array([text is not None for text in texts], dtype=np.bool_)
    reasons: Reasons = {}
    for i, text in enumerate(texts):
        if text is not None:
            try:
                counts[i] = count(column, text)
            except CellError as error:
                reasons[i] = str(error)
    return counts, None if present.all() else present, reasons


def count(column: PlannedColumn, cell: str) -> int:
    """Return the count of one cell, by exact fractions.

    Raises:
        CellError: It is no decimal number, no whole count, or does not fit the channel.
    """
    text = cell.strip(" \t")
    if not _DECIMAL.fullmatch(text):
        raise CellError(f"{cell[:40]!a} is not a number")
    rule, channel = column.rule, column.channel
    exact = Fraction(text) * rule.factor + rule.zero
    if exact.denominator != 1 and not rule.round:
        raise CellError(f"{cell[:40]} {rule.unit} is not a whole number of {rule.smallest}")
    whole = round(exact)
    bound = 1 << (8 * channel.width_bytes - 1)
    if not -bound <= whole < bound:
        raise CellError(f"{cell[:40]} {rule.unit} does not fit {channel.width_bytes} bytes")
    return whole


def _rounded(cells: pa.Array, digits: int) -> pa.Array:
    if (pc.max(pc.binary_length(cells)).as_py() or 0) > _ROUNDED_CHARACTERS_MAX:
        raise CellError("too long to be rounded the fast way")
    whole = pc.round(cells.cast(_ROUNDED_TYPE), ndigits=digits, round_mode="half_to_even")
    return whole.cast(pa.decimal128(EXACT_DIGITS, digits))


def _digits(column: PlannedColumn) -> int | None:
    """Digits after the point that make one count; ``None`` where that is no power of ten."""
    factor = abs(column.rule.factor)
    digits = len(str(factor.numerator)) - 1
    return digits if factor == 10**digits else None


def _unscaled(cells: pa.Array) -> NDArray[np.int64]:
    """The low words of 128-bit integers: all of them, for at most 18 digits."""
    words = np.frombuffer(cells.buffers()[1], dtype="<i8")
    return words[2 * cells.offset : 2 * (cells.offset + len(cells)) : 2].copy()
