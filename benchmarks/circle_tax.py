"""A firm's choice of regime: a thousand drawn years through the exact rules, and what it is worth.

``python benchmarks/circle_tax.py [--report]``: the figure ``circle.tax``; with ``--report`` the
regret of the choice beside naive ones, and how often bands of 80 % hold the tax, over simulated
firms and over others with heavier tails (`examples.simulated_firms`), about two minutes.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from examples.simulated_firms import YEAR, SimulatedFirm, simulated_firm

from benchmarks.figure import Figure, interleaved, median_ratio
from cellchain.science.tax.cents import whole
from cellchain.services.tax.compared import ORDER
from cellchain.services.tax.desk import Desk
from cellchain.services.tax.futures import Asked, forecast
from cellchain.services.tax.income import PRESUMED
from cellchain.services.tax.regime import QUANTILES, quantile
from cellchain.services.tax.rulebook import rulebook
from cellchain.services.tax.told import Firm
from cellchain.services.tax.year import Quantities, cheapest

ON, FIRST_YEAR, FIRMS, SEED = date(2026, 1, 31), 2023, 400, 30_000
ASKED = Asked(on=ON)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a firm's choice, in cents of tax.

    Attributes:
        least: What the cheapest regime took, as a clairvoyant would have chosen.
        chosen: What the regime of the least expected tax took.
        last_years: What the regime took that was the cheapest in the year before.
        presumed: What presumed profit took; of firms too great for it the least.
        held: Whether the band of 80 % of each regime held its tax, the chosen one first.
    """

    least: float
    chosen: float
    last_years: float
    presumed: float
    held: tuple[bool, ...]


def told(firm: SimulatedFirm, name: str) -> Firm:
    """Return what a firm tells of all years but the last."""
    past = len(firm.revenue_cents) - YEAR
    items = {
        "revenue": (firm.revenue_cents, firm.activity),
        "profit": (firm.profit_cents, ""),
        "payroll": (firm.payroll_cents, ""),
        "credit_base": (firm.credit_cents, ""),
    }
    amounts = {
        item: {
            FIRST_YEAR * YEAR + month: {activity: Decimal(int(cents[month])).scaleb(-2)}
            for month in range(past)
        }
        for item, (cents, activity) in items.items()
    }
    return Firm(name, "BR", amounts)


def year_of(firm: SimulatedFirm, start: int) -> Quantities:
    """Return a year as it was, from its first month."""
    year = slice(start, start + YEAR)
    profit, payroll, credit = (
        whole(one[None, year]) for one in (firm.profit_cents, firm.payroll_cents, firm.credit_cents)
    )
    revenue = whole(firm.revenue_cents)
    return Quantities(
        revenue[None, year, None], revenue[start - YEAR : start], profit, payroll, credit
    )


def judged(seed: int, *, heavy: bool) -> Outcome:
    """Return what became of one firm's choice."""
    firm = simulated_firm(seed, heavy=heavy)
    desk = Desk(told(firm, f"firm {seed}"), rulebook("BR", ON))
    future = forecast(desk, ASKED)
    taxes, open_, _ = future.law.taxes(future.given)
    regimes = [one for one in ORDER if one in taxes]
    drawn = cheapest(taxes, open_, regimes)
    start = len(firm.revenue_cents) - YEAR
    real, before = (
        cheapest(*future.law.taxes(year_of(firm, one))[:2], regimes)[0]
        for one in (start, start - YEAR)
    )
    best = int(np.argmin(drawn.sum(axis=0)))
    low, _, high = (quantile(drawn, share) for share in QUANTILES)
    order = [best, *(place for place in range(len(regimes)) if place != best)]
    return Outcome(
        float(real.min()), float(real[best]), float(real[int(np.argmin(before))]),
        float(real[regimes.index(PRESUMED)] if PRESUMED in regimes else real.min()),
        tuple(bool(low[place] <= real[place] <= high[place]) for place in order),
    )  # fmt: skip


def report() -> None:
    """Print regret and coverage over both kinds of firms."""
    print(f"{FIRMS} firms, seeds from {SEED}, {ASKED.draws} draws each; law as known on {ON}")
    for name, heavy in (("simulated", False), ("heavier tails", True)):
        found = [judged(seed, heavy=heavy) for seed in range(SEED, SEED + FIRMS)]
        least = sum(one.least for one in found)
        print(f"{name}:")
        for what in ("chosen", "last_years", "presumed"):
            regret = sum(getattr(one, what) for one in found) / least - 1
            each = float(np.mean([getattr(one, what) / one.least - 1 for one in found]))
            print(f"  regret of {what:11}{regret:8.3%} of all tax, {each:8.3%} of a firm's, mean")
        chosen = np.mean([one.held[0] for one in found])
        every = np.mean([held for one in found for held in one.held])
        print(f"  bands of 80 % hold {chosen:.1%} of the chosen regime's taxes, {every:.1%} of all")


def circle_tax() -> Figure:
    """A forecast of 1,000 years and their taxes under four regimes."""
    desk = Desk(told(simulated_firm(3), "firm"), rulebook("BR", ON))
    given = forecast(desk, ASKED).given

    def ours(_round: int) -> float:
        since = time.process_time()
        future = forecast(desk, ASKED)
        future.law.taxes(future.given)
        return time.process_time() - since

    def added(_round: int) -> float:
        since = time.process_time()
        given.revenue.sum(axis=(1, 2))
        return time.process_time() - since

    found, plain = interleaved(ours, added)
    return Figure(
        name="circle.tax",
        value=float(np.median(found)),
        ceiling=float(np.median(plain)),
        ratio=median_ratio(found, plain),
        unit="CPU s",
        goal="≤ 0.5 s",
        note=f"{ASKED.draws} drawn years of a firm, to the cent, four regimes; beside: the sum of"
        " their revenue in the same integers",
    )


FIGURES = {"circle.tax": circle_tax}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", action="store_true")
    if parser.parse_args().report:
        report()
    else:
        for figure in FIGURES.values():
            print(figure().line())
