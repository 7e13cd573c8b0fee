"""China's rebate on exports and consumption tax; the European Union's targets and fees."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from cellchain.science.tax.exact import ARITHMETIC
from cellchain.services.tax.desk import YEAR, ZERO, Desk, one
from cellchain.services.tax.rulebook import Missing
from cellchain.services.tax.told import month_name
from cellchain.services.tax.worked import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.services.tax.worked import Answer

REBATE, CONSUMPTION = "export_rebate", "consumption_tax"
COLLECTION, CONTENT, FEE = "collection_target", "recycled_content", "producer_fee"


def china(desk: Desk) -> Iterator[Answer]:
    """Yield the rebate of value added tax on exports and the tax on consumption of each month."""
    for month in desk.firm.months("export_value"):
        yield from desk.tried((month_name(month), REBATE, "credit"), ("VAT",), _rebate, month)
    for month in desk.firm.months("domestic_sales"):
        for activity, amount in desk.firm.by_activity("domestic_sales", month).items():
            yield from desk.tried((month_name(month), CONSUMPTION, "due"), (activity,),
                _consumption, month, activity, amount,
            )  # fmt: skip


def _rebate(desk: Desk, month: int) -> Iterator[Answer]:
    working, rule = one(desk, "cn.export_rebate", month)
    value = desk.firm.amount("export_value", month)
    unit = desk.firm.units["export_value"]
    if unit != desk.book.currency:
        working.remarks.append(f"rebates are paid in {desk.book.currency}; nothing is converted")
    yield desk.proportional(
        (month_name(month), REBATE, "VAT"), value, rule.number("rate"), working, role="credit",
        unit=unit,
    )  # fmt: skip


def _consumption(desk: Desk, month: int, activity: str, sold: Decimal) -> Iterator[Answer]:
    working, rule = one(desk, "cn.consumption_tax", month)
    yield desk.proportional(
        (month_name(month), CONSUMPTION, activity), sold, rule.number(activity), working
    )


def european_union(desk: Desk) -> Iterator[Answer]:
    """Yield how far targets are missed, and which fee the tables do not know."""
    told = [*desk.firm.months("placed_kg"), *desk.firm.months("collected_kg")]
    for year in sorted({month // YEAR for month in told}):
        activities = sorted({
            activity
            for item in ("placed_kg", "collected_kg")
            for month, held in desk.firm.amounts.get(item, {}).items() if month // YEAR == year
            for activity in held
        })  # fmt: skip
        for activity in activities:
            yield from desk.tried(
                (f"{year}", COLLECTION, "check"),
                (activity,),
                _collection,
                year,
                activity,
            )
    for month in desk.firm.months("recycled_share"):
        for metal, share in desk.firm.by_activity("recycled_share", month).items():
            yield from desk.tried((month_name(month), CONTENT, "check"), (metal,),
                _content, month, metal, share,
            )  # fmt: skip
    for month in desk.firm.months("producer_fee"):
        try:
            one(desk, "eu.fee", month)
        except Missing as why:
            yield desk.lacking((month_name(month), FEE, "modulation"), why)


def _year(desk: Desk, item: str, year: int, activity: str) -> Decimal:
    held = desk.firm.amounts.get(item, {})
    months = [one for one in held if one // YEAR == year and activity in held[one]]
    if not months:
        raise Missing(f"no {item} of {activity} in {year}")
    return sum((held[month][activity] for month in months), ZERO)


def _collection(desk: Desk, year: int, activity: str) -> Iterator[Answer]:
    working, rule = one(desk, f"eu.collection.{activity}", year * YEAR + YEAR - 1)
    years = int(rule.number("years"))
    placed = [_year(desk, "placed_kg", one, activity) for one in range(year - years + 1, year + 1)]
    mean = ARITHMETIC.divide(sum(placed, ZERO), Decimal(years))
    working.step("put on the market, a year", mean, f"({' + '.join(map(str, placed))}) ÷ {years}")
    collected = working.step("collected", _year(desk, "collected_kg", year, activity))
    short = rule.rounded(max(ZERO, mean * rule.number("share") - collected))
    working.step(
        "short of the target, kg",
        short,
        f"max(0, {plain(mean)} × {rule.number('share')} − {collected})",
    )
    yield desk.answer((f"{year}", COLLECTION, activity), short, working,
        base=mean, rate=rule.number("share"), role="check", unit="kg",
    )  # fmt: skip


def _content(desk: Desk, month: int, metal: str, share: Decimal) -> Iterator[Answer]:
    working, rule = one(desk, "eu.recycled_content", month)
    least = rule.number(metal)
    short = working.step(
        "short of the target", rule.rounded(max(ZERO, least - share)), f"max(0, {least} − {share})"
    )
    yield desk.answer((month_name(month), CONTENT, metal), short, working,
        base=share, rate=least, role="check", unit="share",
    )  # fmt: skip
