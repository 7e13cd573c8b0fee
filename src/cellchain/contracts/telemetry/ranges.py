"""Arithmetic of ranges of sequences: sorted, apart, both ends included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from cellchain.contracts.telemetry.record import Range


def size(ranges: tuple[Range, ...]) -> int:
    """How many sequences ``ranges`` hold."""
    return sum(last - first + 1 for first, last in ranges)


def check_ranges(ranges: tuple[Range, ...], first: int, last: int) -> None:
    """Refuse ranges that are empty, touch, are out of order, or leave ``first`` … ``last``.

    Raises:
        Refused: ``telemetry.ranges``.
    """
    at = first
    for low, high in ranges:
        if not at <= low <= high <= last:
            raise Refused(
                "telemetry.ranges",
                f"{low} to {high} is out of order, touches another, or leaves {first} to {last}",
            )
        at = high + 2  # ranges that touch are one range


def holding(ranges: tuple[Range, ...], wanted: Range) -> Range | None:
    """Return the one of ``ranges`` that holds all of ``wanted``."""
    first, last = wanted
    return next(((low, high) for low, high in ranges if low <= first and last <= high), None)


def without(ranges: tuple[Range, ...], taken: Range) -> tuple[Range, ...]:
    """Return ``ranges`` less ``taken``, which lies in one of them."""
    first, last = taken
    left: list[Range] = []
    for low, high in ranges:
        if low <= first and last <= high:
            left += [(low, first - 1), (last + 1, high)]
        else:
            left.append((low, high))
    return tuple((low, high) for low, high in left if low <= high)


def joined(ranges: tuple[Range, ...], more: tuple[Range, ...]) -> tuple[Range, ...]:
    """Return ``ranges`` and ``more`` behind them; two that touch become one."""
    result = list(ranges)
    for low, high in more:
        if result and result[-1][1] + 1 == low:
            result[-1] = (result[-1][0], high)
        else:
            result.append((low, high))
    return tuple(result)
