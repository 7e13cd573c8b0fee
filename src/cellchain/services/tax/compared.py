"""Regimes of one firm and year side by side, over the same set of taxes."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from cellchain.science.tax.exact import ARITHMETIC
from cellchain.services.tax.desk import YEAR, ZERO, Desk
from cellchain.services.tax.income import PRESUMED, REAL, REAL_ANNUAL
from cellchain.services.tax.rulebook import Missing
from cellchain.services.tax.simples import DAS
from cellchain.services.tax.simples import REGIME as SIMPLES
from cellchain.services.tax.worked import Answer, Working

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.services.analysis.table import Table

COMPARED, SAME = "compared", "sum over the same taxes"
ORDER = (SIMPLES, PRESUMED, REAL, REAL_ANNUAL)
SET = ("IRPJ", "IRPJ_surcharge", "CSLL", "PIS", "COFINS")
"""Taxes of which the tables know every rate; of the Simples Nacional the parts of these names."""
ON_PAYROLL = {"CPP": "payroll", "RAT": "rat_rate", "third_parties": "third_parties_rate"}
"""Taxes that are compared where the firm tells this; all are within the CPP of the Simples."""


def taxes_compared(desk: Desk) -> tuple[str, ...]:
    """Return the set: of contributions on payroll those whose base and rate are told."""
    if not desk.firm.months("payroll"):
        return SET
    return (*SET, *(kind for kind, item in ON_PAYROLL.items() if desk.firm.months(item)))


def sets_compared(answer: Table) -> list[str]:
    """Return the sets of taxes that the rows of an answer are compared over."""
    kinds, traces = (answer.texts(name).cells() for name in ("tax_kind", "trace"))
    told = {
        trace.rpartition(f"{SAME} = ")[2].partition(" = ")[0]
        for kind, trace in zip(kinds, traces, strict=True)
        if kind == COMPARED and trace
    }
    return sorted(told)


def compared(desk: Desk, rows: Sequence[Answer]) -> Iterator[Answer]:
    """Yield, of each year and regime, the sum over the set; or which of it is missing."""
    kinds = taxes_compared(desk)
    held: defaultdict[tuple[str, str], list[Answer]] = defaultdict(list)
    for row in rows:
        role = "part" if row.regime == SIMPLES else "due"
        wanted = row.kind in kinds or (row.regime == SIMPLES and row.kind == DAS)
        if wanted and (row.error or row.role == role):
            held[row.regime, row.period[:4]].append(row)
    for regime in ORDER:
        for period, months in desk.periods(YEAR):
            yield from desk.tried((period, regime, "sum"), (COMPARED,),
                _sum, regime, period, months, held[regime, period], kinds,
            )  # fmt: skip


def _sum(  # noqa: PLR0917  # where a sum stands, and what is summed
    desk: Desk, regime: str, period: str, months: range, rows: Sequence[Answer],
    kinds: tuple[str, ...],
) -> Iterator[Answer]:  # fmt: skip
    for row in rows:
        if row.error:
            raise Missing(f"{row.kind} of {row.period}: {row.error}")
    revenue = desk.total("revenue", months)
    working = Working()
    total = ZERO
    for kind in kinds:
        parts = [row for row in rows if row.kind == kind]
        kind_sum = sum((row.tax for row in parts if row.tax is not None), ZERO)
        total += working.step(kind, kind_sum, f"{len(parts)} rows")
        for row in parts:
            for rule in row.working.rules:
                working.follow(rule)
    untold = [kind for kind in ON_PAYROLL if kind not in kinds]
    if untold:
        working.remarks.append(f"{', '.join(untold)} not compared: not told")
    working.step(SAME, total, " + ".join(kinds))
    rate = ARITHMETIC.divide(total, revenue) if revenue else Decimal(0)
    yield desk.answer(
        (period, regime, COMPARED), total, working, base=revenue, rate=rate, role="sum"
    )
