"""Bill of materials: what a battery of the demo is made of, and what it takes to get there.

A pack of 96 cells in 8 modules, 21 kWh and about 130 kg, as in a small city car of the 2010s.
Masses, assays and recoveries are typical values in round numbers, chosen for the story and not
measured: shares of a cell after Dai, Kelly, Gaines and Wang, Batteries 5 (2019) 48 (GREET); ore
grades after the Mineral Commodity Summaries of the US Geological Survey; stoichiometry for
salts, precursor and cathode; recoveries of recycling as in Regulation (EU) 2023/1542 Annex XII
part C for the end of 2027.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cellchain.core.quantities import PPM

Assay = Mapping[str, int]

GRAM_MG = 1_000
KILOGRAM_MG = 1_000_000

CELLS_PER_MODULE = 12
MODULES_PER_PACK = 8
CELLS_PER_PACK = CELLS_PER_MODULE * MODULES_PER_PACK
CELL_CAPACITY_MAH = 60_000
CELL_NOMINAL_MV = 3_700
PACK_ENERGY_WH = CELLS_PER_PACK * CELL_CAPACITY_MAH * CELL_NOMINAL_MV // 10**6


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """From an ore to what the cell maker buys, for one element."""

    code: str
    element: str
    ore: str
    ore_ppm: int
    """Grade of the ore."""
    concentrate: str
    concentrate_ppm: int
    product: str
    product_ppm: int
    milled_ppm: int
    """Recovery from ore to concentrate."""
    refined_ppm: int
    """Recovery from concentrate to product."""
    reagent: str = ""
    reagent_ppm: int = 0
    """Mass of reagents, as a share of the product."""
    pit: str


ROUTES = (
    Route(
        code="NI", element="Ni", ore="nickel sulphide ore", ore_ppm=18_000,
        concentrate="nickel concentrate", concentrate_ppm=120_000,
        product="nickel sulphate hexahydrate", product_ppm=223_300,
        milled_ppm=820_000, refined_ppm=950_000,
        reagent="sulphuric acid and water", reagent_ppm=500_000, pit="north pit, Finland",
    ),
    Route(
        code="CO", element="Co", ore="copper-cobalt ore", ore_ppm=6_000,
        concentrate="cobalt hydroxide", concentrate_ppm=300_000,
        product="cobalt sulphate heptahydrate", product_ppm=209_600,
        milled_ppm=750_000, refined_ppm=950_000,
        reagent="sulphuric acid and water", reagent_ppm=800_000, pit="south pit, Zambia",
    ),
    Route(
        code="MN", element="Mn", ore="manganese ore", ore_ppm=380_000,
        concentrate="manganese concentrate", concentrate_ppm=480_000,
        product="manganese sulphate monohydrate", product_ppm=325_000,
        milled_ppm=900_000, refined_ppm=920_000,
        reagent="sulphuric acid and water", reagent_ppm=600_000, pit="east pit, South Africa",
    ),
    Route(
        code="LI", element="Li", ore="spodumene ore", ore_ppm=6_500,
        concentrate="spodumene concentrate", concentrate_ppm=27_900,
        product="lithium hydroxide monohydrate", product_ppm=165_300,
        milled_ppm=750_000, refined_ppm=880_000,
        reagent="lime and water", reagent_ppm=300_000, pit="west pit, Australia",
    ),
    Route(
        code="GR", element="C", ore="graphite ore", ore_ppm=120_000,
        concentrate="flake graphite", concentrate_ppm=950_000,
        product="spherical graphite", product_ppm=999_000,
        milled_ppm=850_000, refined_ppm=500_000, pit="hill pit, Mozambique",
    ),
)  # fmt: skip

PRECURSOR_ASSAY: Assay = {"Ni": 382_800, "Co": 128_100, "Mn": 119_400}
"""Ni0.6Co0.2Mn0.2(OH)2, 92.0 g/mol."""
CATHODE_ASSAY: Assay = {"Li": 71_600, "Ni": 363_300, "Co": 121_600, "Mn": 113_400}
"""LiNi0.6Mn0.2Co0.2O2, 96.9 g/mol."""
PRECURSOR_PER_CATHODE_PPM = 960_000
"""By stoichiometry 949 100, and a hundredth lost."""
LITHIUM_EXCESS_PPM = 1_030_000
"""Some lithium leaves the kiln."""
SALT_EXCESS_PPM = 1_010_000
BASE_PER_PRECURSOR_PPM = 900_000
"""Sodium hydroxide and ammonia."""
SCRAP_PPM = 1_040_000
"""What goes into a cell line, per part that comes out."""

CATHODE_PER_CELL_MG = 345 * GRAM_MG
GRAPHITE_PER_CELL_MG = 215 * GRAM_MG


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """A material whose origin the book does not know."""

    code: str
    material: str
    each_mg: int
    assay_ppm: Assay


CELL_PARTS = (
    Bought(code="CUFOIL", material="copper foil", each_mg=85 * GRAM_MG, assay_ppm={"Cu": 999_000}),
    Bought(
        code="ALFOIL", material="aluminium foil", each_mg=45 * GRAM_MG, assay_ppm={"Al": 995_000}
    ),
    Bought(
        code="LIPF6", material="electrolyte", each_mg=140 * GRAM_MG,
        assay_ppm={"F": 97_000, "Li": 5_900, "P": 26_400},
    ),
    Bought(code="POUCH", material="separator, pouch, tabs", each_mg=70 * GRAM_MG, assay_ppm={}),
)  # fmt: skip
CELL_MG = CATHODE_PER_CELL_MG + GRAPHITE_PER_CELL_MG + sum(part.each_mg for part in CELL_PARTS)
"""0.9 kg."""
HOUSING = Bought(
    code="HOUSING", material="module housing", each_mg=1_200 * GRAM_MG, assay_ppm={"Al": 700_000}
)
PACK_PARTS = (
    Bought(
        code="CASE", material="pack case and cooling", each_mg=26 * KILOGRAM_MG,
        assay_ppm={"Al": 850_000},
    ),
    Bought(
        code="BMS", material="electronics, busbars, cables", each_mg=6 * KILOGRAM_MG,
        assay_ppm={"Cu": 450_000},
    ),
)  # fmt: skip
CAR_BODY = Bought(
    code="BODY", material="car without battery", each_mg=880 * KILOGRAM_MG,
    assay_ppm={"Al": 90_000, "Fe": 620_000},
)  # fmt: skip
CABINET = Bought(
    code="CABINET", material="storage cabinet", each_mg=420 * KILOGRAM_MG,
    assay_ppm={"Fe": 800_000},
)  # fmt: skip

RECOVERED_PPM = {"Co": 900_000, "Cu": 900_000, "Li": 500_000, "Ni": 900_000}
"""Annex XII part C point 1: to be recovered by 31 December 2027."""


def feed_mg(product_mg: int, product_ppm: int, feed_ppm: int, recovery_ppm: int = PPM) -> int:
    """Return how much of a feed gives ``product_mg``, rounded up.

    Args:
        product_mg: Mass of the product.
        product_ppm: Share of the element in it.
        feed_ppm: Share of the element in the feed.
        recovery_ppm: Share of the element that is not lost.
    """
    return -(-product_mg * product_ppm * PPM // (feed_ppm * recovery_ppm))


def cell_assay() -> Assay:
    """Return what a cell consists of, each share rounded down."""
    graphite = {"C": ROUTES[-1].product_ppm}
    parts = [(CATHODE_PER_CELL_MG, CATHODE_ASSAY), (GRAPHITE_PER_CELL_MG, graphite)]
    parts += [(part.each_mg, part.assay_ppm) for part in CELL_PARTS]
    total: dict[str, int] = {}
    for mass_mg, assay_ppm in parts:
        for element, share_ppm in assay_ppm.items():
            total[element] = total.get(element, 0) + mass_mg * share_ppm
    return {element: mass // CELL_MG for element, mass in sorted(total.items())}
