r"""Simulated cars, healthy or with an internal short: what an early warning is judged by.

All cells carry the same current; they differ in what they store, resist, lose and show:

$$ z_c = z_{0c} + \frac{q(t) - \int i_c\,dt - b_c(t)}{Q_c} \qquad
   v_c = U(z_c) - f(T_c)\,R_c\,(I + u) + s_c $$

q is the charge that the pack was given, i the self-discharge (and V/R of a short), b what balancing
bled, u a relaxation of ten minutes, f Arrhenius' factor, s the sensor: offset, temperature
coefficient, noise, steps of 1 mV. Boards of twelve cells read at their own moment, so a row at rest
beside driving may hold voltages under load. Rows exist only while a car is awake, some days not at
all, and charging is not recorded, as in the field, unless the ends of charges are asked for
(`fleet_charges`), or temperatures (`fleet_probes`).

Sources for the spread of cells of one pack: Schuster et al., J. Power Sources 297 (2015) 242, and
Baumann et al., J. Energy Storage 18 (2018) 295 (capacity and resistance within a vehicle, new and
aged, of the order of 1 to 2 and 2 to 5 %); Zilberman, Sturm and Jossen, J. Power Sources 425 (2019)
217 (self-discharge; 1 to 3 % a month is usual: at 150 Ah 2 to 6 mA, of which a tenth differs). What
else is assumed (temperatures, sensors, use) is ours. It is simulated: an upper bound on realism.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.circuit import REFERENCE_K, open_circuit_voltage, resistance_factor
from cellchain.science.warning.fleet_charges import charge_ends
from cellchain.science.warning.fleet_probes import probed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

    Days = NDArray[np.intp]
    Flags = NDArray[np.bool_]

DAY_S = 86_400.0
BOARD_CELLS = 12
RELAXATION_S = 600.0
RESISTANCE_OHM = 1e-3
"""Of a cell of 150 Ah, and again as much that relaxes."""
SHORT_V = 3.7
"""Of a cell, on average: what drives a short."""
AWAKE = 0.8
"""Of days: on the others the car stands still, or its device is silent."""
STOPS = 0.06
"""Of rows: a car begins to stand, for a minute."""
ROOM, CHARGED_AT, CHARGED_EARLY, CHARGED_FULL = 0.1, 0.35, 0.2, 0.7
"""Of the capacity: from the first row to full, and how far below full a car is charged for sure; of
days, on which it is charged all the same; of charges, that go to full."""

HEALTHY = 4.0
"""Scales, of either sign: a cell further out fails the test of its factory."""
BALANCED, BLED_C = 0.005, 0.1 * 36_000.0
"""State of charge above the least that is left alone; what a night of balancing takes: 0.1 A for
ten hours at most, so that no cell is driven beyond full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How far healthy cells of one pack differ; one standard deviation (scale, where heavier)."""

    capacity: float = 0.012
    """Of the mean, dimensionless."""
    start_soc: float = 0.004
    resistance: float = 0.05
    """Of the mean."""
    self_discharge_a: float = 5e-4
    temperature_k: float = 1.5
    """Between places in the pack; neighbours are alike."""
    offset_v: float = 1e-3
    offset_v_per_k: float = 3e-5
    noise_v: float = 7e-4
    degrees: float = np.inf
    """Of freedom of Student's t, of which all of these are drawn; infinite: normal."""
    wander_v: float = 0.0
    """Of a sensor or contact, per root of a day."""
    outliers: float = 0.0
    """Of readings, that are eight times as noisy."""
    steps_per_day: float = 0.0
    """How often the offset of a cell jumps, by 4 mV (scale)."""


REALISTIC = Spread()
HEAVY = Spread(
    capacity=0.015, degrees=3.0, wander_v=1.5e-4, outliers=0.02, steps_per_day=1 / 36_500
)
"""Tails so heavy that some cells are far out; one cell in a hundred jumps each year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """A resistance inside one cell, from one moment on."""

    cell: int
    onset_s: float
    resistance_ohm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Make:
    """What is built and how long it is used."""

    cells: int = 96
    days: int = 120
    capacity_ah: float = 150.0
    period_s: float = 30.0
    charges: float = 0.0
    """Share of charges whose ends are reported; all else is the same but the noise."""
    probes: int = 0
    """Of temperature; all else is the same with and without."""


@dataclass(frozen=True, slots=True, eq=False)
class Car:
    """What a car reported, in order of time."""

    time_s: Floats
    """From midnight of the first day, shape [rows]."""
    current_a: Floats
    """Positive on discharge, likewise."""
    voltage_v: Floats
    """Shape [rows, cells]."""
    temperature_c: Floats | None = None
    """Of probes, shape [rows, probes]; None: there are none."""


def simulated(make: Make, spread: Spread, seed: int, short: Short | None = None) -> Car:
    """Return what one car reports.

    Args:
        make: The pack, and for how many days.
        spread: Of its cells and sensors.
        seed: Of everything that is drawn; the same car, with and without a short.
        short: In one of its cells.
    """
    rng = np.random.default_rng(seed)
    cells, days = make.cells, make.days
    capacity_c = make.capacity_ah * 3600.0 * (1.0 + spread.capacity * _drawn(rng, spread, cells))
    leak_a = 4e-3 + spread.self_discharge_a * _drawn(rng, spread, cells)
    start = 0.85 + spread.start_soc * _drawn(rng, spread, cells)
    resistance_ohm = RESISTANCE_OHM * (1.0 + spread.resistance * _drawn(rng, spread, cells))
    place_k = spread.temperature_k * _smooth(_drawn(rng, spread, cells))
    time_s, current_a, given_c, charged, steady = _use(make, rng, seed)
    day = (time_s // DAY_S).astype(np.intp)
    warmth_k = _weather(days, rng)[:, None] + place_k - REFERENCE_K
    lost_c = _lost(leak_a, warmth_k, time_s, day, cells)
    heat_w = np.zeros((1 if short is None else len(time_s), cells))
    if short is not None:
        since_s = np.maximum(time_s - short.onset_s, 0.0)
        lost_c[:, short.cell] += SHORT_V / short.resistance_ohm * since_s
        heat_w[:, short.cell] = np.where(since_s > 0.0, SHORT_V**2 / short.resistance_ohm, 0.0)
    bled_c = _bled(lost_c, start, capacity_c, day, charged)
    apart_c = lost_c + bled_c  # what the pack loses as a whole is charged again
    soc = start + (given_c[:, None] - apart_c + apart_c.mean(axis=1, keepdims=True)) / capacity_c
    relaxing_a = _relaxing(time_s, current_a)
    load_a = _as_read(current_a, steady, cells, rng) + relaxing_a[:, None]
    factor = resistance_factor(warmth_k + REFERENCE_K)[day]
    voltage_v = open_circuit_voltage(soc) - factor * resistance_ohm * load_a
    shown_v = voltage_v + _sensors(warmth_k, day, spread, rng)
    temperature_c = None
    if make.probes:
        use, dice = np.minimum(np.abs(relaxing_a) / 30.0, 1.0), np.random.default_rng([seed, 2])
        temperature_c = probed(warmth_k[day] + REFERENCE_K, heat_w, use, make.probes, dice)
    return Car(time_s, current_a, np.round(shown_v, 3), temperature_c)


def _drawn(rng: np.random.Generator, spread: Spread, size: int | tuple[int, int]) -> Floats:
    if np.isinf(spread.degrees):
        return rng.standard_normal(size)
    return np.clip(rng.standard_t(spread.degrees, size), -HEALTHY, HEALTHY)


def _smooth(values: Floats) -> Floats:
    kernel = np.ones(9) / 3.0  # unit variance again
    return np.convolve(np.pad(values, 4, mode="wrap"), kernel, mode="valid")


def _weather(days: int, rng: np.random.Generator) -> Floats:
    season = 10.0 * np.sin(2 * np.pi * (np.arange(days) / 365.0 + rng.random()))
    return REFERENCE_K - 5.0 + season + 3.0 * rng.standard_normal(days)


def _use(
    make: Make, rng: np.random.Generator, seed: int
) -> tuple[Floats, Floats, Floats, Flags, Flags]:
    """Return time, current, charge given so far; which days end full; which rows charge."""
    capacity_c = make.capacity_ah * 3600.0
    charge_c, full_c = 0.0, ROOM * capacity_c
    times, currents, given = [np.empty(0)], [np.empty(0)], [np.empty(0)]
    charged, charges = np.zeros(make.days, dtype=bool), []
    for day in np.flatnonzero(rng.random(make.days) < AWAKE).tolist():
        for start in np.sort(rng.uniform(6.0, 21.0, rng.integers(1, 4))) * 3600.0:
            at_s, current_a = _trip(day * DAY_S + start, make, rng)
            if len(times[-1]) and at_s[0] <= times[-1][-1]:
                continue
            times.append(at_s)
            currents.append(current_a)
            given.append(charge_c - np.cumsum(current_a) * make.period_s)
            charge_c = float(given[-1][-1])
        if charge_c < full_c - CHARGED_AT * capacity_c or rng.random() < CHARGED_EARLY:
            charged[day] = rng.random() < CHARGED_FULL
            before_c = charge_c
            charge_c = full_c if charged[day] else full_c - 0.15 * capacity_c
            charges.append((day, before_c, charge_c))
    dice = np.random.default_rng([seed, 1])
    ends = charge_ends(charges, make.charges, make.period_s, dice)
    order = np.argsort(np.concatenate([*times, ends[0]]), kind="stable")
    steady = order >= len(order) - len(ends[0])
    rows = ((*times, ends[0]), (*currents, ends[1]), (*given, ends[2]))
    time_s, current_a, given_c = (np.concatenate(one)[order] for one in rows)
    return time_s, current_a, given_c, charged, steady


def _trip(start_s: float, make: Make, rng: np.random.Generator) -> tuple[Floats, Floats]:
    before, after = rng.integers(1, 8, 2)
    rows = before + after + int(rng.uniform(900.0, 3600.0) / make.period_s)
    drawn_a = np.clip(16.0 + 35.0 * rng.standard_normal(rows), -60.0, 150.0)
    stands = np.convolve(rng.random(rows) < STOPS, np.ones(2), mode="same") > 0
    stands[:before] = stands[rows - after :] = True
    idle_a = rng.uniform(0.2, 0.9, rows)
    return start_s + make.period_s * np.arange(rows), np.where(stands, idle_a, drawn_a)


def _lost(leak_a: Floats, warmth_k: Floats, time_s: Floats, day: Days, cells: int) -> Floats:
    """Return what self-discharge took, twice as fast for every ten kelvin, shape [rows, cells]."""
    rate_a = leak_a * np.exp2((warmth_k - warmth_k.mean()) / 10.0)
    until = np.vstack([np.zeros(cells), np.cumsum(rate_a * DAY_S, axis=0)])
    taken: Floats = until[day] + rate_a[day] * (time_s - day * DAY_S)[:, None]
    return taken


def _bled(lost_c: Floats, start: Floats, capacity_c: Floats, day: Days, charged: Flags) -> Floats:
    """Return what passive balancing took after full charges, of cells above the least."""
    bled = np.zeros_like(start)
    history = np.zeros((len(charged) + 1, len(start)))
    last = np.searchsorted(day, np.arange(len(charged)), side="right") - 1
    for number, full in enumerate(charged):
        if full and last[number] >= 0:
            soc = start - (lost_c[last[number]] + bled) / capacity_c
            above = np.maximum(soc - soc.min() - BALANCED, 0.0)
            bled = bled + np.minimum(above * capacity_c, BLED_C)
        history[number + 1] = bled
    taken: Floats = history[day]
    return taken


def _as_read(current_a: Floats, steady: Flags, cells: int, rng: np.random.Generator) -> Floats:
    """Return the current at the moment when the board of each cell read, shape [rows, cells]."""
    rows, boards = len(current_a), -(-cells // BOARD_CELLS)
    drives = (np.abs(current_a) > 1.0) & ~steady
    beside = drives | np.roll(drives, 1) | np.roll(drives, -1)
    late = rng.random((rows, boards)) < np.where(drives, 1.0, np.where(beside, 0.1, 0.0))[:, None]
    other_a = 15.0 * rng.standard_normal((rows, boards))
    board = np.arange(cells) // BOARD_CELLS
    return current_a[:, None] + np.where(late, other_a, 0.0)[:, board]


def _relaxing(time_s: Floats, current_a: Floats) -> Floats:
    relaxing, state = np.empty(len(time_s)), 0.0
    keeps = np.exp(-np.diff(time_s, prepend=time_s[:1]) / RELAXATION_S)
    for row, (keep, current) in enumerate(zip(keeps.tolist(), current_a.tolist(), strict=True)):
        state = keep * state + (1.0 - keep) * current
        relaxing[row] = state
    return relaxing


def _sensors(warmth_k: Floats, day: Days, spread: Spread, rng: np.random.Generator) -> Floats:
    """Return what the sensors add, shape [rows, cells]."""
    days, cells = warmth_k.shape
    offset = spread.offset_v * _drawn(rng, spread, cells)
    offset = offset + spread.offset_v_per_k * _drawn(rng, spread, cells) * warmth_k
    wander = np.cumsum(spread.wander_v * rng.standard_normal((days, cells)), axis=0)
    jumps = rng.random((days, cells)) < spread.steps_per_day
    steps = np.cumsum(np.where(jumps, 4e-3 * _drawn(rng, spread, (days, cells)), 0.0), axis=0)
    shape = (len(day), cells)
    loud = np.where(rng.random(shape) < spread.outliers, 8.0, 1.0)
    noise = spread.noise_v * loud * rng.standard_normal(shape)
    added: Floats = (offset + wander + steps)[day] + noise
    return added
