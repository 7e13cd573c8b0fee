"""``tax effective``: every tax and incentive of every firm by the rules of its months.

In: `cellchain.services.tax.told`. Out, a row a firm, period, regime and kind of tax: base, rate,
amount as decimal strings, the law, how it is rounded and the trace; or, in place of the amount,
what is missing.
"""

from __future__ import annotations

from decimal import localcontext
from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.science.tax.exact import ARITHMETIC, to_rate
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.tax import (
    compared,
    income,
    others,
    reconciled,
    simples,
    turnover,
    united_states,
)
from cellchain.services.tax.desk import QUARTER, YEAR, Desk
from cellchain.services.tax.rulebook import Missing, rulebook
from cellchain.services.tax.told import firms_of
from cellchain.services.tax.worked import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from cellchain.services.tax.told import Firm
    from cellchain.services.tax.worked import Answer, Working

COLUMNS = (
    "firm", "period", "jurisdiction", "regime", "tax_kind", "role", "authority", "base", "rate",
    "tax", "unit", "law", "rounding", "trace", "rule", "unverified", "error",
)  # fmt: skip
KEY = ("firm", "period", "jurisdiction", "regime", "tax_kind")
MONTHS_MAX = 30_000
"""Of all firms from first to last; each becomes some twenty rows."""
ADVICE = "no advice: a person who knows the firm and the official text decides"


def effective(
    table: Table, on: date, moved: Callable[[int, int], None] = lambda _done, _of: None
) -> Table:
    """Return the taxes of a table of firms, as the law was known on a day.

    Args:
        table: What they tell.
        on: The day.
        moved: Hears how many firms of how many are done.

    Raises:
        Refused: ``table.column``, ``tax.…``: what the table says cannot be.
    """
    firms = firms_of(table, on)
    check_months(firms)
    cells: list[tuple[str | None, ...]] = []
    for place, firm in enumerate(firms):
        moved(place, len(firms))
        cells += map(_cells, answers([firm], on))
    columns = zip(*cells, strict=True) if cells else [()] * len(COLUMNS)
    return Table({name: Texts.of(column) for name, column in zip(COLUMNS, columns, strict=True)})


def check_months(firms: Sequence[Firm]) -> None:
    """Refuse firms whose months, gaps included, are more than can be answered at once.

    Raises:
        Refused: ``tax.months``.
    """
    months = sum(one.months("revenue")[-1] - one.months("revenue")[0] + 1
                 for one in firms if one.months("revenue"))  # fmt: skip
    if months > MONTHS_MAX:
        raise Refused(
            "tax.months",
            f"{months} months of firms lie between first and last ones, at most {MONTHS_MAX} are"
            " answered at once",
            remedy="ask for some of the firms, then for the others",
        )


def answers(firms: Iterable[Firm], on: date) -> list[Answer]:
    """Return the rows, by firm and jurisdiction, then by regime and time."""
    with localcontext(ARITHMETIC):
        return [
            row
            for firm in firms
            for row in _WORKED[firm.jurisdiction](Desk(firm, rulebook(firm.jurisdiction, on)))
        ]


def _brazil(desk: Desk) -> Iterator[Answer]:
    if not desk.span:
        yield desk.lacking(("", "", ""), Missing("no revenue is told in any month"))
        return
    rows = [
        *simples.simples(desk),
        *income.presumed(desk),
        *turnover.cumulative(desk),
        *income.real(desk, QUARTER),
        *turnover.with_credits(desk, income.REAL),
        *income.real(desk, YEAR),
        *turnover.with_credits(desk, income.REAL_ANNUAL),
        *turnover.payroll(desk),
        *turnover.by_their_own_law(desk),
    ]
    yield from rows
    yield from reconciled.reconciled(desk, rows)
    yield from compared.compared(desk, rows)
    yield from turnover.reform(desk)
    yield from turnover.mover(desk)


_WORKED = {
    "BR": _brazil,
    "US": united_states.united_states,
    "CN": others.china,
    "EU": others.european_union,
}


def _cells(row: Answer) -> tuple[str | None, ...]:
    rules = row.working.rules
    return (
        row.firm, row.period or None, row.jurisdiction, row.regime or None, row.kind or None,
        row.role, row.authority,
        None if row.base is None else plain(row.base),
        None if row.rate is None else f"{to_rate(row.rate):f}",
        None if row.tax is None else f"{row.tax:f}",
        row.unit,
        "; ".join(one.cited for one in rules) or None,
        row.rounding if row.tax is not None else None,
        trace(row.working) or None,
        "; ".join(one.id for one in rules) or None,
        row.unverified or None, row.error or None,
    )  # fmt: skip


def trace(working: Working) -> str:
    """Return steps as a line of text."""
    return "; ".join(
        f"{one.name} = {one.working} = {one.value}" if one.working else f"{one.name} = {one.value}"
        for one in working.steps
    )
