"""One year of one firm under each regime, many drawn years at once, by the rules of `effective`.

The law is looked up once and applied to arrays of whole cents; a test holds it against the decimal
rules, cent by cent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.tax import cents as law
from cellchain.science.tax.exact import HALF_UP
from cellchain.services.tax.compared import ORDER, taxes_compared
from cellchain.services.tax.desk import QUARTER, YEAR, Desk
from cellchain.services.tax.income import PRESUMED, REAL_ANNUAL, check_presumed
from cellchain.services.tax.rulebook import Changed, Missing
from cellchain.services.tax.simples import ANNEXES
from cellchain.services.tax.simples import REGIME as SIMPLES
from cellchain.services.tax.worked import Working

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cellchain.science.tax.cents import Cents
    from cellchain.services.tax.rulebook import Rule
    from cellchain.services.tax.told import Month

PARTS = ("IRPJ", "CSLL", "COFINS", "PIS", "CPP", "IPI", "ICMS", "ISS")
CENTS = 100


@dataclass(frozen=True, slots=True)
class Quantities:
    """What happens in drawn years, whole cents as integers of any size.

    Attributes:
        revenue: Shape (draws, 12, activities).
        earlier: Revenue of the twelve months before, shape (draws, 12) or (12,).
        profit: Shape (draws, 12); nothing where none is told.
        payroll: Likewise.
        credit: Purchases that give credits, likewise.
    """

    revenue: Cents
    earlier: Cents
    profit: Cents | None
    payroll: Cents | None
    credit: Cents | None


@dataclass(frozen=True, slots=True)
class YearOfLaw:
    """The rules that hold for a firm in a year, as known on a day.

    Attributes:
        desk: Of the firm.
        year: That is asked of.
        activities: That have revenue.
        doubts: Of each regime that `taxes` has told, what of its rules is unverified and why.
    """

    desk: Desk
    year: int
    activities: tuple[str, ...]
    doubts: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    _followed: Working = field(default_factory=Working, repr=False, compare=False)

    @property
    def start(self) -> Month:
        """January."""
        return self.year * YEAR

    def taxes(
        self, given: Quantities
    ) -> tuple[dict[str, Cents], NDArray[np.bool_], dict[str, str]]:
        """Return tax of each regime, in which draws the Simples is open, and why regimes are out.

        Taxes are sums over the same set, cents, shape (draws,).
        """
        found: dict[str, Cents] = {}
        out: dict[str, str] = {}
        held = np.ones(len(given.revenue), bool)
        for regime in ORDER:
            self._followed.rules.clear()
            try:
                if regime == SIMPLES:
                    found[regime], held = self._simples(given)
                elif regime == PRESUMED:
                    found[regime] = self._presumed(given) + self._payroll(given)
                else:
                    found[regime] = self._real(given, regime) + self._payroll(given)
            except Missing as why:
                out[regime] = str(why)
            else:
                self.doubts[regime] = self._followed.doubts
        return found, held, out

    def _rule(self, name: str, month: Month) -> Rule:
        found = self.desk.rule(name, month, self._followed)
        if found.rounding != HALF_UP:
            raise Missing(f"{name} is rounded {found.rounding}: not forecast")
        return found

    def _simples(self, given: Quantities) -> tuple[Cents, NDArray[np.bool_]]:
        limits = self._rule("br.simples.limits", self.start)
        limit = _cents(limits.number("limit"))
        before = self.desk.perhaps("revenue", range(self.start - YEAR, self.start))
        if before > limits.number("limit"):
            raise Missing(f"revenue of {self.year - 1} is {before}, above {limits.number('limit')}")
        annexes = [self._annex(activity) for activity in self.activities]
        parts = law.small_firm_parts(given.revenue, given.earlier, annexes)
        kinds = [*taxes_compared(self.desk)]
        wanted = [place for place, kind in enumerate(PARTS) if kind in kinds]
        month = given.revenue.sum(axis=2)
        every = np.concatenate([np.broadcast_to(given.earlier, month.shape), month], axis=1)
        running = every.cumsum(axis=1)
        twelve = running[:, YEAR - 1 : -1] - np.concatenate(
            [np.zeros((len(month), 1), object), running[:, : YEAR - 1]], axis=1
        )
        held = (month.sum(axis=1) <= limit) & (twelve <= limit).all(axis=1)
        held &= given.earlier.sum(axis=-1) <= limit
        due = np.asarray(parts[:, :, wanted].sum(axis=(1, 2)), object)
        return due, held.astype(bool)

    def _annex(self, activity: str) -> list[law.Band]:
        if activity not in ANNEXES:
            raise Missing(f"the Simples Nacional of {activity} is not forecast")
        rule = self._rule(f"br.simples.annex_{ANNEXES[activity]}", self.start)
        self._rule(rule.id, self.start + YEAR - 1)
        found = []
        for place, (limit, nominal, deduction) in enumerate(rule.bands, 1):
            if not nominal:
                raise Missing(f"band {place} of {rule.id} is not in the tables")
            shares = next(s for s in rule.shares if place in s.bands)
            if shares.cap:
                raise Missing(f"parts of {rule.id} have a cap, and are not forecast")
            parts = tuple(law.scaled(shares.parts.get(kind, Decimal(0))) for kind in PARTS)
            found.append(
                law.Band(
                    _cents(Decimal(limit)),
                    law.scaled(Decimal(nominal)),
                    _cents(Decimal(deduction)),
                    parts,
                )
            )
        return found

    def _presumed(self, given: Quantities) -> Cents:
        check_presumed(self.desk, self.start, self._followed)
        quarters = [self.start + QUARTER * q + QUARTER - 1 for q in range(YEAR // QUARTER)]
        revenue = law.by_quarter(given.revenue)
        irpj, csll = (
            law.presumed_profit(revenue, [self._presumption(tax, m) for m in quarters])
            for tax in ("irpj", "csll")
        )
        due = self._on_profit("br.irpj", irpj, QUARTER) + self._on_profit("br.csll", csll, QUARTER)
        month = given.revenue.sum(axis=2)
        for place in range(YEAR):
            rule = self._rule("br.turnover.cumulative", self.start + place)
            for kind in ("PIS", "COFINS"):
                due = due + law.at_rate(month[:, place], law.scaled(rule.number(kind)))
        return np.asarray(due, object)

    def _presumption(self, tax: str, month: Month) -> law.Presumption:
        shares = self._rule("br.presumed.shares", month)
        rates = tuple(law.scaled(shares.number(f"{tax}_{one}")) for one in self.activities)
        try:
            increase = self._rule(f"br.presumed.increase_{tax}", month)
        except Changed:
            raise
        except Missing:  # no such law then
            return law.Presumption(rates, 0, 0)
        more = law.scaled(increase.number("multiplier") - 1)
        return law.Presumption(rates, _cents(increase.number("quarter")), more)

    def _on_profit(self, name: str, profit: tuple[Cents, Cents | int], months: int) -> Cents:
        rule = self._rule(name, self.start + YEAR - 1)
        surcharge, free = (rule.numbers.get(one, Decimal(0)) for one in ("surcharge", "month"))
        due = law.on_profit(
            profit, law.scaled(rule.number("rate")), law.scaled(surcharge), _cents(free) * months
        )
        return np.asarray(due.sum(axis=1), object)

    def _real(self, given: Quantities, regime: str) -> Cents:
        if given.profit is None:
            raise Missing("no profit is told, month by month")
        if given.credit is None:
            raise Missing("no credit_base is told, month by month")
        cap = law.scaled(self._rule("br.losses", self.start).number("cap"))
        length = YEAR if regime == REAL_ANNUAL else QUARTER
        profit = (
            given.profit.sum(axis=1)[:, None] if length == YEAR else law.by_quarter(given.profit)
        )
        base = law.taxable(profit, 0, cap), law.SCALE
        due = self._on_profit("br.irpj", base, length) + self._on_profit("br.csll", base, length)
        rule = self._rule("br.turnover.credits", self.start)
        self._rule(rule.id, self.start + YEAR - 1)
        month = given.revenue.sum(axis=2)
        for kind in ("PIS", "COFINS"):
            paid = law.after_credits(month, given.credit, law.scaled(rule.number(kind)))
            due = due + paid.sum(axis=1)
        return np.asarray(due, object)

    def _payroll(self, given: Quantities) -> Cents | int:
        if given.payroll is None:
            return 0
        due: Cents | int = 0
        for kind in taxes_compared(self.desk):
            if kind in ("CPP", "RAT", "third_parties"):
                rule = self._rule(f"br.{kind.lower()}", self.start)
                rate = (
                    rule.number("rate")
                    if kind == "CPP"
                    else self.desk.latest(f"{kind.lower()}_rate", self.desk.span.stop)
                )
                due = due + law.at_rate(given.payroll, law.scaled(rate)).sum(axis=1)
        return due


def _cents(amount: Decimal) -> int:
    return int(amount * CENTS)


def cheapest(
    taxes: Mapping[str, Cents], held: NDArray[np.bool_], regimes: Sequence[str]
) -> NDArray[np.object_]:
    """Return taxes side by side, shape (draws, regimes).

    In a draw in which the firm outgrows the Simples Nacional this costs what the dearest of the
    other regimes does: what is above the limit has a rule that the tables lack.
    """
    table = np.stack([taxes[one] for one in regimes], axis=1)
    others = [place for place, one in enumerate(regimes) if one != SIMPLES]
    if SIMPLES in regimes and others and not held.all():
        place = regimes.index(SIMPLES)
        dearest = np.max(table[:, others], axis=1)
        table[:, place] = np.where(held, table[:, place], dearest)
    return table
