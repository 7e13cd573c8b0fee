"""``tax regime``: which regime a firm of Brazil does best to choose for a year that is not known.

In: `cellchain.services.tax.told`, at least 24 months of revenue without gaps. Years are drawn
(`cellchain.services.tax.futures`), and each goes through the exact rules
(`cellchain.services.tax.year`). Out, a row a firm and regime.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.tax.exact import ARITHMETIC
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.tax.compared import ORDER, taxes_compared
from cellchain.services.tax.desk import Desk
from cellchain.services.tax.futures import forecast
from cellchain.services.tax.income import REAL, REAL_ANNUAL
from cellchain.services.tax.rulebook import Missing, rulebook
from cellchain.services.tax.simples import REGIME as SIMPLES
from cellchain.services.tax.told import firms_of
from cellchain.services.tax.year import cheapest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from cellchain.science.tax.cents import Cents
    from cellchain.services.analysis.table import Column
    from cellchain.services.tax.futures import Asked, Forecast
    from cellchain.services.tax.told import Firm

TEXTS = (
    "firm", "year", "regime", "expected_tax", "tax_p10", "tax_p50", "tax_p90", "expected_regret",
    "break_even_margin", "unit", "taxes_compared", "unverified", "reason",
)  # fmt: skip
COLUMNS = (
    "firm", "year", "regime", "best", "expected_tax", "tax_p10", "tax_p50", "tax_p90",
    "p_cheapest", "expected_regret", "break_even_margin", "p_open", "unit", "taxes_compared",
    "unverified", "reason",
)  # fmt: skip
FIRMS_MAX = 2_000
QUANTILES = (0.1, 0.5, 0.9)
MARGINS = np.arange(-2_000, 8_001, 10)
"""Margins that are tried for the break-even, in ten-thousandths of revenue."""
MARGIN_SCALE = 10_000
JURISDICTION = "BR"
_Cells = dict[str, "str | float | None"]


def chosen(
    table: Table, asked: Asked, moved: Callable[[int, int], None] = lambda _done, _of: None
) -> Table:
    """Return what each regime may cost each firm of Brazil in a year, and how often it is best.

    Args:
        table: What they tell.
        asked: And of what.
        moved: Hears how many firms of how many are done.

    Raises:
        Refused: ``table.column``, ``tax.…``: what the table says cannot be; ``tax.no_firm``;
            ``tax.firms``: too many.
    """
    firms = [one for one in firms_of(table, asked.on) if one.jurisdiction == JURISDICTION]
    if not firms:
        raise Refused("tax.no_firm", "no row is of BR", remedy="regimes are chosen in Brazil")
    if len(firms) > FIRMS_MAX:
        told = f"{len(firms)} firms, at most {FIRMS_MAX} are forecast at once"
        raise Refused("tax.firms", told, remedy="ask for some of them, then for the others")
    cells: list[_Cells] = []
    with localcontext(ARITHMETIC):
        for place, firm in enumerate(firms):
            moved(place, len(firms))
            cells += _rows(firm, asked)
    columns: dict[str, Column] = {}
    for name in COLUMNS:
        values = [row.get(name) for row in cells]
        columns[name] = (
            Texts.of(None if one is None else str(one) for one in values)
            if name in TEXTS
            else np.array([np.nan if one is None else one for one in values], np.float64)
        )
    return Table(columns)


def _rows(firm: Firm, asked: Asked) -> Iterator[_Cells]:
    desk = Desk(firm, rulebook(JURISDICTION, asked.on))
    try:
        future = forecast(desk, asked)
    except Missing as why:
        yield {"firm": firm.name, "unit": "BRL", "reason": f"no forecast: {why}"}
        return
    given = future.given
    found, held, out = future.law.taxes(given)
    regimes = [one for one in ORDER if one in found]
    head: _Cells = {
        "firm": firm.name, "year": f"{future.law.year}", "unit": "BRL",
        "taxes_compared": " + ".join(taxes_compared(desk)),
    }  # fmt: skip
    if regimes:
        yield from _told(head, regimes, cheapest(found, held, regimes), (future, held))
    for regime, missing in out.items():
        yield head | {"regime": regime, "reason": f"not compared: {missing}"}


def _told(
    head: _Cells,
    regimes: Sequence[str],
    taxes: NDArray[np.object_],
    forecast: tuple[Forecast, NDArray[np.bool_]],
) -> Iterator[_Cells]:
    future, held = forecast
    draws = len(taxes)
    least = taxes.min(axis=1)
    mean = [int(taxes[:, place].sum()) for place in range(len(regimes))]
    best = int(np.argmin(mean))
    wins = np.bincount(_first_least(taxes, least), minlength=len(regimes)) / draws
    margins = _break_even(future, regimes, mean)
    for place, regime in enumerate(regimes):
        reason = list(future.remarks)
        if regime == SIMPLES and not held.all():
            reason.append(
                f"outgrown in {1 - held.mean():.1%} of draws, which then cost what the dearest"
                " other regime does (LC 123/2006, art. 3 §9, §9-A)"
            )
        yield head | {
            "regime": regime,
            "best": float(place == best),
            "expected_tax": _money(mean[place], draws),
            **{
                f"tax_p{share * 100:.0f}": _money(int(quantile(taxes, share)[place]), 1)
                for share in QUANTILES
            },
            "p_cheapest": float(wins[place]),
            "expected_regret": _money(mean[place] - int(least.sum()), draws),
            "break_even_margin": margins[place],
            "p_open": float(held.mean()) if regime == SIMPLES else 1.0,
            "unverified": "; ".join(future.law.doubts[regime]) or None,
            "reason": "; ".join(reason) or None,
        }


def _first_least(taxes: NDArray[np.object_], least: Cents) -> NDArray[np.intp]:
    return np.asarray(np.argmax((taxes == least[:, None]).astype(bool), axis=1), np.intp)


def quantile(taxes: NDArray[np.object_], share: float) -> Cents:
    """Return of each regime the draw below which a share of draws is, as k of n + 1 counts it.

    Args:
        taxes: Shape (draws, regimes).
        share: From 0 to 1.
    """
    draws = len(taxes)
    rank = min(max(round(share * (draws + 1)) - 1, 0), draws - 1)
    return np.asarray(np.sort(taxes, axis=0)[rank], object)


def _money(cents: int, parts: int) -> str:
    """Return cents shared out as a decimal string of money."""
    mean = (2 * cents + parts) // (2 * parts)
    return f"{Decimal(mean).scaleb(-2):.2f}"


def _break_even(future: Forecast, regimes: Sequence[str], mean: Sequence[int]) -> list[str | None]:
    """Return the margin below which real profit costs less than each other regime does.

    At the mean of each month's draws, with the same margin in every month; of real profit itself
    against the cheapest of the others.
    """
    real = [one for one in regimes if one in (REAL, REAL_ANNUAL)]
    others = [mean[place] for place, one in enumerate(regimes) if one not in (REAL, REAL_ANNUAL)]
    if not real or not others or future.given.credit is None:
        return [None] * len(regimes)
    at = _at_margins(future)
    taxes = at[0][real[0]] if len(real) == 1 else np.minimum(at[0][real[0]], at[0][real[1]])
    draws = len(future.given.revenue)
    found: list[str | None] = []
    for place, one in enumerate(regimes):
        limit = min(others) if one in real else mean[place]
        above = np.flatnonzero((at[0][one] if one in real else taxes) * draws > limit)
        if not len(above):
            found.append(None)
        else:
            found.append(f"{Decimal(int(MARGINS[above[0]])).scaleb(-4)}" if above[0] else None)
    return found


def _at_margins(future: Forecast) -> tuple[dict[str, Cents], NDArray[np.bool_], dict[str, str]]:
    given = future.given
    rows, draws = len(MARGINS), len(given.revenue)

    def mean(cents: Cents) -> Cents:
        return np.repeat((cents.sum(axis=0) // draws)[None], rows, axis=0)

    revenue = mean(given.revenue)
    month = revenue.sum(axis=2)
    profit = month * MARGINS.astype(object)[:, None] // MARGIN_SCALE
    return future.law.taxes(
        replace(
            given,
            revenue=revenue,
            earlier=mean(given.earlier),
            profit=profit,
            payroll=None if given.payroll is None else mean(given.payroll),
            credit=None if given.credit is None else mean(given.credit),
        )
    )
