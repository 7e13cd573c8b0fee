"""Simples Nacional: one payment a month (DAS) by the revenue of twelve months, and its split."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from cellchain.science.tax.brazil import effective_rate, small_firm_tax, twelve_months
from cellchain.science.tax.exact import ARITHMETIC, split
from cellchain.services.tax.desk import YEAR, ZERO, Desk
from cellchain.services.tax.rulebook import Missing
from cellchain.services.tax.told import month_name
from cellchain.services.tax.worked import Working, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.services.tax.rulebook import Rule, Shares
    from cellchain.services.tax.told import Month
    from cellchain.services.tax.worked import Answer

REGIME, DAS = "simples_nacional", "DAS"
ANNEXES = {"commerce": "i", "industry": "ii", "services": "iii"}
"""Of activities; intellectual services are of annex III or V, by their payroll."""
BY_PAYROLL = "intellectual_services"


def simples(desk: Desk) -> Iterator[Answer]:
    """Yield the payment of each month and its split per authority."""
    for month in desk.span:
        yield from desk.tried((month_name(month), REGIME, "due"), (DAS,), _month, month)


def _month(desk: Desk, month: Month) -> Iterator[Answer]:
    working = Working()
    limits = desk.rule("br.simples.limits", month, working)
    revenue = desk.firm.by_activity("revenue", month)
    total = working.step("revenue", sum(revenue.values(), ZERO))
    _check_open(desk, month, limits)
    revenue_12 = _twelve(desk, month, total, working)
    if revenue_12 > limits.number("limit"):
        raise Missing(
            f"revenue of twelve months is {plain(revenue_12)}, above {limits.number('limit')}:"
            f" no band of the Simples Nacional ({limits.law}, art. 3 II, §9)"
        )
    weights: defaultdict[str, Decimal] = defaultdict(Decimal)
    exact, outside = ZERO, set[str]()
    for activity, amount in revenue.items():
        annex = _annex(desk, month, activity, working)
        band, shares = _band(annex, revenue_12)
        rate, tax = _banded(annex.id, band, amount, revenue_12, working)
        exact += tax
        outside |= {*shares.outside}
        for kind, weight in _parts(shares, band, revenue_12).items():
            weights[kind] += weight * amount if total else weight
    _remark_sublimit(desk, month, bool(outside), working)
    period = month_name(month)
    due = working.step(DAS, limits.rounded(exact), f"{plain(exact)}, {limits.rounding}")
    mean = ARITHMETIC.divide(exact, total) if total else rate
    yield desk.answer((period, REGIME, DAS), due, working, base=total, rate=mean)
    whole = sum(weights.values(), ZERO)
    for kind, part in split(due, weights).items():
        share = Working([*working.rules], remarks=[*working.remarks])
        share.step(
            kind,
            part,
            f"{due} × {plain(ARITHMETIC.divide(weights[kind], whole))}, cut to the cent, cents left"
            " to the greatest remainders",
        )
        yield desk.answer((period, REGIME, kind), part, share, base=total, role="part")
    for kind in sorted(outside):
        above = f"{kind} is due outside the Simples Nacional above {limits.number('sublimit')}"
        yield desk.lacking((period, REGIME, kind), Missing(f"{above}, and not in the tables"))


def _remark_sublimit(desk: Desk, month: Month, outside: bool, working: Working) -> None:
    """Say where the band and the year do not agree on whether state tax is in the payment."""
    sublimit = working.rules[0].number("sublimit")
    year = desk.perhaps("revenue", range(month // YEAR * YEAR, month + 1))
    if outside and year <= sublimit:
        working.remarks.append(
            f"the band is above the sublimit {sublimit}, revenue of the year not yet: state and"
            " municipal tax may still be in the payment, by a rule that the tables lack"
        )
    elif not outside and year > sublimit:
        working.remarks.append(
            f"revenue of the year is {year}, above the sublimit {sublimit}: from when on state and"
            " municipal tax are due outside is not worked out (LC 123/2006, art. 20)"
        )


def _check_open(desk: Desk, month: Month, limits: Rule) -> None:
    limit, start = limits.number("limit"), month // YEAR * YEAR
    before = desk.perhaps("revenue", range(start - YEAR, start))
    if before > limit:
        raise Missing(
            f"revenue of {start // YEAR - 1} is {before}, above {limit}: no Simples Nacional in"
            f" {start // YEAR} ({limits.law}, art. 3 §9)"
        )
    year = desk.perhaps("revenue", range(start, month + 1))
    if year > limit:
        when = "next month" if year > limit * Decimal("1.2") else "next January"
        raise Missing(
            f"revenue of {start // YEAR} reaches {year}, above {limit}: what is above it has a rule"
            f" of its own, not in the tables, and the firm leaves the Simples Nacional from {when}"
            f" on ({limits.law}, art. 3 §9, §9-A, art. 18 §16)"
        )


def _twelve(desk: Desk, month: Month, revenue: Decimal, working: Working) -> Decimal:
    first = max(desk.span.start, month - YEAR)
    earlier = [desk.firm.amount("revenue", one) for one in range(first, month)]
    found = twelve_months(earlier, revenue)
    if not earlier:
        how = f"first month: {revenue} × 12 (art. 18 §2)"
    elif len(earlier) < YEAR:
        how = f"{len(earlier)} months since the first: {sum(earlier)} ÷ {len(earlier)} × 12 (art. 18 §2)"  # noqa: E501
    else:
        how = f"sum of {month_name(first)} to {month_name(month - 1)}"
    return working.step("revenue of twelve months", found, how)


def _annex(desk: Desk, month: Month, activity: str, working: Working) -> Rule:
    if activity == BY_PAYROLL:
        limits = working.rules[0]
        span = range(max(desk.span.start, month - YEAR), month)
        if not span:
            raise Missing("the factor of payroll by revenue of a first month is not in the tables")
        payroll, revenue = desk.total("payroll", span), desk.total("revenue", span)
        factor = ARITHMETIC.divide(payroll, revenue) if revenue else ZERO
        working.step("factor R", factor, f"payroll {payroll} ÷ revenue {revenue}")
        name = "iii" if factor >= limits.number("factor_r") else "v"
    elif activity in ANNEXES:
        name = ANNEXES[activity]
    else:
        raise Missing(f"the Simples Nacional of {activity.replace('_', ' ')} is not in the tables")
    return desk.rule(f"br.simples.annex_{name}", month, working)


@dataclass(frozen=True, slots=True)
class _Band:
    place: int
    nominal: Decimal
    deduction: Decimal


def _band(annex: Rule, revenue_12: Decimal) -> tuple[_Band, Shares]:
    place, (limit, nominal, deduction) = next(
        (place, band) for place, band in enumerate(annex.bands, 1) if revenue_12 <= Decimal(band[0])
    )
    name = annex.id.rpartition("_")[2].upper()
    if not nominal:
        raise Missing(f"band {place} of annex {name} (to {limit}) is not in the tables")
    shares = next(one for one in annex.shares if place in one.bands)
    return _Band(place, Decimal(nominal), Decimal(deduction)), shares


def _banded(
    annex: str, band: _Band, amount: Decimal, revenue_12: Decimal, working: Working
) -> tuple[Decimal, Decimal]:
    """Return the effective rate and the exact tax of an activity."""
    name = annex.rpartition("_")[2].upper()
    nominal, deduction = band.nominal, band.deduction
    rate = effective_rate(revenue_12, nominal, deduction)
    how = f"({plain(revenue_12)} × {nominal} − {deduction}) ÷ {plain(revenue_12)}"
    working.step(
        f"rate of annex {name}, band {band.place}", rate, how if revenue_12 else f"{nominal}"
    )
    exact = small_firm_tax(amount, revenue_12, nominal, deduction)
    working.step(f"tax of annex {name}", exact, f"{amount} × rate")
    return rate, exact


def _parts(shares: Shares, band: _Band, revenue_12: Decimal) -> dict[str, Decimal]:
    """Return the weight of each part; what is above a cap goes to the others.

    Weights are rates times the revenue of twelve months, so nothing is divided.
    """
    rate, scale = band.nominal, Decimal(1)
    if revenue_12:
        rate, scale = revenue_12 * band.nominal - band.deduction, revenue_12
    parts = {kind: share * rate for kind, share in shares.parts.items()}
    for kind, cap in shares.cap.items():
        if parts[kind] > cap * scale:
            parts[kind] = cap * scale
            rest = rate - cap * scale
            parts |= {other: rest * share for other, share in shares.beyond.items()}
    return parts
