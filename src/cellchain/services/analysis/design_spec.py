"""What a pack shall do and what may be chosen: a TOML file.

A variable is a number, which is given, or a pair, between which the search chooses. Units are at
the end of the names; rates are multiples of the capacity, 1/h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.science.design.bill import PARTS
from cellchain.science.design.chemistry import Sourced
from cellchain.science.design.figures import FIGURES
from cellchain.science.design.life import LAWS, YEARS_MAX
from cellchain.science.design.pack import CELL, PACK, PARALLEL_MAX
from cellchain.science.design.search import Range
from cellchain.services.analysis.toml_file import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.science.design.chemistry import Chemistry

Choice = float | tuple[float, float]
OBJECTIVES_MAX = 4
PLATING_LIMIT_V = 0.0
"""Required unless another is: below it lithium may plate."""


class Electrodes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pair of electrodes; what is left out is as in the cell of the parameter set."""

    positive_thickness_um: Choice
    np_ratio: Choice
    positive_foil_um: float
    negative_foil_um: float
    positive_porosity: Choice | None = None
    negative_porosity: Choice | None = None
    positive_radius_um: Choice | None = None
    negative_radius_um: Choice | None = None


class Cylinder(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="cylinder", tag_field="kind"
):
    """A roll in a can."""

    diameter_mm: Choice
    height_mm: Choice
    wall_mm: float
    core_mm: float
    headspace_mm: float
    case_kg_m3: float


class Stack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="stack", tag_field="kind"):
    """Sheets in a pouch or a prismatic can."""

    width_mm: Choice
    height_mm: Choice
    thickness_mm: Choice
    wall_mm: float
    headspace_mm: float
    case_kg_m3: float


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cells in series, and strings of them side by side."""

    series: Choice
    parallel: Choice | None = None
    """Left out: as few as meet energy and power."""
    volume_share: float = 1.0
    mass_share: float = 1.0


class Use(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How it is used, every day the same."""

    temperature_c: float
    cycles_per_day: float
    discharge_rate_per_h: Choice
    charge_rate_per_h: Choice
    soc_low: Choice
    soc_high: Choice
    pulse_s: float
    pulse_soc: float
    end_of_life: float = 0.8


class Search(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long, and from which seed."""

    trials: int
    seconds: float
    seed: int = 0


class Spec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of it."""

    chemistry: str
    require: dict[str, float]
    best: tuple[str, ...]
    """What to be best in; more than one gives a front."""
    electrodes: Electrodes
    cell: Cylinder | Stack
    pack: Pack
    use: Use
    search: Search
    prices: dict[str, Sourced] = {}
    footprints: dict[str, Sourced] = {}

    @property
    def requirements(self) -> dict[str, float]:
        """What must be met."""
        return {"plating_v": PLATING_LIMIT_V, **self.require}

    @property
    def asked(self) -> set[str]:
        """The figures that are needed."""
        return {*self.require, *self.best}

    def numbers(self) -> Iterator[tuple[str, Choice]]:
        """Yield every variable and given number, with its name."""
        for part in (self.electrodes, self.cell, self.pack, self.use):
            for name in part.__struct_fields__:
                if (value := getattr(part, name)) is not None:
                    yield name, value

    def ranges(self) -> dict[str, Range]:
        """Return where each of them may be."""
        return {name: Range(*_pair(value), whole=name in WHOLE) for name, value in self.numbers()}


WHOLE = ("series", "parallel")
_LENGTH_MM = (1.0, 3000.0)
_POROSITY = (0.02, 0.9)
_RADIUS_UM = (0.005, 100.0)
_FOIL_UM = (1.0, 200.0)
_RATE = (0.01, 20.0)
_SHARE = (0.05, 1.0)
LIMITS = {
    "positive_thickness_um": (2.0, 1000.0),
    "np_ratio": (0.5, 4.0),
    "positive_foil_um": _FOIL_UM,
    "negative_foil_um": _FOIL_UM,
    "positive_porosity": _POROSITY,
    "negative_porosity": _POROSITY,
    "positive_radius_um": _RADIUS_UM,
    "negative_radius_um": _RADIUS_UM,
    "diameter_mm": _LENGTH_MM,
    "height_mm": _LENGTH_MM,
    "width_mm": _LENGTH_MM,
    "thickness_mm": _LENGTH_MM,
    "wall_mm": (0.01, 20.0),
    "core_mm": (0.0, 100.0),
    "headspace_mm": (0.0, 200.0),
    "case_kg_m3": (500.0, 12_000.0),
    "series": (1.0, 1000.0),
    "parallel": (1.0, float(PARALLEL_MAX)),
    "volume_share": _SHARE,
    "mass_share": _SHARE,
    "temperature_c": (-30.0, 70.0),
    "cycles_per_day": (0.0, 50.0),
    "discharge_rate_per_h": _RATE,
    "charge_rate_per_h": _RATE,
    "soc_low": (0.0, 0.95),
    "soc_high": (0.05, 1.0),
    "pulse_s": (0.1, 600.0),
    "pulse_soc": (0.02, 1.0),
    "end_of_life": (0.3, 0.98),
}
"""Beyond these a number is of another unit, or a slip."""
_WHOLE_PACK = (1e-6, 1e12)
_OF_A_SIZE = (1e-6, 1e6)
REQUIRED = {
    "energy_wh": _WHOLE_PACK,
    "mean_power_w": _WHOLE_PACK,
    "pulse_power_w": _WHOLE_PACK,
    "life_years": (0.01, YEARS_MAX),
    "charge_share": (0.001, 1.0),
    "plating_v": (-1.0, 1.0),
    "heat_w": _WHOLE_PACK,
    "volume_l": _WHOLE_PACK,
    "mass_kg": _WHOLE_PACK,
    "energy_wh_per_l": _OF_A_SIZE,
    "energy_wh_per_kg": _OF_A_SIZE,
    "cost_per_kwh": (1e-6, 1e12),  # in any money
    "co2_kg_per_kwh": _OF_A_SIZE,
}
"""The same of what is required."""


def parse_spec(data: bytes) -> Spec:
    """Return what a file says.

    Raises:
        Refused: ``design.malformed``: it is none; ``design.range``: a number is beyond reason;
            ``design.figure``: a requirement or objective is none of ours.
    """
    try:
        spec = decoded(data, Spec)
    except ValueError as error:
        raise Refused(
            "design.malformed", f"no specification: {error}", remedy="begin with --template"
        ) from error
    for name, value in spec.numbers():
        _check_range(name, *_pair(value), LIMITS[name])
    _check_range("trials", spec.search.trials, spec.search.trials, (1, 100_000))
    _check_range("seconds", spec.search.seconds, spec.search.seconds, (1, 30 * 86_400))
    _check_range("seed", spec.search.seed, spec.search.seed, (0, 2**32 - 1))
    if _pair(spec.use.soc_low)[1] >= _pair(spec.use.soc_high)[0]:
        raise _range("soc_low reaches soc_high", "let the window of use never be empty")
    _check_goal(spec)
    return spec


def check_known(spec: Spec, chemistry: Chemistry) -> None:
    """Refuse to answer what nobody has told the numbers for.

    Raises:
        Refused: ``design.no_life_law``, ``design.no_densities``, ``design.no_prices``,
            ``design.no_footprints``.
    """
    priced = {
        "cost_per_kwh": ("design.no_prices", "prices", spec.prices),
        "co2_kg_per_kwh": ("design.no_footprints", "footprints", spec.footprints),
    }
    if "life_years" in spec.asked and chemistry.life not in LAWS:
        raise Refused(
            "design.no_life_law",
            f"life_years is asked for, and no law of ageing is known for {chemistry.title}",
            remedy=f"drop it, or name a law as life in a chemistry of your own: {', '.join(LAWS)}",
        )
    by_mass = {"mass_kg", "energy_wh_per_kg", *priced} & spec.asked
    by_mass |= {figure for figure, (_, _, known) in priced.items() if known}
    lacking = {"positive", "negative"} - chemistry.densities_kg_m3.keys()
    if by_mass and lacking:
        raise Refused(
            "design.no_densities",
            f"{min(by_mass)} wants masses, and {chemistry.title} has no density of "
            f"{' and '.join(sorted(lacking))}",
            remedy="drop it, or give densities_kg_m3 in a chemistry of your own",
        )
    for figure, (code, table, known) in priced.items():
        lacking = set(PARTS) - known.keys()
        strange = known.keys() - {*PARTS, CELL, PACK}
        if lacking and (figure in spec.asked or known):
            _refuse_unpriced(code, table, figure, lacking)
        if strange:
            raise Refused(code, f"[{table}] has {min(strange)!a}, no part of a cell",
                          remedy=f"the parts are {', '.join((*PARTS, CELL, PACK))}")  # fmt: skip


def _refuse_unpriced(code: str, table: str, figure: str, lacking: set[str]) -> None:
    raise Refused(
        code,
        f"{figure} wants [{table}] of every part, and nothing is said of "
        f"{', '.join(part for part in PARTS if part in lacking)}",
        remedy=f'none ships: [{table}.case] value = …, range = [lowest, highest], source = "…"',
    )


def _check_goal(spec: Spec) -> None:
    strange = sorted(spec.asked - FIGURES.keys())
    if strange:
        raise Refused(
            "design.figure",
            f"{strange[0]!a} is no figure of a pack",
            remedy=f"they are {', '.join(FIGURES)}",
        )
    if not 1 <= len(spec.best) <= OBJECTIVES_MAX or len(set(spec.best)) < len(spec.best):
        raise Refused(
            "design.objectives",
            f"best names {list(spec.best)}",
            remedy=f"name one to {OBJECTIVES_MAX} different figures",
        )
    for name, limit in spec.require.items():
        _check_range(f"require {name}", limit, limit, REQUIRED[name])


def _check_range(name: str, low: float, high: float, limits: tuple[float, float]) -> None:
    if not (limits[0] <= low <= high <= limits[1]):
        told = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        raise _range(f"{name} = {told}", f"between {limits[0]:g} and {limits[1]:g}, lowest first")
    if name in WHOLE and not (float(low).is_integer() and float(high).is_integer()):
        raise _range(f"{name} = {low:g} to {high:g}", "whole numbers")


def _pair(value: Choice) -> tuple[float, float]:
    return value if isinstance(value, tuple) else (value, value)


def _range(what: str, remedy: str) -> Refused:
    return Refused("design.range", what, remedy=remedy)


TEMPLATE = """\
# What a pack shall do, and what may be chosen. A number is given; a pair is searched between.
chemistry = "lfp"           # one that ships (lfp, ncm811, sodium), or a file of yours: "mine.toml"

# Objectives; more than one gives a Pareto front. At most four.
best = ["volume_l", "life_years"]

[require]                   # at least, or at most, as the figure has it
energy_wh = 50_000          # of a discharge through the window of use
pulse_power_w = 100_000     # at the end of the pulse below
life_years = 8
charge_share = 0.9          # of the window that the charge of use fills before the voltage limit
# volume_l, mass_kg, energy_wh_per_l, energy_wh_per_kg, mean_power_w, heat_w
# cost_per_kwh, co2_kg_per_kwh: want [prices], [footprints]
# plating_v = 0.0           # required unless you say otherwise

[electrodes]
positive_thickness_um = [50, 120]
positive_porosity = [0.25, 0.45]   # porosities and radii may be left out: as in the set's cell
negative_porosity = [0.25, 0.45]
np_ratio = [1.05, 1.3]
positive_foil_um = 15
negative_foil_um = 10

[cell]                      # or "cylinder": diameter_mm, height_mm, core_mm, no width, thickness
kind = "stack"
width_mm = 174
height_mm = 207
thickness_mm = [30, 72]
wall_mm = 0.8
headspace_mm = 8
case_kg_m3 = 2700           # aluminium

[pack]
series = 112
# parallel = [1, 4]         # left out: as few as meet energy and power
volume_share = 0.65         # of the cells in the volume of the pack
mass_share = 0.75

[use]
temperature_c = 25
cycles_per_day = 1
discharge_rate_per_h = 0.5
charge_rate_per_h = 0.5
soc_low = [0.0, 0.2]
soc_high = [0.8, 1.0]
pulse_s = 10
pulse_soc = 0.5
end_of_life = 0.8

[search]
trials = 150                # a second or two each, sodium five; more find more
seconds = 1800              # a search that time ends is not the same twice
seed = 0

# Per kilogram of each part of a cell, in any money; per piece of cell and pack. None ships.
# [prices.positive]
# value = 0.0
# range = [0.0, 0.0]
# source = "who says so"
# … negative, additives, electrolyte, separator, positive_foil, negative_foil, case; cell, pack
# [footprints.positive]     # kg of CO2 equivalents, likewise
"""
