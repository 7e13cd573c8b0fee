"""Cells to be followed: the circuit of the demo, on drives from rest, seen by sensors.

The circuit is stepped by another method than the filter's, warms itself, and has an open circuit
with corners. It is a circuit all the same: what it shows is an upper bound on what a cell would.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cellchain.science.circuit import (
    Circuit,
    at_rest,
    open_circuit_voltage,
    stepped,
    terminal_voltage,
)
from cellchain.services.analysis.table import Table, Texts

CAPACITY_AH = 5.0
PERIOD_S = 2.0
ZERO_C_K = 273.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """One cell."""

    capacity_ah: float = CAPACITY_AH
    times_ohm: float = 1.0
    """Resistance, of that of a new one."""

    def circuit(self):
        """Return its parameters, in arrays of one."""
        one = np.ones(1)
        return Circuit(
            capacity_c=3600.0 * self.capacity_ah * one,
            resistance_ohm=0.02 * self.times_ohm * one,
            fast_ohm=0.01 * self.times_ohm * one,
            slow_ohm=0.015 * self.times_ohm * one,
            cooling_w_k=0.5 * one,
            leak_siemens=0.0 * one,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensors:
    """What is not measured right."""

    gain: float = 1.0
    offset_a: float = 0.0
    noise_v: float = 1e-3


BIASED = Sensors(gain=1.01, offset_a=0.05, noise_v=3e-3)


def current(hours, seed, mean_c=0.4, rest_s=600.0):
    """Return a current that jumps about its mean, from rest."""
    rng = np.random.default_rng(seed)
    rows = int(hours * 3600 / PERIOD_S)
    hold = int(20.0 / PERIOD_S)
    values = np.repeat(rng.normal(mean_c, 0.5, rows // hold + 1), hold)[:rows]
    values[: int(rest_s / PERIOD_S)] = 0.0
    return CAPACITY_AH * np.clip(values, -0.8, 1.8)


def driven(current_a, *, soc=0.95, celsius=25.0, plant=None, sensors=None, seed=0, battery=None):
    """Return the table of a drive, and the true state of charge of each row."""
    sensors = sensors or Sensors()
    cells = (plant or Plant()).circuit()
    cool_k = np.full(1, celsius + ZERO_C_K)
    state = at_rest(np.full(1, soc), cool_k)
    before = np.concatenate([current_a[:1], current_a[:-1]])
    kept = np.empty((3, len(current_a)))
    for row, now in enumerate(current_a):
        if row:
            state = stepped(cells, state, np.full(1, (before[row] + now) / 2), cool_k, PERIOD_S)
        voltage_v = terminal_voltage(cells, state, np.full(1, now))
        kept[:, row] = voltage_v[0], state.temperature_k[0] - ZERO_C_K, state.soc[0]
    noise_v = sensors.noise_v * np.random.default_rng(seed).standard_normal(len(current_a))
    columns = {
        "time_s": PERIOD_S * np.arange(len(current_a)),
        "current_a": sensors.gain * current_a + sensors.offset_a,
        "voltage_v": kept[0] + noise_v,
        "temperature_c": kept[1],
    }
    if battery is not None:
        columns["battery"] = Texts.of([battery] * len(current_a))
    return Table(columns), kept[2]


def open_circuit(points=101):
    """Return the curve, as a laboratory would hand it over."""
    soc = np.linspace(0.0, 1.0, points)
    return Table({"soc": soc, "voltage_v": open_circuit_voltage(soc)})


def aged(plant, *, capacity, times_ohm):
    """Return a plant with less capacity and more resistance."""
    return replace(plant, capacity_ah=capacity * plant.capacity_ah, times_ohm=times_ohm)
