"""Routes that somebody adds to those of the tables, with whose figures: ``--routes TOML``.

No open table tells what bioleaching or a cascade of uses takes and gives, so nothing of theirs
ships: each route comes with its recovery, inputs, energy, technology readiness level and source.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from cellchain.core.errors import Refused
from cellchain.science.recycling.lines import CATHODE, METALS
from cellchain.services.analysis.table import shown
from cellchain.services.analysis.toml_file import decoded
from cellchain.services.circle.recycling_tables import Process, factor_sheet, price_lists, routes

if TYPE_CHECKING:
    from collections.abc import Iterable

SECOND_LIFE = "second_life"
ITEMS = ("Li", "Co", "Ni", "Mn", "Cu", "Al", "graphite", "plastics", "solvents", CATHODE)
"""What may be recovered, in the order of the columns."""
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
ROUTES_MAX = 10
TEMPLATE = b"""\
# Routes of your own, per kilogram of cell. Nothing is assumed: each line is yours, with its source.

[routes.bioleaching]
trl = 0          # technology readiness level, 1 to 9
source = ""      # who measured this, and when
# shares of Li, Co, Ni, Mn, Cu, Al, graphite, plastics, solvents, or cathode as such
recovery = { Li = 0.0, Co = 0.0, Ni = 0.0, Mn = 0.0 }
inputs_kg = { H2SO4 = 0.0, nutrient = 0.0 }
burnt = []       # graphite, carbon_black, pvdf, pp, pe, pet, ec, dmc: what is not recovered burns
decaying = {}    # share of limestone, soda or CO2 among the inputs that decays or escapes
energy_mj = { electricity = 0.0 }   # diesel, gas, electricity

[inputs.nutrient]                   # inputs that the tables do not know
usd_per_kg = 0.0
kg_co2e_per_kg = 0.0
source = ""

[cascades.second_life_then_direct]  # needs second_life_value_usd of packs
then = "direct"
trl = 0
source = ""
"""
Share = Annotated[float, Meta(ge=0, le=1)]
Amount = Annotated[float, Meta(ge=0, le=10_000)]
Level = Annotated[int, Meta(ge=1, le=9)]
Source = Annotated[str, Meta(min_length=3, max_length=500, pattern=r"\S")]


class _Sheet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table; what it does not name is wrong in it."""


class OwnRoute(_Sheet, frozen=True, kw_only=True):
    """A route, per kilogram of cell."""

    trl: Level
    source: Source
    recovery: dict[str, Share]
    inputs_kg: dict[str, Amount]
    burnt: tuple[str, ...]
    decaying: dict[str, Share]
    energy_mj: dict[str, Amount]

    @property
    def process(self) -> Process:
        """The route as those of the tables."""
        return Process(
            readiness=f"TRL {self.trl}", recovery=self.recovery, inputs_kg=self.inputs_kg,
            burnt=self.burnt, decaying=self.decaying, energy_mj=self.energy_mj,
        )  # fmt: skip


class OwnInput(_Sheet, frozen=True, kw_only=True):
    """What goes in, and is none of the tables."""

    usd_per_kg: Amount
    kg_co2e_per_kg: Amount
    source: Source


class Cascade(_Sheet, frozen=True, kw_only=True):
    """A second life, and the route that ends it."""

    then: str
    trl: Level
    source: Source


class OwnRoutes(_Sheet, frozen=True, kw_only=True):
    """Routes and what they need."""

    routes: dict[str, OwnRoute] = {}
    inputs: dict[str, OwnInput] = {}
    cascades: dict[str, Cascade] = {}

    @property
    def processes(self) -> dict[str, Process]:
        """Routes of the tables, and these."""
        return {**routes().routes, **{name: one.process for name, one in self.routes.items()}}

    @property
    def input_usd(self) -> dict[str, float]:
        """What inputs cost, USD a kilogram."""
        own = {name: one.usd_per_kg for name, one in self.inputs.items()}
        return {**price_lists().inputs.usd_per_kg, **own}

    @property
    def input_co2e(self) -> dict[str, float]:
        """What making a kilogram of each input emits, kg CO2e."""
        own = {name: one.kg_co2e_per_kg for name, one in self.inputs.items()}
        return {**factor_sheet().inputs.values, **own}

    def told(self, name: str) -> tuple[float, str]:
        """Return the readiness level of a way, NaN where no source tells it, and the source."""
        own = self.routes.get(name) or self.cascades.get(name)
        return (float("nan"), "") if own is None else (own.trl, own.source)


NONE = OwnRoutes()


def parse_routes(data: bytes) -> OwnRoutes:
    """Return the routes of a file.

    Args:
        data: TOML as in `TEMPLATE`, a byte more than may be where it is longer.

    Raises:
        Refused: ``recycle.routes``: what is wrong in it.
    """
    try:
        found = decoded(data, OwnRoutes)
    except ValueError as error:
        raise _refused(str(error)) from error
    _check_names(found)
    for name, one in found.routes.items():
        _check_route(name, one, found)
    for name, cascade in found.cascades.items():
        _check_known(f"then of {name}", (cascade.then,), found.processes)
    return found


def _check_names(found: OwnRoutes) -> None:
    names = (*found.routes, *found.cascades)
    if not 0 < len(names) <= ROUTES_MAX:
        raise _refused(f"it has {len(names)} routes and cascades, not 1 to {ROUTES_MAX}")
    taken = {*routes().routes, SECOND_LIFE}
    for name in names:
        if name in taken or not NAME.fullmatch(name):
            raise _refused(f"{shown(name)} is taken, or no name of small letters, digits and _")
        taken.add(name)
    if doubled := found.inputs.keys() & price_lists().inputs.usd_per_kg.keys():
        raise _refused(f"the tables know of {', '.join(sorted(doubled))} already")
    used = {name for one in found.routes.values() for name in one.inputs_kg}
    if idle := found.inputs.keys() - used:
        raise _refused(f"no route takes {', '.join(map(shown, sorted(idle)))}")


def _check_route(name: str, one: OwnRoute, found: OwnRoutes) -> None:
    sheet = factor_sheet()
    _check_known(f"recovery of {name}", one.recovery, ITEMS)
    _check_known(f"inputs_kg of {name}", one.inputs_kg, found.input_usd)
    _check_known(f"burnt of {name}", one.burnt, sheet.carbon.values)
    _check_known(f"energy_mj of {name}", one.energy_mj, (*sheet.fuels.values, "electricity"))
    decays = sheet.molar_masses.values.keys() & one.inputs_kg.keys()
    _check_known(f"decaying of {name}", one.decaying, decays)
    if len(set(one.burnt)) < len(one.burnt):
        raise _refused(f"burnt of {name} has a part twice")
    if CATHODE in one.recovery and set(METALS) & one.recovery.keys():
        raise _refused(f"{name} recovers cathode material and its elements as well")
    if not any(one.recovery.values()):
        raise _refused(f"{name} recovers nothing")


def _check_known(where: str, given: Iterable[str], known: Iterable[str]) -> None:
    known = sorted(known)
    for one in given:
        if one not in known:
            told = f"{where}: {shown(one)} is none of {', '.join(known) or 'what it may be'}"
            raise _refused(told)


def _refused(told: str) -> Refused:
    return Refused("recycle.routes", told, remedy="see what --template --out FILE.toml writes")
