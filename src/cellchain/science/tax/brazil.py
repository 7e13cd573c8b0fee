"""Formulas of Brazil's taxes on small firms, presumed and real profit; amounts in BRL.

Nothing is rounded here but by division; rates, bands and limits come from whoever asks.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from cellchain.science.tax.exact import ARITHMETIC

if TYPE_CHECKING:
    from collections.abc import Sequence

YEAR = 12
ZERO = Decimal(0)


def twelve_months(earlier: Sequence[Decimal], first: Decimal) -> Decimal:
    """Return the gross revenue of twelve months that decides the band.

    Args:
        earlier: Revenue of each month before, the last of them last; all since the firm began,
            where these are fewer than twelve.
        first: Revenue of the month itself, which counts where nothing is earlier.

    Source:
        LC 123/2006, art. 18 §1, §2; Resolução CGSN 140/2018, art. 22: in the first month its
        revenue times twelve; until the twelfth the mean of the earlier ones times twelve.
    """
    if not earlier:
        return first * YEAR
    last = earlier[-YEAR:]
    return ARITHMETIC.divide(sum(last, ZERO) * YEAR, Decimal(len(last)))


def effective_rate(revenue_12: Decimal, nominal: Decimal, deduction: Decimal) -> Decimal:
    r"""Return $(R_{12} \cdot n - d) / R_{12}$; the nominal rate where there was no revenue.

    Source:
        LC 123/2006, art. 18 §1-A.
    """
    if not revenue_12:
        return nominal
    return ARITHMETIC.divide(revenue_12 * nominal - deduction, revenue_12)


def small_firm_tax(
    revenue: Decimal, revenue_12: Decimal, nominal: Decimal, deduction: Decimal
) -> Decimal:
    """Return the tax of a month's revenue at the effective rate, divided last, so exact."""
    if not revenue_12:
        return revenue * nominal
    return ARITHMETIC.divide(revenue * (revenue_12 * nominal - deduction), revenue_12)


def presumed_profit(
    revenue: Decimal, share: Decimal, excess: Decimal, multiplier: Decimal
) -> Decimal:
    """Return the profit that is presumed of an activity's revenue.

    Args:
        revenue: Of the activity.
        share: Of it that is presumed to be profit.
        excess: The part of the revenue above the limit from which more is presumed.
        multiplier: Of the share, there; 1 where the law knows none.

    Source:
        Lei 9.249/1995, art. 15; LC 224/2025, art. 4.
    """
    return revenue * share + excess * share * (multiplier - 1)


def surcharged(base: Decimal, month: Decimal, months: int) -> Decimal:
    """Return what of a profit the surcharge is due on: above an amount for each month.

    Source:
        Lei 9.249/1995, art. 3 §1.
    """
    return max(ZERO, base - month * months)


def offset_loss(profit: Decimal, losses: Decimal, cap: Decimal) -> Decimal:
    """Return what of earlier losses reduces a profit: at most a share of it.

    Source:
        Lei 9.065/1995, arts. 15, 16.
    """
    return min(losses, max(ZERO, profit) * cap)


def credited(tax: Decimal, given: Decimal) -> tuple[Decimal, Decimal]:
    """Return what is due after credits, and which of these are left for later."""
    return max(ZERO, tax - given), max(ZERO, given - tax)
