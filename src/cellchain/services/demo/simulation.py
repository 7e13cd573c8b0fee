"""Drives that never happened: readings from our own cell model, for the batteries on record.

Each drive is an hour: half of it in town, a pause, a charge. Every reading is *simulated*: the name
of the device and of the boot say so wherever the reading goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.quantities import PPM
from cellchain.core.readings import Channel, make_layout
from cellchain.core.time import DAY_MS, HOUR_MS, SECOND_MS
from cellchain.science.circuit import Circuit, State, at_rest, stepped, terminal_voltage
from cellchain.services.demo.recipe import CELL_CAPACITY_MAH, CELLS_PER_MODULE, CELLS_PER_PACK
from cellchain.services.gateway.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cellchain.science.portable import Floats
    from cellchain.services.demo.dice import Dice
    from cellchain.services.demo.fleet import Battery, Fleet

    Integers = NDArray[np.int64]

STEP_S = 15
STEPS = 240
MINUTE_STEPS = 60 // STEP_S
DRIVE_STEPS, REST_STEPS = 120, 30
PROBES = CELLS_PER_PACK // CELLS_PER_MODULE
CELL_CAPACITY_C = CELL_CAPACITY_MAH * 3.6
DRAINED_S = 2 * 86_400.0
"""How long a short has drained its cell since the cells were last balanced."""

LAYOUT = make_layout(
    [
        Channel(name="battery_current_ma", unit="mA"),
        Channel(name="battery_voltage_mv", unit="mV"),
        Channel(name="soc_ppm", unit="ppm"),
        *(Channel(name=f"cell_voltage_{n}_mv", unit="mV") for n in range(1, CELLS_PER_PACK + 1)),
        *(Channel(name=f"temperature_{n}_mk", unit="mK") for n in range(1, PROBES + 1)),
    ]
)


def drives(fleet: Fleet, dice: Dice, drive: int, *, days: int, before_ms: int) -> list[Rows]:
    """Return the readings of one drive of every recorded battery.

    Args:
        fleet: The batteries.
        dice: Spread their cells and their drivers.
        drive: Number of the drive, from 1.
        days: Age of the batteries in days of use.
        before_ms: The drive begins at eight on the day before.
    """
    batteries = fleet.recorded
    cells = _cells(fleet, dice, drive, days)
    current = _current(dice, len(batteries), drive)
    coolant_k = np.full((len(batteries), 1), 288.15 + 5.0 * drive)
    state = at_rest(_charge(batteries, dice, drive), coolant_k + np.zeros(cells.capacity_c.shape))
    voltage_mv, charge_ppm, heat_mk = [], [], []
    for step in range(STEPS):
        flow = current[:, step : step + 1]
        voltage_mv.append(_counted(terminal_voltage(cells, state, flow) * 1000.0))
        charge_ppm.append(_counted(state.soc * float(PPM)))
        heat_mk.append(_counted(_probed(state) * 1000.0))
        state = stepped(cells, state, flow, coolant_k, float(STEP_S))
    start_ms = before_ms // DAY_MS * DAY_MS - DAY_MS + 8 * HOUR_MS
    measured = zip(
        batteries,
        _counted(current * 1000.0),
        np.stack(voltage_mv, axis=1),
        np.stack(charge_ppm, axis=1),
        np.stack(heat_mk, axis=1),
        strict=True,
    )
    return [_rows(*readings, drive=drive, start_ms=start_ms) for readings in measured]


def _cells(fleet: Fleet, dice: Dice, drive: int, days: int) -> Circuit:
    """The aged cells of the recorded batteries, shape (batteries, cells), each a little its own."""
    batteries = fleet.recorded
    shape = (len(batteries), CELLS_PER_PACK)
    which = [battery.number - 1 for battery in batteries]
    loss, gain = fleet.loss(days)[which, None], fleet.gain(days)[which, None]
    resistance = 0.0011 * (1.0 + gain) * (1.0 + 0.05 * dice.spread(shape, "cell resistance"))
    leak, cooling = np.zeros(shape), np.full(shape, 1.2)
    for row, battery in enumerate(batteries):
        fault = battery.fault
        if fault and fault.shows(drive):
            if fault.kind == "soft_short":
                leak[row, fault.place - 1] = 1.0 / fault.size
            elif fault.kind == "coolant_failure":
                cooling[row] *= fault.size / PPM
    return Circuit(
        capacity_c=CELL_CAPACITY_C
        * (1.0 - loss)
        * (1.0 + 0.01 * dice.spread(shape, "cell capacity")),
        resistance_ohm=resistance,
        fast_ohm=0.4 * resistance,
        slow_ohm=0.5 * resistance,
        cooling_w_k=cooling,
        leak_siemens=leak,
    )


def _charge(batteries: Sequence[Battery], dice: Dice, drive: int) -> Floats:
    """States of charge at the start; a shorted cell has drained for two days."""
    shape = (len(batteries), CELLS_PER_PACK)
    charge = 0.85 + 0.004 * dice.spread(shape, f"charge {drive}")
    for row, battery in enumerate(batteries):
        fault = battery.fault
        if fault and fault.kind == "soft_short" and fault.shows(drive):
            drained_c = 4.0 / fault.size * DRAINED_S
            charge[row, fault.place - 1] -= drained_c / CELL_CAPACITY_C
    return charge


def _current(dice: Dice, count: int, drive: int) -> Floats:
    """A minute each of going and braking, a pause, a charge; ampere, shape (batteries, steps)."""
    minutes = DRIVE_STEPS // MINUTE_STEPS
    town = 35.0 + 75.0 * dice.spread((count, minutes), f"driver {drive}")
    current = np.zeros((count, STEPS))
    current[:, :DRIVE_STEPS] = np.repeat(town, MINUTE_STEPS, axis=1)
    current[:, DRIVE_STEPS + REST_STEPS :] = -40.0
    return current


def _rows(
    battery: Battery,
    current_ma: Integers,
    voltage_mv: Integers,
    charge_ppm: Integers,
    heat_mk: Integers,
    *,
    drive: int,
    start_ms: int,
) -> Rows:
    """What the device of a battery reports: arrays of shape (steps, …), sensor faults included."""
    fault = battery.fault
    if fault and fault.shows(drive):
        if fault.kind == "resistive_joint":
            voltage_mv[:, fault.place - 1] -= current_ma * fault.size // 10**6
        elif fault.kind == "offset_sensor":
            voltage_mv[:, fault.place - 1] += fault.size
        elif fault.kind == "stuck_sensor":
            heat_mk[:, fault.place - 1] = fault.size
    pack_mv, soc_ppm = voltage_mv.sum(axis=1), charge_ppm.sum(axis=1) // CELLS_PER_PACK
    columns = (current_ma, pack_mv, soc_ppm, *voltage_mv.T, *heat_mk.T)
    return Rows(
        layout=LAYOUT,
        sequence=np.arange(1, STEPS + 1, dtype=np.int64),
        time_ms=start_ms + np.arange(STEPS, dtype=np.int64) * STEP_S * SECOND_MS,
        values=tuple(column.astype("<i4") for column in columns),
        present=(None,) * len(LAYOUT.channels),
    )


def _probed(state: State) -> Floats:
    """The temperature in the middle of each module."""
    return state.temperature_k[:, CELLS_PER_MODULE // 2 :: CELLS_PER_MODULE]


def _counted(values: Floats) -> Integers:
    return np.rint(values).astype(np.int64)
