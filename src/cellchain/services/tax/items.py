"""What a firm may tell of a month: items with their unit, and the activities that rules know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SHARE, FLAG = "share", "flag"


@dataclass(frozen=True, slots=True)
class Item:
    """One quantity.

    Attributes:
        unit: Of the amount; ``share`` is 0 to `most`, ``flag`` is 0 or 1.
        what: It is, in a few words.
        activities: One of which must stand beside it.
        signed: Whether it may be below 0.
        parts: Activities that may stand beside it: the firm's amount is their sum.
        any_currency: Whether another one may be told, the same for all of a firm's.
        most: That a share may be: 1 where it is one of a whole.
        within: Rule whose ``least`` and ``most``, widened by its ``fap_least`` and ``fap_most``,
            bound it.
    """

    unit: str
    what: str
    activities: tuple[str, ...] = ()
    signed: bool = False
    parts: tuple[str, ...] = ()
    any_currency: bool = False
    most: int = 1
    within: str = ""


BRAZILIAN = (
    "industry", "commerce", "services", "intellectual_services", "cargo_transport",
    "passenger_transport",
)  # fmt: skip
VEHICLE_MAKERS = ("light_vehicles", "trucks_buses", "autoparts")
ITEMS: Mapping[str, Mapping[str, Item]] = {
    "BR": {
        "revenue": Item("BRL", "gross revenue of the month", BRAZILIAN),
        "payroll": Item("BRL", "wages and fees on which contributions are due", parts=BRAZILIAN),
        "profit": Item(
            "BRL", "accounting profit after additions and exclusions", signed=True, parts=BRAZILIAN
        ),
        "credit_base": Item(
            "BRL", "purchases that give credits of PIS and COFINS", parts=BRAZILIAN
        ),
        "other_income": Item("BRL", "income beside revenue, as interest", parts=BRAZILIAN),
        "loss_carried": Item("BRL", "losses of earlier years, told in the firm's first month"),
        "rd_spend": Item("BRL", "research and development under Lei do Bem", parts=BRAZILIAN),
        "patent_rd_spend": Item("BRL", "the part of it that led to a granted patent"),
        "rd_headcount_growth": Item(SHARE, "more researchers than in the year before", most=10),
        "mover_rd_spend": Item("BRL", "research and development under Mover", VEHICLE_MAKERS),
        "rat_rate": Item(
            SHARE, "the firm's own contribution for accidents at work", within="br.rat"
        ),
        "third_parties_rate": Item(SHARE, "the firm's own contributions to third parties"),
    },
    "US": {
        "cells_kwh": Item("kWh", "battery cells made and sold"),
        "modules_kwh": Item("kWh", "battery modules made of cells and sold"),
        "modules_without_cells_kwh": Item("kWh", "battery modules without cells made and sold"),
        "electrode_material_cost": Item("USD", "cost of making electrode active materials"),
        "critical_mineral_cost": Item("USD", "cost of making critical minerals"),
        "metallurgical_coal_cost": Item("USD", "cost of making metallurgical coal"),
        "cell_energy_density": Item("Wh/l", "of the cells"),
        "cell_capacity": Item("Wh", "of a cell"),
        "module_capacity": Item("kWh", "of a module"),
        "capacity_to_power": Item("h", "energy by power of cells and modules"),
        "components_ratio": Item(SHARE, "material assistance of components"),
        "minerals_ratio": Item(SHARE, "material assistance of critical minerals"),
        "qualified_investment_48c": Item("USD", "put into the facility under 48C"),
        "prevailing_wage": Item(FLAG, "whether wages and apprentices of 48C are as asked"),
        "vehicles_30d": Item("vehicle", "new clean vehicles acquired"),
        "minerals_share": Item(SHARE, "critical minerals of the battery from where 30D asks"),
        "components_share": Item(SHARE, "components of the battery made where 30D asks"),
        "battery_capacity": Item("kWh", "of a vehicle"),
    },
    "CN": {
        "export_value": Item("CNY", "batteries exported, free on board", any_currency=True),
        "domestic_sales": Item("CNY", "batteries sold at home", ("lithium_ion", "other_battery")),
    },
    "EU": {
        "placed_kg": Item("kg", "batteries put on the market", ("portable", "lmt")),
        "collected_kg": Item("kg", "waste batteries collected", ("portable", "lmt")),
        "recycled_share": Item(
            SHARE, "of a metal in active material", ("cobalt", "lead", "lithium", "nickel")
        ),
        "producer_fee": Item("EUR", "paid to a producer responsibility organisation"),
    },
}  # fmt: skip
"""Jurisdiction → name → item."""
ALIASES: Mapping[str, str] = {
    "industria": "industry", "comercio": "commerce", "servicos": "services",
    "transporte_cargas": "cargo_transport", "transporte_passageiros": "passenger_transport",
    "transporte_passageiros_16": "passenger_transport",
}  # fmt: skip
"""Activities as Brazil's law calls them."""
