"""Quarters and years of one firm: what is due under each regime, to each authority."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from cellchain.services.tax.compared import ORDER
from cellchain.services.tax.desk import ALL, QUARTER, YEAR, ZERO, Desk, period_name
from cellchain.services.tax.income import REAL_ANNUAL
from cellchain.services.tax.rulebook import Missing
from cellchain.services.tax.simples import REGIME as SIMPLES
from cellchain.services.tax.worked import Working

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.services.tax.worked import Answer

TOTAL = "total"
"""Beginning of the kind of such a row; the authority follows."""


def reconciled(desk: Desk, rows: Sequence[Answer]) -> Iterator[Answer]:
    """Yield sums of what is due by quarter and year, or which part of it is missing.

    Of the Simples Nacional parts are summed, by their authority; a payment that is missing is so to
    each. Real profit by year has no quarters.
    """
    for regime in ORDER:
        of = [row for row in rows if row.regime == regime and _counts(row)]
        for length in (YEAR,) if regime == REAL_ANNUAL else (QUARTER, YEAR):
            for (period, authority), parts in _by_period(of, length).items():
                kind = f"{TOTAL}_{authority.replace(' ', '_')}"
                yield from desk.tried(
                    (period, regime, "sum"), (kind,), _total, (period, regime, kind), parts
                )


def _by_period(rows: Sequence[Answer], length: int) -> dict[tuple[str, str], list[Answer]]:
    """Return the rows of each period and authority; those of a year are in no quarter."""
    held: defaultdict[tuple[str, str], list[Answer]] = defaultdict(list)
    for row in rows:
        if length == YEAR or len(row.period) > len("2025"):
            held[_within(row.period, length), row.authority].append(row)
    for (period, authority), parts in held.items():
        if authority != ALL:
            parts.extend(held.get((period, ALL), []))
    return dict(sorted(held.items()))


def _counts(row: Answer) -> bool:
    role = "part" if row.regime == SIMPLES else "due"
    return bool(row.error) or row.role == role


def _within(period: str, length: int) -> str:
    """Return the quarter or the year that a month, quarter or year is in."""
    year, _, rest = period.partition("-")
    if length == YEAR or rest.startswith("Q"):
        return year if length == YEAR else period
    return period_name(int(year) * YEAR + int(rest) - 1, length)


def _total(desk: Desk, place: tuple[str, str, str], parts: Sequence[Answer]) -> Iterator[Answer]:
    missing = [row for row in parts if row.error]
    if missing:
        first = missing[0]
        more = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise Missing(f"{first.kind} of {first.period}: {first.error}{more}")
    working = Working()
    kinds = dict.fromkeys(row.kind for row in parts)
    total = ZERO
    for kind in kinds:
        amounts = [row.tax for row in parts if row.kind == kind and row.tax is not None]
        total += working.step(kind, sum(amounts, ZERO), f"{len(amounts)} rows")
    for row in parts:
        for rule in row.working.rules:
            working.follow(rule)
    working.step(place[-1], total, " + ".join(kinds))
    yield desk.answer(place, total, working, role="sum")
