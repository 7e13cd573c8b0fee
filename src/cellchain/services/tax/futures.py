"""Years of a firm that are not known: drawn from its own months, all quantities together.

Only quantities are drawn (`cellchain.science.tax.forecast`), never the law.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.tax.forecast import Series, drawn
from cellchain.services.tax.compared import ON_PAYROLL, taxes_compared
from cellchain.services.tax.desk import YEAR, Desk
from cellchain.services.tax.rulebook import Missing
from cellchain.services.tax.told import month_name
from cellchain.services.tax.year import CENTS, Quantities, YearOfLaw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from cellchain.science.tax.cents import Cents
    from cellchain.services.analysis.table import Floats
    from cellchain.services.tax.told import Month

HISTORY_MIN = 24
HORIZON_MAX = 36
DRAWS, DRAWS_MAX = 1_000, 10_000
REVENUE_MAX = 1e12
PARTS = 10_000
"""Of what activities share revenue in."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked beside the table.

    Attributes:
        on: Day whose state of the law counts.
        year: To choose for; else the first whole one after each firm's last month.
        draws: How many futures of each firm.
        seed: The same one gives the same draws.
    """

    on: date
    year: int | None = None
    draws: int = DRAWS
    seed: int = 1

    def __post_init__(self) -> None:
        if not 10 <= self.draws <= DRAWS_MAX:  # noqa: PLR2004  # for quantiles of a tenth
            told = f"{self.draws} draws are asked for"
            raise Refused("tax.draws", told, remedy=f"give 10 to {DRAWS_MAX}")
        if self.seed < 0:
            raise Refused("tax.seed", f"the seed is {self.seed}", remedy="give 0 or more")


@dataclass(frozen=True, slots=True)
class Forecast:
    """Drawn years of a firm, and their law.

    Attributes:
        law: Of the year.
        given: The draws.
        remarks: What was assumed.
    """

    law: YearOfLaw
    given: Quantities
    remarks: tuple[str, ...]


def forecast(desk: Desk, asked: Asked) -> Forecast:
    """Return drawn years of a firm.

    Raises:
        Missing: its months are too few, have gaps, or no revenue.
    """
    span = desk.span
    if len(span) < HISTORY_MIN:
        raise Missing(f"{len(span)} months of revenue are told, {HISTORY_MIN} are needed")
    year = -(-span.stop // YEAR) if asked.year is None else asked.year
    horizon = (year + 1) * YEAR - span.stop
    if not YEAR <= horizon <= HORIZON_MAX:
        raise Missing(f"{year} does not follow {month_name(span.stop - 1)} within two years")
    activities = tuple(
        sorted({a for month in span for a in desk.firm.by_activity("revenue", month)})
    )
    revenue = _past(desk, "revenue", span)
    if not (revenue > 0).all():
        raise Missing(f"no revenue above 0 in {month_name(span[int((revenue <= 0).argmax())])}")
    if revenue.max() > REVENUE_MAX:
        raise Missing(f"a month's revenue is {revenue.max():g}, above {REVENUE_MAX:g}")
    others = {
        item: _past(desk, item, span)
        for item in ("profit", "payroll", "credit_base")
        if all(desk.firm.perhaps(item, month) is not None for month in span)
    }
    futures = _futures(desk, revenue, others, (span.start % YEAR, horizon, asked))
    shares = _shares(desk, activities, span)
    cents = {
        name: np.rint(one * CENTS).astype(np.int64).astype(object) for name, one in futures.items()
    }
    year_of = {name: one[:, -YEAR:] for name, one in cents.items()}
    before = np.concatenate(
        [np.broadcast_to(_whole(revenue), (asked.draws, len(span))), cents["revenue"]], axis=1
    )[:, -2 * YEAR : -YEAR]
    given = Quantities(
        _apart(year_of["revenue"], shares), before,
        year_of.get("profit"), year_of.get("payroll"), year_of.get("credit_base"),
    )  # fmt: skip
    return Forecast(YearOfLaw(desk, year, activities), given, _remarks(desk, others))


def _remarks(desk: Desk, others: Mapping[str, Floats]) -> tuple[str, ...]:
    found = []
    untold = [kind for kind in ON_PAYROLL if kind not in taxes_compared(desk)]
    if untold:
        found.append(f"{', '.join(untold)} not compared: not told")
    if "payroll" not in others and desk.firm.months("payroll"):
        raise Missing("payroll is told for some months and not for all")
    if desk.firm.months("rd_spend"):
        found.append("Lei do Bem is not forecast")
    if desk.firm.months("loss_carried"):
        found.append("losses of earlier years are not counted")
    return tuple(found)


def _past(desk: Desk, item: str, span: range) -> Floats:
    return np.array([float(desk.firm.amount(item, month)) for month in span])


def _whole(amounts: Floats) -> Cents:
    return np.rint(amounts * CENTS).astype(np.int64).astype(object)


def _futures(
    desk: Desk, revenue: Floats, others: Mapping[str, Floats], told: tuple[Month, int, Asked]
) -> dict[str, Floats]:
    """Return drawn months of each item, all drawn together.

    Margins are kept within -5 and 1; payroll of nothing counts as a cent, since it has a logarithm.
    """
    first, horizon, asked = told
    series = [Series(np.log(revenue), seasonal=True, trending=True)]
    for item, past in others.items():
        share = past / revenue
        values = share if item == "profit" else np.log(np.maximum(share, 0.01 / revenue))
        series.append(Series(values, seasonal=item == "payroll", trending=False))
    seed = [asked.seed, *desk.firm.name.encode()]
    drawings = drawn(series, first, horizon, asked.draws, seed)
    found = {"revenue": np.exp(np.clip(drawings[0], -20, 30))}
    for item, one in zip(others, drawings[1:], strict=True):
        ratio = np.clip(one, -5, 1) if item == "profit" else np.exp(np.clip(one, -30, 5))
        found[item] = ratio * found["revenue"]
    return found


def _shares(desk: Desk, activities: Sequence[str], span: range) -> list[int]:
    """Return what of the last year's revenue each activity was, in ten-thousandths."""
    sums = [
        sum(
            (
                desk.firm.by_activity("revenue", month).get(one, Decimal(0))
                for month in span[-YEAR:]
            ),
            Decimal(0),
        )
        for one in activities
    ]
    return [int(one * PARTS / sum(sums)) for one in sums]


def _apart(revenue: Cents, shares: Sequence[int]) -> Cents:
    """Return revenue by activity; what is lost to rounding is of the last one."""
    parts = [revenue * one // PARTS for one in shares[:-1]]
    rest = revenue - sum(parts) if parts else revenue
    return np.stack([*parts, rest], axis=2)
