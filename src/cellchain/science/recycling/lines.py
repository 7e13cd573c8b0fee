r"""The balance of a kilogram of cell on a route, line by line.

Every line is an amount times a rate, so that each figure shows its own working:

    recovered   kg in the cell × share recovered                                    kg
    contained   kg of cathode material recovered × mass share of an element in it   kg
    revenue     kg of product × price                                               USD
    reagent     kg of input × price                                                 USD
    gate_fee    1 kg of cell × what the recycler pays for it; below 0, is paid      USD
    upstream    kg of input × what making a kilogram emitted                        kg CO2e
    burning     kg of carbon burnt × $44.01 / 12.011$                               kg CO2
    decay       kg of input that decays or escapes × CO2 that a kilogram gives      kg CO2
    energy      MJ of a carrier × what a megajoule emits                            kg CO2e

Lithium is sold as carbonate: its kilograms are multiplied by $73.891 / (2 \cdot 6.94)$. Cathode
material that is recovered as such is sold as such; what it contains is told beside it, and counted
once. Energy, labour, capital and transport cost nothing here, and nothing is credited for materials
that need not be made anew.

Source: the arithmetic of Argonne's EverBatt (ANL-19/16), per kilogram of cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Kind: TypeAlias = Literal[
    "recovered", "contained", "revenue", "reagent", "gate_fee",
    "upstream", "burning", "decay", "energy",
]  # fmt: skip
EMITTING: tuple[Kind, ...] = ("upstream", "burning", "decay", "energy")
CARBONATE_PER_LITHIUM = 73.891 / (2 * 6.94)
"""Kilograms of lithium carbonate that hold a kilogram of lithium."""
CARBON_DIOXIDE_PER_CARBON = 44.01 / 12.011
CATHODE, SALT, LITHIUM = "cathode", "lipf6", "Li"
PRODUCT_OF = {
    "pp": "plastics", "pe": "plastics", "pet": "plastics", "ec": "solvents", "dmc": "solvents",
}  # fmt: skip
"""Parts of a cell that leave it as one product; any other is a product of its own name."""
METALS = ("Li", "Co", "Ni", "Mn")
"""What is recovered out of cathode material."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a kilogram of cell consists of."""

    material: str
    """What its cathode material is sold as."""
    parts: Mapping[str, float]
    """Kilograms of each part, `CATHODE` and `SALT` among them."""
    cathode: Mapping[str, float]
    """Mass shares of the elements in the cathode material."""
    salt: Mapping[str, float]
    """Mass shares of the elements in the salt of the electrolyte."""

    def element_kg(self, element: str) -> float:
        """Return how much of an element is in it: in foils, cathode material and salt."""
        return (
            self.parts.get(element, 0.0)
            + self.parts[CATHODE] * self.cathode.get(element, 0.0)
            + self.parts[SALT] * self.salt.get(element, 0.0)
        )


@dataclass(frozen=True, slots=True)
class Route:
    """What a route does to a kilogram of cell."""

    recovery: Mapping[str, float]
    """Share of each product that is recovered: parts, elements of the cathode, or `CATHODE`."""
    inputs_kg: Mapping[str, float]
    burnt: tuple[str, ...]
    """Parts whose share that is not recovered burns."""
    decaying: Mapping[str, float]
    """Share of inputs that decays or escapes as CO2."""
    energy_mj: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Prices:
    """USD a kilogram."""

    products: Mapping[str, float]
    inputs: Mapping[str, float]
    spent_cell: float
    """What the recycler pays for a kilogram of spent cell; below 0 where it is paid."""


@dataclass(frozen=True, slots=True)
class Factors:
    """What things emit."""

    inputs: Mapping[str, float]
    """Making a kilogram, kg CO2e."""
    carbon: Mapping[str, float]
    """Kilograms of carbon in a kilogram of each part that burns."""
    decay: Mapping[str, float]
    """Kilograms of CO2 that a kilogram of an input gives when it decays."""
    energy: Mapping[str, float]
    """A megajoule of each carrier, kg CO2e."""


@dataclass(frozen=True, slots=True)
class Line:
    """An amount times a rate, per kilogram of cell."""

    kind: Kind
    item: str
    amount: float
    rate: float

    @property
    def value(self) -> float:
        """What the line adds."""
        return self.amount * self.rate


def balance(cell: Cell, route: Route, prices: Prices, factors: Factors) -> tuple[Line, ...]:
    """Return every line of a kilogram of cell on a route, zeros left out."""
    recovered = tuple(_recovered(cell, route))
    lines = (
        *recovered,
        *_contained(cell, recovered),
        *(_revenue(cell, line, prices) for line in recovered),
        *_inputs("reagent", route, prices.inputs),
        Line("gate_fee", "spent cell", 1.0, prices.spent_cell),
        *_inputs("upstream", route, factors.inputs),
        *_burning(cell, route, factors),
        *(
            Line("decay", item, route.inputs_kg[item] * share, factors.decay[item])
            for item, share in route.decaying.items()
        ),
        *(Line("energy", item, mj, factors.energy[item]) for item, mj in route.energy_mj.items()),
    )
    return tuple(line for line in lines if line.amount)


def total(lines: Iterable[Line], *kinds: Kind) -> float:
    """Return the sum of the lines of some kinds."""
    return sum(line.value for line in lines if line.kind in kinds)


def item_kg(lines: Iterable[Line], item: str) -> float:
    """Return how much of an item is recovered, by itself or within cathode material, kg."""
    kinds = ("recovered", "contained")
    return sum(line.value for line in lines if line.kind in kinds and line.item == item)


def _recovered(cell: Cell, route: Route) -> Iterator[Line]:
    held: dict[str, float] = {}
    for part, kg in cell.parts.items():
        product = PRODUCT_OF.get(part, part)
        held[product] = held.get(product, 0.0) + kg
    for metal in METALS:
        held[metal] = cell.parts[CATHODE] * cell.cathode.get(metal, 0.0)
    for product, share in route.recovery.items():
        yield Line("recovered", product, held[product], share)


def _contained(cell: Cell, recovered: Iterable[Line]) -> Iterator[Line]:
    for line in recovered:
        if line.item == CATHODE:
            for metal in METALS:
                if metal in cell.cathode:
                    yield Line("contained", metal, line.value, cell.cathode[metal])


def _revenue(cell: Cell, line: Line, prices: Prices) -> Line:
    if line.item == LITHIUM:
        product, kg = "Li2CO3", line.value * CARBONATE_PER_LITHIUM
    else:
        product, kg = (cell.material if line.item == CATHODE else line.item), line.value
    return Line("revenue", product, kg, prices.products[product])


def _inputs(kind: Kind, route: Route, rates: Mapping[str, float]) -> Iterator[Line]:
    return (Line(kind, item, kg, rates[item]) for item, kg in route.inputs_kg.items())


def _burning(cell: Cell, route: Route, factors: Factors) -> Iterator[Line]:
    for part in route.burnt:
        left = 1.0 - route.recovery.get(PRODUCT_OF.get(part, part), 0.0)
        carbon_kg = cell.parts[part] * left * factors.carbon[part]
        yield Line("burning", part, carbon_kg, CARBON_DIOXIDE_PER_CARBON)
