"""Exact decimals: one arithmetic, one rounding, and a sum split into parts that add up to it."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ARITHMETIC = Context(
    prec=60, rounding=ROUND_HALF_UP, Emin=-99, Emax=99, traps=[InvalidOperation, DivisionByZero]
)
"""Of every tax, whatever the context of whoever asks is: sums and products of amounts up to 10¹⁵
with rates of a few digits are exact in it, and only a quotient is rounded, in its 60th digit."""
CENT = Decimal("0.01")
RATE = Decimal("0.000000000001")


HALF_UP, UNROUNDED = "to the cent, half up", "not rounded"
ROUNDINGS = {HALF_UP: ROUND_HALF_UP, "to the cent, cut": ROUND_DOWN, UNROUNDED: None}
"""What a rule may say of rounding."""


def to_cent(amount: Decimal, rounding: str = HALF_UP) -> Decimal:
    """Return an amount as a rule rounds it; half a cent goes away from zero."""
    mode = ROUNDINGS[rounding]
    return amount if mode is None else amount.quantize(CENT, mode, ARITHMETIC)


def to_rate(rate: Decimal) -> Decimal:
    """Return a rate as it is shown, to twelve places, without zeros at its end."""
    shown = rate.quantize(RATE, context=ARITHMETIC).normalize(ARITHMETIC)
    return shown.quantize(Decimal(1)) if shown == shown.to_integral_value() else shown


def split(total: Decimal, weights: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return parts of an amount of whole cents, in proportion to weights, which add up to it.

    Each part is cut to whole cents; the cents that are left go to the greatest remainders, ties
    to the first of them.

    Args:
        total: In whole cents, from 0.
        weights: Of each part, from 0, not all 0; they need not add up to 1.
    """
    whole = sum(weights.values(), Decimal(0))
    cents = total.scaleb(2, ARITHMETIC)
    exact = {
        name: ARITHMETIC.divmod(ARITHMETIC.multiply(cents, weight), whole)
        for name, weight in weights.items()
    }
    left = int(cents - sum((part for part, _ in exact.values()), Decimal(0)))
    served = sorted(exact, key=lambda name: -exact[name][1])[:left]
    return {
        name: ((part + 1) if name in served else part).scaleb(-2, ARITHMETIC)
        for name, (part, _) in exact.items()
    }
