"""The fleet: every battery of the story, what is wrong with it, and how it ages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from cellchain.core.names import BatteryId, DeviceId, battery_id, gtin_check_digit
from cellchain.core.quantities import PPM
from cellchain.science.ageing import DAY_S, Use, capacity_loss, resistance_gain
from cellchain.services.demo.recipe import CELLS_PER_MODULE, CELLS_PER_PACK, MODULES_PER_PACK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.science.portable import Floats
    from cellchain.services.demo.dice import Dice

FaultKind = Literal[
    "soft_short",
    "resistive_joint",
    "coolant_failure",
    "stuck_sensor",
    "offset_sensor",
    "capacity_knee",
]
FAULTS: tuple[tuple[FaultKind, int, str], ...] = (
    ("soft_short", 60, "ohm across one cell"),
    ("resistive_joint", 400, "micro-ohm in front of one cell"),
    ("coolant_failure", 100_000, "ppm of the cooling is left"),
    ("stuck_sensor", 303_150, "millikelvin, whatever the temperature is"),
    ("offset_sensor", 18, "millivolt too much at one cell"),
    ("capacity_knee", 500, "full cycles until fading speeds up"),
)
"""Kind, size, and what the size counts."""
REPAIRABLE = ("soft_short", "resistive_joint")
"""What the workshop finds and mends by a new module."""
BY_SERIAL = 50
"""One battery in so many has cells with serial numbers of their own; the others, lots of cells."""
RECORDED = 8
"""One battery in so many has its readings recorded, or more of few."""
RECORDED_MIN = 10
LEVELS = ("cell", "module", "pack", "vehicle", "cabinet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something planted for others to find."""

    kind: FaultKind
    size: int
    counts: str
    place: int
    """Number of the cell, or of the temperature probe, from 1; 0: the whole battery."""
    from_drive: int
    """The first of the recorded drives that shows it, from 1."""

    def shows(self, drive: int) -> bool:
        """Whether it is there at a drive."""
        return drive >= self.from_drive and (self.until_drive is None or drive <= self.until_drive)

    @property
    def until_drive(self) -> int | None:
        """The last of the drives that shows it; ``None``: it stays."""
        return 2 if self.kind in REPAIRABLE else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """A pack and the car that it was built for."""

    number: int
    """From 1."""
    pack: BatteryId
    modules: tuple[BatteryId, ...]
    cells: tuple[BatteryId, ...]
    """Empty where cells are followed by lot only."""
    vehicle: BatteryId
    device: DeviceId | None
    """Its battery management system, where its readings are recorded."""
    fault: Fault | None


class Fleet:
    """All batteries.

    Args:
        dice: Gives serials, faults and usage.
        count: How many, at least 1.
    """

    def __init__(self, dice: Dice, count: int) -> None:
        recorded = _recorded(count)
        self.batteries = tuple(
            _battery(dice, number, count, recorded) for number in range(1, count + 1)
        )
        self._use = _usage(dice, self.batteries)

    @property
    def recorded(self) -> list[Battery]:
        """Those whose readings are recorded."""
        return [battery for battery in self.batteries if battery.device]

    @property
    def served(self) -> list[Battery]:
        """Those that the workshop gives a new module; the first, where none needs one."""
        ill = [b for b in self.batteries if b.fault and b.fault.kind in REPAIRABLE]
        return ill or [self.batteries[0]]

    def capacity_ppm(self, days: int) -> list[int]:
        """Return what is left of the capacity of each after ``days`` of use."""
        left = 1.0 - capacity_loss(self._after(days))
        return [int(share) for share in np.rint(left * PPM)]

    def loss(self, days: int) -> Floats:
        """Return the fraction of capacity lost of each, shape (count,)."""
        return capacity_loss(self._after(days))

    def gain(self, days: int) -> Floats:
        """Return the growth of the resistance of each, shape (count,)."""
        return resistance_gain(self._after(days))

    def cycles(self, days: int) -> list[int]:
        """Return the full cycles of each after ``days`` of use."""
        return [int(n) for n in np.floor(self._after(days).full_cycles)]

    def weakest_first(self, days: int) -> list[Battery]:
        """Return all batteries, the one with the least capacity first."""
        left = self.capacity_ppm(days)
        return sorted(
            self.batteries, key=lambda battery: (left[battery.number - 1], battery.number)
        )

    def _after(self, days: int) -> Use:
        use = self._use
        return Use(
            age_s=np.full(len(self.batteries), days * DAY_S),
            full_cycles=use.full_cycles * days,
            temperature_k=use.temperature_k,
            voltage_v=use.voltage_v,
            depth=use.depth,
            knee_cycles=use.knee_cycles,
        )


def item_id(dice: Dice, level: str, serial: str) -> BatteryId:
    """Return the name of an item: its trade item number, and its serial with three letters."""
    digits = f"09506000134{LEVELS.index(level) + 60:02}"  # GS1's own prefix for examples
    gtin = digits + gtin_check_digit(digits)
    return battery_id(gtin, f"{serial}-{dice.letters(3, f'{level} {serial}')}")


def _recorded(count: int) -> dict[int, int]:
    """Number of each recorded battery → its place among them, evenly spread."""
    share = min(count, max(RECORDED_MIN, count // RECORDED))
    return {place * count // share + 1: place for place in range(share)}


def _battery(dice: Dice, number: int, count: int, recorded: dict[int, int]) -> Battery:
    serial = f"P{number:05}"
    named_cells = CELLS_PER_PACK if number <= max(1, count // BY_SERIAL) else 0
    place = recorded.get(number)
    modules = [item_id(dice, "module", f"{serial}M{m + 1}") for m in range(MODULES_PER_PACK)]
    cells = [item_id(dice, "cell", f"{serial}C{c + 1:02}") for c in range(named_cells)]
    return Battery(
        number=number,
        pack=item_id(dice, "pack", serial),
        modules=tuple(modules),
        cells=tuple(cells),
        vehicle=item_id(dice, "vehicle", f"V{number:05}"),
        device=None if place is None else DeviceId(f"simulated-bms-{number:05}"),
        fault=_fault(dice, number, place),
    )


def _fault(dice: Dice, number: int, place: int | None) -> Fault | None:
    """Every second recorded battery has one, in the order of `FAULTS`."""
    if place is None or place % 2:
        return None
    kind, size, counts = FAULTS[place // 2 % len(FAULTS)]
    cell = dice.below(CELLS_PER_PACK, f"faulty cell {number}") + 1
    where = {
        "coolant_failure": 0,
        "capacity_knee": 0,
        "stuck_sensor": (cell - 1) // CELLS_PER_MODULE + 1,
    }
    return Fault(
        kind=kind,
        size=size,
        counts=counts,
        place=where.get(kind, cell),
        from_drive=3 if kind == "capacity_knee" else 2,
    )


def _usage(dice: Dice, batteries: Sequence[Battery]) -> Use:
    """How each is used: full cycles *a day*, and what ages it; sharing a car is hard on it."""
    shape = (len(batteries),)
    knees = [
        b.fault.size if b.fault and b.fault.kind == "capacity_knee" else 10**9 for b in batteries
    ]
    return Use(
        age_s=np.zeros(shape),
        full_cycles=1.5 + 0.6 * dice.spread(shape, "daily cycles"),
        temperature_k=297.0 + 5.0 * dice.spread(shape, "mean temperature"),
        voltage_v=3.75 + 0.08 * dice.spread(shape, "mean voltage"),
        depth=0.55 + 0.2 * dice.spread(shape, "depth"),
        knee_cycles=np.array(knees, dtype=np.float64),
    )
