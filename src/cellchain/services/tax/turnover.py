"""Taxes on revenue and payroll outside the Simples Nacional, and what the reform puts there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.science.tax.brazil import credited
from cellchain.services.tax.desk import YEAR, ZERO, Desk, one
from cellchain.services.tax.income import PRESUMED, REAL, REAL_ANNUAL, check_presumed
from cellchain.services.tax.rulebook import Missing
from cellchain.services.tax.told import month_name
from cellchain.services.tax.worked import plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from cellchain.services.tax.worked import Answer

PIS, COFINS = BOTH = ("PIS", "COFINS")
REFORM = "consumption_reform"
TEST_YEAR = 2026
REGIMES = (PRESUMED, REAL, REAL_ANNUAL)
OWN_LAW = {
    "ICMS": ("industry", "commerce", "cargo_transport"), "IPI": ("industry",),
    "ISS": ("services", "intellectual_services"),
}  # fmt: skip


def cumulative(desk: Desk) -> Iterator[Answer]:
    """Yield PIS and COFINS of each month by presumed profit: no credits."""
    for month in desk.span:
        yield from desk.tried((month_name(month), PRESUMED, "due"), BOTH, _cumulative, month)


def _cumulative(desk: Desk, month: int) -> Iterator[Answer]:
    for kind in BOTH:
        working, rule = one(desk, "br.turnover.cumulative", month)
        check_presumed(desk, month, working)
        revenue = desk.firm.amount("revenue", month)
        yield desk.proportional(
            (month_name(month), PRESUMED, kind), revenue, rule.number(kind), working
        )


def with_credits(desk: Desk, regime: str) -> Iterator[Answer]:
    """Yield PIS and COFINS of each month by real profit; credits that are left are carried on."""
    carried = dict.fromkeys(BOTH, ZERO)
    broken = ""
    for month in desk.span:
        period = month_name(month)
        try:
            if broken:
                raise Missing(f"credits carried from {broken} are not known")
            yield from list(_with_credits(desk, regime, month, carried))
        except Missing as why:
            broken = broken or period
            for kind in BOTH:
                yield desk.lacking((period, regime, kind), why)


def _with_credits(
    desk: Desk, regime: str, month: int, carried: dict[str, Decimal]
) -> Iterator[Answer]:
    revenue, bought = (desk.firm.amount(item, month) for item in ("revenue", "credit_base"))
    for kind in BOTH:
        working, rule = one(desk, "br.turnover.credits", month)
        rate, brought = rule.number(kind), carried[kind]
        gross = working.step("on revenue", revenue * rate, f"{revenue} × {rate}")
        given = working.step(
            "credits", bought * rate + brought, f"{bought} × {rate} + {plain(brought)} brought"
        )
        due, left = credited(gross, given)
        carried[kind] = working.step("credits left", left)
        tax = working.step(
            kind, rule.rounded(due), f"max(0, {plain(gross)} − {plain(given)}), {rule.rounding}"
        )
        yield desk.answer((month_name(month), regime, kind), tax, working, base=revenue, rate=rate)


def payroll(desk: Desk) -> Iterator[Answer]:
    """Yield contributions on payroll that the Simples Nacional contains."""
    for regime in REGIMES:
        for kind in ("CPP", "RAT", "third_parties"):
            for period, months in desk.periods(YEAR):
                told = [one for one in months if one in desk.span]
                rate = f"{kind.lower()}_rate"
                if not desk.firm.months("payroll"):
                    yield desk.lacking((period, regime, kind), Missing("no payroll is told"))
                elif kind != "CPP" and not desk.firm.months(rate):
                    yield desk.lacking((period, regime, kind), Missing(f"no {rate} is told"))
                else:
                    for month in told:
                        yield from desk.tried((month_name(month), regime, "due"), (kind,),
                            _on_payroll, regime, kind, month,
                        )  # fmt: skip


def _on_payroll(desk: Desk, regime: str, kind: str, month: int) -> Iterator[Answer]:
    working, rule = one(desk, f"br.{kind.lower()}", month)
    paid = desk.firm.amount("payroll", month)
    rate = rule.number("rate") if kind == "CPP" else desk.latest(f"{kind.lower()}_rate", month)
    yield desk.proportional((month_name(month), regime, kind), paid, rate, working)


def by_their_own_law(desk: Desk) -> Iterator[Answer]:
    """Yield, of each year, the taxes of states and municipalities and on products, as missing."""
    for regime in REGIMES:
        for period, months in desk.periods(YEAR):
            active = {
                activity
                for month in months
                for activity in desk.firm.amounts.get("revenue", {}).get(month, {})
            }
            for kind, activities in OWN_LAW.items():
                if active & {*activities}:
                    yield from desk.tried(
                        (period, regime, "due"), (kind,), _own_law, kind, months[0]
                    )


def _own_law(desk: Desk, kind: str, month: int) -> Iterator[Answer]:
    one(desk, f"br.{kind.lower()}", month)
    return iter(())


def reform(desk: Desk) -> Iterator[Answer]:
    """Yield CBS and IBS as they are known: of 2026 shown, not due."""
    for month in desk.span:
        year, period = month // YEAR, month_name(month)
        rules = {"IBS": "br.reform.ibs"}
        if year <= TEST_YEAR:
            rules = {"CBS": "br.reform", "IBS": "br.reform"}
        for kind, name in rules.items():
            if year < TEST_YEAR or desk.book.on < min(r.known_from for r in desk.book.rules[name]):
                continue
            yield from desk.tried((period, REFORM, "shown"), (kind,),
                _reform, kind, name, month,
            )  # fmt: skip


def _reform(desk: Desk, kind: str, name: str, month: int) -> Iterator[Answer]:
    working, rule = one(desk, name, month)
    base = desk.firm.amount("revenue", month)
    if month // YEAR > TEST_YEAR:
        working.remarks.append("the base is taken to be gross revenue, without credits")
    yield desk.proportional(
        (month_name(month), REFORM, kind), base, rule.number(kind), working, role="shown"
    )


def mover(desk: Desk) -> Iterator[Answer]:
    """Yield, of each year, whether research reaches the minimum of Mover; its credit is missing."""
    told = desk.firm.months("mover_rd_spend")
    for period, months in desk.periods(YEAR):
        if any(month in told for month in months):
            yield from desk.tried(
                (period, "mover", "check"),
                ("research_shortfall",),
                _mover,
                period,
                months,
            )
            try:
                one(desk, "br.mover.credit", months[-1])
            except Missing as why:
                yield desk.lacking((period, "mover", "credit"), why, "credit")


def _mover(desk: Desk, period: str, months: range) -> Iterator[Answer]:
    working, rule = one(desk, "br.mover", months[-1])
    spent = {
        activity: amount
        for month in months
        for activity, amount in desk.firm.amounts["mover_rd_spend"].get(month, {}).items()
    }
    if len(spent) > 1:
        raise Missing(f"revenue is not told apart for {' and '.join(sorted(spent))}")
    (activity,) = spent
    research = working.step("research", desk.perhaps("mover_rd_spend", months))
    revenue = working.step("gross revenue", desk.total("revenue", months))
    least = rule.number(activity)
    short = rule.rounded(max(ZERO, revenue * least - research))
    working.step("shortfall", short, f"max(0, {revenue} × {least} − {research})")
    yield desk.answer((period, "mover", "research_shortfall"), short, working,
        base=revenue, rate=least, role="check",
    )  # fmt: skip
