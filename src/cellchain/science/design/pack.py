"""A design from electrodes to pack, and its figures.

    energy_wh         a discharge through the window of use, at the rate of use
    mean_power_w      of that discharge
    pulse_power_w     at the end of the strongest pulse, every cell at its lower voltage limit
    life_years        until the capacity has fallen to the end of life
    charge_share      of the window that the charge of use fills before the upper voltage limit
    plating_v         lowest potential of the negative electrode on that charge
    heat_w            mean loss to overpotentials on the discharge
    volume_l, mass_kg cells, and what the pack adds by its shares
    cost_per_kwh, co2_kg_per_kwh    of the parts, to ``energy_wh``

All cells are alike; connections have no resistance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.design import bill
from cellchain.science.design.cell import Failed
from cellchain.science.design.figures import GROWING
from cellchain.science.design.life import LAWS, Duty, life_years

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cellchain.science.design.cell import Electrodes, Foils, Format
    from cellchain.science.design.chemistry import Chemistry, Sourced
    from cellchain.science.design.physics import Physics
    from cellchain.science.design.simulation import Performance, Use
    from cellchain.science.portable import Floats

CELL, PACK = "cell", "pack"
"""What has a price, or a footprint, by the piece, besides the parts by mass."""
PARALLEL_MAX = 100_000
"""Strings side by side; more is another unit, or a slip."""
_ZERO_C_K = 273.15
_M3_L = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What is chosen."""

    electrodes: Electrodes
    format: Format
    use: Use
    series: int
    parallel: int | None
    """None: as few as meet what grows with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is the same for every design of a search."""

    chemistry: Chemistry
    foils: Foils
    case_kg_m3: float
    cycles_per_day: float
    end_of_life: float
    volume_share: float
    """Of the cells in the volume of the pack, above 0, at most 1."""
    mass_share: float
    prices: Mapping[str, Sourced] = field(default_factory=dict)
    """Per kilogram of each part of a cell, perhaps by ``cell`` and ``pack``; empty: not asked."""
    footprints: Mapping[str, Sourced] = field(default_factory=dict)
    """Kilograms of CO2 equivalents, as prices."""
    requirements: Mapping[str, float] = field(default_factory=dict)

    @property
    def weighs(self) -> bool:
        """Whether the densities of all parts are known."""
        return {"positive", "negative"} <= self.chemistry.densities_kg_m3.keys()


@dataclass(frozen=True, slots=True)
class Built:
    """A design with its figures."""

    figures: dict[str, float]
    told: dict[str, float]
    """More to be told, no figure to be asked for."""
    doubts: tuple[str, ...]


def built(design: Design, setting: Setting, physics: Physics) -> Built:
    """Return the figures of a design.

    Raises:
        Failed: It cannot be built or solved.
    """
    sheet = physics.sheet(design.electrodes)
    turn_m = sheet.turn_m(design.electrodes, setting.foils, physics.separator_m)
    area_m2 = design.format.area_m2(turn_m)
    done = physics.performance(design.electrodes, sheet, area_m2, design.use)
    of_string = _growing(done, design.series)
    parallel = design.parallel or _fewest(of_string, setting.requirements)
    cells = design.series * parallel
    figures = {name: parallel * value for name, value in of_string.items()}
    figures |= {
        "charge_share": done.charge_share,
        "plating_v": done.plating_v,
        "heat_w": cells * done.heat_w,
        "volume_l": cells * design.format.volume_m3 * _M3_L / setting.volume_share,
    }
    figures["energy_wh_per_l"] = figures["energy_wh"] / figures["volume_l"]
    told = {
        "parallel": float(parallel),
        "capacity_ah": done.capacity_ah * parallel,
        "voltage_v": done.energy_wh / (done.depth * done.capacity_ah) * design.series,
        "depth": done.depth,
        "negative_thickness_um": sheet.negative_thickness_m * 1e6,
        "cell_area_m2": area_m2,
    }
    doubts = [*done.doubts]
    if setting.weighs:
        masses_kg = bill.masses_kg(
            setting.chemistry,
            sheet.volumes,
            area_m2=area_m2,
            foils=setting.foils,
            case_m3=design.format.case_m3,
            case_kg_m3=setting.case_kg_m3,
        )
        _weigh(figures, told, masses_kg, cells, setting)
    _outlive(figures, doubts, design, done, setting)
    celsius = design.use.temperature_k - _ZERO_C_K
    fitted = setting.chemistry.fitted.doubts(celsius, design.use.discharge_rate_per_h)
    return Built(figures, told, (*doubts, *fitted))


def _growing(done: Performance, series: int) -> dict[str, float]:
    return {
        "energy_wh": series * done.energy_wh,
        "mean_power_w": series * done.energy_wh / done.duration_s * 3600.0,
        "pulse_power_w": series * done.pulse_power_w,
    }


def _fewest(of_string: Mapping[str, float], requirements: Mapping[str, float]) -> int:
    """Return the fewest strings side by side that meet what grows with them; at least one.

    Raises:
        Failed: More than `PARALLEL_MAX`.
    """
    strings = {
        name: requirements[name] / of_string[name]
        for name in GROWING
        if name in requirements and of_string[name] > 0
    }
    for name, count in strings.items():
        if not count <= PARALLEL_MAX:
            raise Failed(
                f"{name} wants too many strings side by side:"
                f" {count:.3g}, and {PARALLEL_MAX} are the most"
            )
    return max([1, *map(math.ceil, strings.values())])


def _weigh(
    figures: dict[str, float],
    told: dict[str, float],
    masses_kg: Mapping[str, Floats],
    cells: int,
    setting: Setting,
) -> None:
    """Add what follows from the masses of the parts of a cell."""
    mass_kg = cells * np.sum(list(masses_kg.values()), axis=0) / setting.mass_share
    figures["mass_kg"] = float(mass_kg[0])
    figures["energy_wh_per_kg"] = figures["energy_wh"] / figures["mass_kg"]
    told |= {"mass_kg_lo": float(mass_kg[1]), "mass_kg_hi": float(mass_kg[2])}
    for name, rates in (("cost_per_kwh", setting.prices), ("co2_kg_per_kwh", setting.footprints)):
        if rates:
            whole = cells * bill.total(masses_kg, rates)
            for piece, count in ((CELL, cells), (PACK, 1)):
                if piece in rates:
                    whole = whole + count * bill.spread(rates[piece])
            value, low, high = (whole / figures["energy_wh"] * 1000.0).tolist()
            figures[name] = value
            told |= {f"{name}_lo": low, f"{name}_hi": high}


def _outlive(
    figures: dict[str, float],
    doubts: list[str],
    design: Design,
    done: Performance,
    setting: Setting,
) -> None:
    """Add how long it lasts, where a law is published for the chemistry."""
    law = LAWS.get(setting.chemistry.life)
    if law is None:
        return
    use = design.use
    duty = Duty(
        cycles_per_day=setting.cycles_per_day,
        depth=done.depth,
        mean_soc=use.soc_high - done.depth / 2,
        mean_voltage_v=done.mean_ocv_v,
        mean_rate_per_h=(use.discharge_rate_per_h + use.charge_rate_per_h) / 2,
        temperature_k=use.temperature_k,
    )
    figures["life_years"] = life_years(law, duty, setting.end_of_life)
    doubts.append(f"the law of life was fitted to {law.cell}")
    doubts.extend(law.doubts(duty))
