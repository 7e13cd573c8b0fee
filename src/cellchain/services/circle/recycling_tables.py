"""The published figures of recycling, as they ship in `tables`, read and checked."""

from __future__ import annotations

from datetime import date  # msgspec reads it
from functools import cache
from importlib.resources import files
from typing import TypeVar

import msgspec

from cellchain.core.errors import Corrupt
from cellchain.science.recycling.lines import CATHODE, SALT, Cell, Factors, Route

T = TypeVar("T", bound="_Sheet")
MJ_PER_MMBTU = 1055.06
MJ_PER_KWH = 3.6
WHOLE = 0.005
"""How far the parts of a cell may be from adding up, as published to three digits."""


class _Sheet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table; what it does not name is wrong in it."""


class Cells(_Sheet, frozen=True, kw_only=True):
    """``cells.toml``."""

    source: str
    date: str
    unit: str
    cells: dict[str, dict[str, float]]
    formulas: dict[str, dict[str, int]]
    atomic_weights: dict[str, float]

    def cell(self, chemistry: str) -> Cell:
        """Return what a kilogram of a chemistry consists of."""
        return Cell(
            material=chemistry,
            parts=self.cells[chemistry],
            cathode=self._mass_shares(chemistry),
            salt=self._mass_shares(SALT),
        )

    def _mass_shares(self, material: str) -> dict[str, float]:
        formula = self.formulas[material]
        masses = {one: atoms * self.atomic_weights[one] for one, atoms in formula.items()}
        whole = sum(masses.values())
        return {one: mass / whole for one, mass in masses.items()}


class Process(_Sheet, frozen=True, kw_only=True):
    """A route of ``routes.toml``."""

    readiness: str
    recovery: dict[str, float]
    inputs_kg: dict[str, float]
    burnt: tuple[str, ...]
    decaying: dict[str, float]
    energy_mj: dict[str, float]

    @property
    def route(self) -> Route:
        """What it does, as the science takes it."""
        return Route(self.recovery, self.inputs_kg, self.burnt, self.decaying, self.energy_mj)


class Routes(_Sheet, frozen=True, kw_only=True):
    """``routes.toml``."""

    source: str
    date: str
    unit: str
    routes: dict[str, Process]


class PriceList(_Sheet, frozen=True, kw_only=True):
    """Prices of one source."""

    source: str
    date: str = ""
    usd_per_kg: dict[str, float]


class PriceLists(_Sheet, frozen=True, kw_only=True):
    """``prices.toml``."""

    unit: str
    products: dict[str, PriceList]
    """By year."""
    inputs: PriceList
    spent_cells: PriceList


class Values(_Sheet, frozen=True, kw_only=True):
    """Factors of one source, in one unit."""

    source: str
    date: str
    unit: str
    values: dict[str, float]


class Fuels(_Sheet, frozen=True, kw_only=True):
    """Burning and what goes before, of each fuel."""

    source: str
    date: str
    unit: str
    values: dict[str, tuple[float, float]]


class FactorSheet(_Sheet, frozen=True, kw_only=True):
    """``factors.toml``."""

    inputs: Values
    carbon: Values
    molar_masses: Values
    fuels: Fuels

    def factors(self, grid_g_per_kwh: float) -> Factors:
        """Return the factors where a kilowatt-hour emits ``grid_g_per_kwh``."""
        molar = self.molar_masses.values
        energy = {name: sum(kg) / MJ_PER_MMBTU for name, kg in self.fuels.values.items()}
        return Factors(
            inputs=self.inputs.values,
            carbon=self.carbon.values,
            decay={name: molar["CO2"] / mass for name, mass in molar.items()},
            energy={**energy, "electricity": grid_g_per_kwh / 1_000 / MJ_PER_KWH},
        )


class Gate(_Sheet, frozen=True, kw_only=True):
    """A share that the law asks for from a day on."""

    begin: date = msgspec.field(name="from")
    clause: str
    measure: str
    """``efficiency``, or the element that is recovered."""
    least: float


class Critical(_Sheet, frozen=True, kw_only=True):
    """Products that are critical raw materials."""

    source: str
    items: tuple[str, ...]


class Gates(_Sheet, frozen=True, kw_only=True):
    """``gates.toml``."""

    law: str
    arithmetic: str
    unit: str
    gates: tuple[Gate, ...]
    critical: Critical


class Opinion(_Sheet, frozen=True, kw_only=True):
    """What a source says."""

    about: str
    says: str
    source: str


class Opinions(_Sheet, frozen=True, kw_only=True):
    """``opinions.toml``."""

    opinions: tuple[Opinion, ...]


class Report(_Sheet, frozen=True, kw_only=True):
    """What a source reports of a recovery, as a share from ``least`` to ``most``."""

    route: str
    item: str
    least: float
    most: float
    source: str


class Reports(_Sheet, frozen=True, kw_only=True):
    """``reported.toml``."""

    unit: str
    status: str
    reported: tuple[Report, ...]


def parsed(name: str, data: bytes, kind: type[T]) -> T:
    """Return a table out of its bytes.

    Raises:
        Corrupt: ``recycle.table``: it is not of that kind.
    """
    try:
        return msgspec.toml.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _corrupt(name, str(error)) from error


def check_cells(found: Cells) -> Cells:
    """Return cells whose parts add up, each with the formula of its cathode material.

    Raises:
        Corrupt: ``recycle.table``.
    """
    for name, parts in found.cells.items():
        if abs(sum(parts.values()) - 1) > WHOLE or min(parts.values()) < 0:
            raise _corrupt("cells", f"the parts of {name} add up to {sum(parts.values()):g}")
    for name in (*found.cells, SALT):
        missing = found.formulas.get(name, {"": 0}).keys() - found.atomic_weights.keys()
        if missing:
            raise _corrupt("cells", f"no formula of {name}, or no weight of its elements")
    return found


def check_routes(found: Routes) -> Routes:
    """Return routes whose shares are shares.

    Raises:
        Corrupt: ``recycle.table``.
    """
    for name, process in found.routes.items():
        shares = (*process.recovery.values(), *process.decaying.values())
        if not all(0 <= share <= 1 for share in shares):
            raise _corrupt("routes", f"a share of {name} is not between 0 and 1")
        if CATHODE in process.recovery and {"Li", "Co", "Ni", "Mn"} & process.recovery.keys():
            raise _corrupt("routes", f"{name} recovers cathode material and its elements as well")
    return found


@cache
def cells() -> Cells:
    """Return what cells consist of."""
    return check_cells(_shipped("cells", Cells))


@cache
def routes() -> Routes:
    """Return what routes do."""
    return check_routes(_shipped("routes", Routes))


@cache
def price_lists() -> PriceLists:
    """Return published prices."""
    return _shipped("prices", PriceLists)


@cache
def factor_sheet() -> FactorSheet:
    """Return what things emit."""
    return _shipped("factors", FactorSheet)


@cache
def gates() -> Gates:
    """Return what the law asks."""
    return _shipped("gates", Gates)


@cache
def opinions() -> Opinions:
    """Return what others say."""
    return _shipped("opinions", Opinions)


@cache
def reports() -> Reports:
    """Return what others report of recovery."""
    return _shipped("reported", Reports)


def _shipped(name: str, kind: type[T]) -> T:
    data = files(f"{__package__}.tables").joinpath(f"{name}.toml").read_bytes()
    return parsed(name, data, kind)


def _corrupt(name: str, why: str) -> Corrupt:
    return Corrupt("recycle.table", f"table {name}: {why}", remedy="install cellchain anew")
