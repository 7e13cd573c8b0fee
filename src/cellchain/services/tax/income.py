"""Taxes on income: presumed and real profit, by quarter and by year, with monthly estimates."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from cellchain.science.tax.brazil import offset_loss, presumed_profit, surcharged
from cellchain.science.tax.exact import ARITHMETIC
from cellchain.services.tax.desk import QUARTER, YEAR, ZERO, Desk, one
from cellchain.services.tax.rulebook import Changed, Missing
from cellchain.services.tax.told import month_name
from cellchain.services.tax.worked import Answer, Working, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cellchain.services.tax.worked import Role

PRESUMED, REAL, REAL_ANNUAL = "lucro_presumido", "lucro_real", "lucro_real_annual"
IRPJ, SURCHARGE, CSLL = KINDS = ("IRPJ", "IRPJ_surcharge", "CSLL")


def presumed(desk: Desk) -> Iterator[Answer]:
    """Yield IRPJ, its surcharge and CSLL of each quarter by presumed profit."""
    for period, months in desk.periods(QUARTER):
        for kinds in ((IRPJ, SURCHARGE), (CSLL,)):
            yield from desk.tried((period, PRESUMED, "due"), kinds,
                _presumed, period, months, kinds,
            )  # fmt: skip


def check_presumed(desk: Desk, month: int, working: Working) -> None:
    """Refuse a firm whose revenue of the year before is too great for presumed profit.

    Raises:
        Missing: it is.
    """
    limit = desk.rule("br.presumed.limit", month, working)
    start = month // YEAR * YEAR
    told = [one for one in desk.span if start - YEAR <= one < start]
    before = desk.perhaps("revenue", range(start - YEAR, start))
    most = min(limit.number("year"), limit.number("month") * len(told))
    if told and before > most:
        raise Missing(
            f"revenue of {start // YEAR - 1} is {before}, above {most}: the firm is bound to real"
            f" profit in {start // YEAR} ({limit.cited})"
        )


def _presumed(desk: Desk, period: str, months: range, kinds: tuple[str, ...]) -> Iterator[Answer]:
    last = months[-1]
    tax = "csll" if kinds == (CSLL,) else "irpj"
    working, rule = one(desk, f"br.{tax}", last)
    check_presumed(desk, last, working)
    by_activity: dict[str, Decimal] = {}
    for month in months:
        for activity, amount in desk.firm.by_activity("revenue", month).items():
            by_activity[activity] = by_activity.get(activity, ZERO) + amount
    base = _presumed_base(desk, tax, last, by_activity, working)
    other = desk.perhaps("other_income", months)
    if other:
        base = working.step("base", base + other, f"{plain(base)} + other income {other}")
    yield from _on_profit(desk, (period, PRESUMED, ""), base, months, (working, rule.id))


def _presumed_base(
    desk: Desk, tax: str, month: int, revenue: Mapping[str, Decimal], working: Working
) -> Decimal:
    shares = desk.rule("br.presumed.shares", month, working)
    total = working.step("revenue", sum(revenue.values(), ZERO))
    over, multiplier = ZERO, Decimal(1)
    try:
        increase = desk.rule(f"br.presumed.increase_{tax}", month, working)
    except Changed:
        raise
    except Missing:  # no such law then
        pass
    else:
        multiplier = increase.number("multiplier")
        over = max(ZERO, total - increase.number("quarter"))
        working.step(
            "revenue above the limit of a quarter", over, f"{total} − {increase.number('quarter')}"
        )
    base = ZERO
    for activity, amount in sorted(revenue.items()):
        share = shares.number(f"{tax}_{activity}")
        excess = ARITHMETIC.divide(amount * over, total) if total else ZERO
        part = presumed_profit(amount, share, excess, multiplier)
        more = f" + {plain(excess)} × {share} × ({multiplier} − 1)" if excess else ""
        base += working.step(f"presumed of {activity}", part, f"{amount} × {share}{more}")
    return working.step("base", base)


def _on_profit(
    desk: Desk,
    place: tuple[str, str, str],
    base: Decimal,
    months: range,
    told: tuple[Working, str],
) -> Iterator[Answer]:
    """Yield the taxes on a profit; of IRPJ the surcharge as well."""
    period, regime, suffix = place
    working, name = told
    rule = next(one for one in working.rules if one.id == name)
    kind = CSLL if name == "br.csll" else IRPJ
    role: Role = "part" if suffix else "due"
    also = Working([*working.rules], [*working.steps], [*working.remarks])
    base = max(ZERO, base)
    yield desk.proportional(
        (period, regime, kind + suffix), base, rule.number("rate"), working, role=role
    )
    if kind == IRPJ:
        month, count = rule.number("month"), len(months)
        above = surcharged(base, month, count)
        also.step("base of the surcharge", above, f"max(0, {plain(base)} − {month} × {count})")
        yield desk.proportional(
            (period, regime, SURCHARGE + suffix), above, rule.number("surcharge"), also, role=role
        )


@dataclass(slots=True)
class _Losses:
    """What of earlier losses is left."""

    left: Decimal


def real(desk: Desk, length: int) -> Iterator[Answer]:
    """Yield the taxes on real profit of each quarter or year, losses carried on."""
    regime = REAL_ANNUAL if length == YEAR else REAL
    first = desk.span.start
    losses = _Losses(desk.perhaps("loss_carried", range(first, first + 1)))
    late = [month for month in desk.firm.months("loss_carried") if month != first]
    broken = ""
    for period, months in desk.periods(length):
        try:
            if late:
                raise Missing(
                    f"loss_carried is told in {month_name(late[0])}, not in the first month"
                )
            if broken:
                raise Missing(f"losses carried from {broken} are not known")
            yield from list(_real(desk, period, months, losses, regime))
        except Missing as why:
            broken = broken or period
            for kind in KINDS:
                yield desk.lacking((period, regime, kind), why)


def _real(desk: Desk, period: str, months: range, losses: _Losses, regime: str) -> Iterator[Answer]:
    last = months[-1]
    profit = desk.total("profit", months)
    research = _research(desk, period, months, profit, regime)
    excluded = ZERO if research is None or research.tax is None else research.tax
    after = profit - excluded
    before = losses.left
    offset, losses.left = _offset(desk, last, after, losses.left)
    rows: list[Answer] = [] if research is None else [research]
    for name in ("br.irpj", "br.csll"):
        working, rule = one(desk, name, last)
        cap = desk.rule("br.losses", last, working).number("cap")
        working.step("profit", profit)
        if research is not None:
            working.rules += [one for one in research.working.rules if one not in working.rules]
            working.step("profit after research", after, f"{profit} − {plain(excluded)}")
        working.step("losses brought", before)
        working.step(
            "losses offset", offset, f"min({plain(before)}, {cap} × {plain(max(ZERO, after))})"
        )
        base = working.step("base", max(ZERO, after) - offset)
        working.step("losses left", losses.left)
        rows += _on_profit(desk, (period, regime, ""), base, months, (working, rule.id))
    yield from rows
    if regime == REAL_ANNUAL:
        yield from _estimates(desk, period, months, rows)


def _offset(desk: Desk, month: int, profit: Decimal, left: Decimal) -> tuple[Decimal, Decimal]:
    cap = one(desk, "br.losses", month)[1].number("cap")
    offset = offset_loss(profit, left, cap)
    return offset, left - offset + max(ZERO, -profit)


def _research(
    desk: Desk, period: str, months: range, profit: Decimal, regime: str
) -> Answer | None:
    """Return what Lei do Bem excludes from a profit: no more than it."""
    spend = desk.perhaps("rd_spend", months)
    if not spend:
        return None
    working, rule = one(desk, "br.lei_do_bem", months[-1])
    growth = [
        told
        for month in months
        if (told := desk.firm.perhaps("rd_headcount_growth", month)) is not None
    ]
    share = rule.number("base")
    if growth and growth[-1] > 0:
        name = "grown_much" if growth[-1] > rule.number("much") else "grown"
        share += rule.number(name)
        working.step("growth of researchers", growth[-1])
    else:
        working.remarks.append(f"no growth of researchers counts, so {share} is taken")
    working.step("share", share)
    patent = desk.perhaps("patent_rd_spend", months)
    if patent > spend:
        raise Missing(f"patent_rd_spend {patent} is more than rd_spend {spend} in {period}")
    full = spend * share + patent * rule.number("patent")
    working.step("exclusion", full, f"{spend} × {share} + {patent} × {rule.number('patent')}")
    cut = working.step("exclusion, at most the profit", rule.rounded(min(full, max(ZERO, profit))))
    return desk.answer(
        (period, regime, "lei_do_bem_exclusion"), cut, working, base=spend, rate=share, role="shown"
    )


def _estimates(desk: Desk, period: str, months: range, due: list[Answer]) -> Iterator[Answer]:
    """Yield monthly estimates by presumed profit and what the year leaves to be paid."""
    paid = dict.fromkeys(KINDS, ZERO)
    for month in months:
        for tax in ("irpj", "csll"):
            working, rule = one(desk, f"br.{tax}", month)
            shares = desk.rule("br.presumed.shares", month, working)
            working.remarks.append("whether LC 224/2025 raises estimates as well is not clear")
            base = ZERO
            for activity, amount in desk.firm.by_activity("revenue", month).items():
                share = shares.number(f"{tax}_{activity}")
                base += working.step(
                    f"presumed of {activity}", amount * share, f"{amount} × {share}"
                )
            base += desk.perhaps("other_income", range(month, month + 1))
            for row in _on_profit(
                desk, (month_name(month), REAL_ANNUAL, "_estimate"), base, range(month, month + 1),
                (working, rule.id),
            ):  # fmt: skip
                assert row.tax is not None
                paid[row.kind.removesuffix("_estimate")] += row.tax
                yield row
    for row in due:
        if row.kind in paid:
            assert row.tax is not None
            working = Working([row.working.rules[0]])
            left = row.tax - paid[row.kind]
            how = f"{row.tax} − {paid[row.kind]} estimated" + (
                ", to be refunded" if left < 0 else ""
            )
            working.step("balance of the year", left, how)
            yield desk.answer(
                (period, REAL_ANNUAL, f"{row.kind}_balance"), left, working, role="part"
            )
