"""Where the taxes of one firm are worked out: its months, the rules of each, rows as they come."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeAlias

from cellchain.services.tax.rulebook import Missing
from cellchain.services.tax.told import month_name
from cellchain.services.tax.worked import Answer, Working

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cellchain.services.tax.rulebook import Rule, Rulebook
    from cellchain.services.tax.told import Firm, Month
    from cellchain.services.tax.worked import Role

P = ParamSpec("P")
Place: TypeAlias = tuple[str, str, str]
"""Period, regime and kind of tax of a row."""
ZERO = Decimal(0)
YEAR, QUARTER = 12, 3
ALL = "all"
AUTHORITIES = {
    "DAS": ALL, "ICMS": "state", "ISS": "municipal", "IBS": "states and municipalities",
    "BR": "federal", "US": "federal", "CN": "central", "EU": "member state",
}  # fmt: skip
"""Who levies a kind of tax, or else those of a jurisdiction."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A firm and the rules of its jurisdiction, as known on a day."""

    firm: Firm
    book: Rulebook

    def rule(self, name: str, month: Month, working: Working) -> Rule:
        """Return the rule of a month, cited in the working.

        Raises:
            Missing: there is none.
        """
        return working.follow(self.book.rule(name, month // YEAR, month % YEAR + 1))

    def answer(
        self,
        place: Place,
        tax: Decimal,
        working: Working,
        *,
        base: Decimal | None = None,
        rate: Decimal | None = None,
        role: Role = "due",
        unit: str = "",
    ) -> Answer:
        """Return a row."""
        return self._row(
            place, tax=tax, working=working, base=base, rate=rate, role=role,
            unit=unit or self.book.currency,
        )  # fmt: skip

    def lacking(self, place: Place, why: Missing, role: Role = "due") -> Answer:
        """Return a row without a tax, which says what is missing."""
        return self._row(place, tax=None, role=role, unit=self.book.currency, error=str(why))

    def proportional(
        self,
        place: Place,
        base: Decimal,
        rate: Decimal,
        working: Working,
        *,
        role: Role = "due",
        unit: str = "",
    ) -> Answer:
        """Return the row of a tax that is base times rate, to the cent."""
        rule = working.rules[0]
        how = f"{base:f} × {rate:f}, {rule.rounding}"
        tax = working.step(place[-1], rule.rounded(base * rate), how)
        return self.answer(place, tax, working, base=base, rate=rate, role=role, unit=unit)

    def _row(self, place: Place, **told: Any) -> Answer:
        period, regime, kind = place
        return Answer(
            firm=self.firm.name,
            jurisdiction=self.firm.jurisdiction,
            period=period,
            regime=regime,
            kind=kind,
            authority=AUTHORITIES.get(kind, AUTHORITIES[self.firm.jurisdiction]),
            **told,
        )

    def tried(
        self,
        place: tuple[str, str, Role],
        kinds: Iterable[str],
        work: Callable[Concatenate[Desk, P], Iterable[Answer]],
        *told: P.args,
        **named: P.kwargs,
    ) -> Iterator[Answer]:
        """Yield what is worked out, or of each kind the row that says what is missing.

        Args:
            place: Period, regime and role of the rows that say so.
            kinds: Of tax.
            work: Yields the rows.
            told: What it takes beside the desk.
            named: Likewise.
        """
        period, regime, role = place
        try:
            yield from list(work(self, *told, **named))
        except Missing as why:
            for kind in kinds:
                yield self.lacking((period, regime, kind), why, role)

    @property
    def span(self) -> range:
        """The months from the first revenue to the last; empty where there is none."""
        months = self.firm.months("revenue")
        return range(months[0], months[-1] + 1) if months else range(0)

    def periods(self, length: int) -> Iterator[tuple[str, range]]:
        """Yield each quarter or year that has revenue, and its months since the firm began."""
        span = self.span
        for start in range(span.start // length * length, span.stop, length):
            yield period_name(start, length), range(max(start, span.start), start + length)

    def total(self, item: str, months: range) -> Decimal:
        """Return an item over months.

        Raises:
            Missing: a month does not tell it.
        """
        return sum((self.firm.amount(item, month) for month in months), ZERO)

    def perhaps(self, item: str, months: range) -> Decimal:
        """Return an item over months that need not be told; 0 where it never is."""
        return sum((self.firm.perhaps(item, month) or ZERO for month in months), ZERO)

    def latest(self, item: str, month: Month) -> Decimal:
        """Return an item as it was told last.

        Raises:
            Missing: it never was until this month.
        """
        told = [one for one in self.firm.months(item) if one <= month]
        if not told:
            raise Missing(f"no {item} until {month_name(month)}")
        return self.firm.amount(item, told[-1])


def period_name(start: Month, length: int) -> str:
    """Return the name of a month, a quarter or a year."""
    if length == 1:
        return month_name(start)
    year = f"{start // YEAR:04}"
    return year if length == YEAR else f"{year}-Q{start % YEAR // QUARTER + 1}"


def one(desk: Desk, name: str, month: Month) -> tuple[Working, Rule]:
    """Return a working that follows one rule.

    Raises:
        Missing: there is none.
    """
    working = Working()
    return working, desk.rule(name, month, working)
