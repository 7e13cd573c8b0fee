"""Credits of the United States: 45X of manufacture, 48C of investment, 30D of vehicles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.services.tax.desk import Desk, one
from cellchain.services.tax.rulebook import Missing
from cellchain.services.tax.told import month_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.services.tax.rulebook import Rule
    from cellchain.services.tax.worked import Answer, Working

MANUFACTURE, INVESTMENT, VEHICLES = "45X", "48C", "30D"
COMPONENTS = {
    "cells_kwh": "cells", "modules_kwh": "modules",
    "modules_without_cells_kwh": "modules_without_cells",
    "electrode_material_cost": "electrode_materials",
}  # fmt: skip
MINERALS = {
    "critical_mineral_cost": "critical_minerals",
    "metallurgical_coal_cost": "metallurgical_coal",
}
TESTS = {
    "cells": (("cell_energy_density", "cell_wh_per_l"), ("cell_capacity", "cell_wh")),
    "modules": (("module_capacity", "module_kwh"),),
    "modules_without_cells": (("module_capacity", "module_kwh"),),
}
"""What a component has to reach: item and parameter."""
POWER_TESTED = ("cells", "modules", "modules_without_cells")


def united_states(desk: Desk) -> Iterator[Answer]:
    """Yield the credits of each month; a firm is one facility."""
    for item, kind in (COMPONENTS | MINERALS).items():
        for month in desk.firm.months(item):
            yield from desk.tried((month_name(month), MANUFACTURE, "credit"), (kind,),
                _manufacture, item, kind, month,
            )  # fmt: skip
    for month in desk.firm.months("qualified_investment_48c"):
        yield from desk.tried(
            (month_name(month), INVESTMENT, "credit"), ("investment",), _investment, month
        )
    for month in desk.firm.months("vehicles_30d"):
        yield from desk.tried(
            (month_name(month), VEHICLES, "credit"), ("vehicles",), _vehicles, month
        )


def _manufacture(desk: Desk, item: str, kind: str, month: int) -> Iterator[Answer]:
    working, rule = one(desk, "us.45x", month)
    amount = working.step(item, desk.firm.amount(item, month))
    if desk.firm.months("qualified_investment_48c"):
        raise Missing(
            "the facility has a credit under 48C, so none under 45X (26 USC 45X(c)(1)(B))"
        )
    _check_component(desk, kind, month, working)
    group = "minerals" if item in MINERALS else "components"
    _check_assistance(desk, group, month, rule, working)
    left = working.step("left of the credit", rule.number(f"{group}_left"))
    rate = working.step("rate", rule.number(kind) * left, f"{rule.number(kind)} × {left}")
    yield desk.proportional(
        (month_name(month), MANUFACTURE, kind), amount, rate, working, role="credit"
    )


def _check_component(desk: Desk, kind: str, month: int, working: Working) -> None:
    asked = TESTS.get(kind, ())
    if not asked:
        return
    tests = desk.rule("us.45x.tests", month, working)
    untold = []
    for item, parameter in asked:
        told = desk.firm.perhaps(item, month)
        if told is None:
            untold.append(item)
        elif told < tests.number(parameter):
            raise Missing(
                f"{item} {told} is below {tests.number(parameter)}: no credit ({tests.clause})"
            )
    ratio = desk.firm.perhaps("capacity_to_power", month)
    if ratio is None:
        untold.append("capacity_to_power")
    else:
        limit = desk.rule("us.45x.capacity", month, working)
        most = limit.number("capacity_to_power")
        if ratio > most:
            raise Missing(
                f"capacity_to_power {ratio} is above {most} ({limit.cited}); unverified:"
                f" {limit.why}"
            )
    if untold:
        working.remarks.append(
            f"taken to be a component of the law, since nobody tells {', '.join(untold)}"
        )


def _check_assistance(desk: Desk, group: str, month: int, rule: Rule, working: Working) -> None:
    if f"{group}_ratio" not in rule.numbers:
        return
    least, told = rule.number(f"{group}_ratio"), desk.firm.perhaps(f"{group}_ratio", month)
    if told is None:
        working.remarks.append(
            f"material assistance is not checked: nobody tells {group}_ratio, which"
            f" shall reach {least}"
        )
    elif told < least:
        raise Missing(f"{group}_ratio {told} is below {least}: no credit ({rule.cited})")


def _investment(desk: Desk, month: int) -> Iterator[Answer]:
    working, rule = one(desk, "us.48c", month)
    paid = desk.firm.amount("qualified_investment_48c", month)
    wage = desk.firm.amount("prevailing_wage", month)
    rate = rule.number("rate" if wage else "rate_without_prevailing_wage")
    working.remarks.append(
        "48C is allocated by application: whether this facility has one is not checked"
    )
    yield desk.proportional(
        (month_name(month), INVESTMENT, "investment"), paid, rate, working, role="credit"
    )


def _vehicles(desk: Desk, month: int) -> Iterator[Answer]:
    working, rule = one(desk, "us.30d", month)
    count = working.step("vehicles", desk.firm.amount("vehicles_30d", month))
    part = rule.number("part")
    rate = part * 0
    if part:
        for group in ("minerals", "components"):
            least, told = rule.number(f"{group}_share"), desk.firm.amount(f"{group}_share", month)
            met = part if told >= least else part * 0
            rate += working.step(f"for {group}", met, f"{told} of {least}")
        battery = desk.firm.perhaps("battery_capacity", month)
        if battery is not None and battery < rule.number("battery_kwh"):
            raise Missing(f"battery_capacity {battery} is below {rule.number('battery_kwh')} kWh")
        working.remarks.append(
            "price of the vehicle, income of the buyer and foreign entities are not checked"
        )
    yield desk.proportional(
        (month_name(month), VEHICLES, "vehicles"), count, rate, working, role="credit"
    )
