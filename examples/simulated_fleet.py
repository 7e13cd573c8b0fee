"""Raw cycles of ageing cells, by the project's own circuit and laws of ageing.

Each is current held, voltage held, a rest, a discharge.

    python examples/simulated_fleet.py FOLDER

writes ``known.csv``, cells that were discharged whole after every charge, and ``fleet.csv``, others
of which that is known for the first ten cycles alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from cellchain.adapters.table_files import write_table
from cellchain.science.ageing import DAY_S, FITTED_AH, Use, capacity_loss, resistance_gain
from cellchain.science.charging.stages import Limits
from cellchain.science.charging.trace import Trace
from cellchain.science.circuit import Circuit, at_rest, resistance_factor, stepped, terminal_voltage
from cellchain.services.analysis.table import Table, Texts

LIMITS = Limits(from_v=3.9, to_v=4.1, hold_v=4.15, empty_v=3.05)
COOLANT_K = 298.15
REST_S = 600.0
EMPTY_V = 3.0
RESTING_A = 0.1
WHOLE = 10
"""First cycles of a fleet, after which its cells are discharged whole."""
CHARGING, RESTING, DISCHARGING, DONE = range(4)


def aged_circuits(seed, cells, cycles):
    """Circuits of shape [cells, cycles], and their capacity, Ah: cells of different uses."""
    dice = np.random.default_rng(seed)

    def each(low, high):
        return np.broadcast_to(dice.uniform(low, high, (cells, 1)), (cells, cycles))

    late = np.linspace(40.0, 700.0, max(cycles - 10, 0))  # of which only some are recorded
    full_cycles = np.concatenate([np.arange(min(cycles, 10)), late])
    full_cycles = np.broadcast_to(full_cycles, (cells, cycles))
    use = Use(
        age_s=full_cycles * each(0.2, 0.5) * DAY_S,
        full_cycles=full_cycles,
        temperature_k=each(293.0, 313.0),
        voltage_v=each(3.55, 3.85),
        depth=each(0.4, 1.0),
        knee_cycles=each(500.0, 900.0),
    )
    capacity_ah = FITTED_AH * each(0.99, 1.01) * (1.0 - capacity_loss(use))
    ohm = 0.03 * each(0.95, 1.05) * (1.0 + resistance_gain(use))
    circuit = Circuit(
        capacity_c=3600.0 * capacity_ah,
        resistance_ohm=ohm,
        fast_ohm=0.4 * ohm,
        slow_ohm=0.4 * ohm,
        cooling_w_k=np.full_like(ohm, 0.2),
        leak_siemens=np.zeros_like(ohm),
    )
    return circuit, capacity_ah


def cycled(circuit, *, step_s=10.0, current_a=1.0):
    """Times, shape [steps]; currents (positive on charge) and voltages, [steps, ...]; NaN at last.

    All cells at once: each is charged, rests, and is discharged to 3 V in its own time.
    """
    shape = circuit.capacity_c.shape
    state = at_rest(np.full(shape, 0.05), np.full(shape, COOLANT_K))
    phase, rested_s = np.full(shape, CHARGING), np.zeros(shape)
    currents, voltages = [], []
    while (phase != DONE).any():
        factor = circuit.resistance_ohm * resistance_factor(state.temperature_k)
        above_v = terminal_voltage(circuit, state, np.zeros(shape)) - LIMITS.hold_v
        held_a = np.clip(-above_v / factor, 0.0, current_a)
        flowing = np.select(
            [phase == CHARGING, phase == DISCHARGING], [-held_a, 2 * current_a], 0.0
        )
        voltage_v = terminal_voltage(circuit, state, flowing)
        gone = phase == DONE
        currents.append(np.where(gone, np.nan, -flowing))
        voltages.append(np.where(gone, np.nan, voltage_v))
        full = (phase == CHARGING) & (held_a <= 0.05 * current_a)
        over = (phase == RESTING) & (rested_s >= REST_S)
        rested_s += step_s * (phase == RESTING)
        empty = (phase == DISCHARGING) & (voltage_v <= EMPTY_V)
        phase = np.where(full | over | empty, phase + 1, phase)
        state = stepped(circuit, state, flowing, np.full(shape, COOLANT_K), step_s)
    time_s = step_s * np.arange(len(currents))
    return time_s, np.array(currents), np.array(voltages)


def one_cycle(*, step_s=2.0):
    """The trace of one new cell."""
    circuit, _ = aged_circuits(3, 1, 1)
    time_s, current_a, voltage_v = cycled(circuit, step_s=step_s)
    return Trace(time_s, current_a[:, 0, 0], voltage_v[:, 0, 0])


def raw_table(seed, cells=6, cycles=20, *, step_s=20.0, noise_v=1e-3, noise_a=2e-3):
    """Raw rows of ageing cells, discharge positive; cells one below the other."""
    dice = np.random.default_rng([seed, 1])
    circuit, _ = aged_circuits(seed, cells, cycles)
    time_s, current_a, voltage_v = cycled(circuit, step_s=step_s)
    columns = {name: [] for name in ("cell", "cycle", "time_s", "current_a", "voltage_v")}
    for cell in range(cells):
        for cycle in range(cycles):
            there = ~np.isnan(current_a[:, cell, cycle])
            count = int(there.sum())
            columns["cell"] += [f"s{seed}-{cell:02d}"] * count
            columns["cycle"].append(np.full(count, cycle + 1.0))
            columns["time_s"].append(time_s[there])
            noisy_a = current_a[there, cell, cycle] + noise_a * dice.normal(size=count)
            noisy_v = voltage_v[there, cell, cycle] + noise_v * dice.normal(size=count)
            columns["current_a"].append(-noisy_a)
            columns["voltage_v"].append(noisy_v)
    cell = Texts.of(columns.pop("cell"))
    return Table({"cell": cell} | {name: np.concatenate(one) for name, one in columns.items()})


def fleet_table(seed, cells=10, cycles=24):
    """Raw rows of cells that were discharged whole in their first cycles alone."""
    table = raw_table(seed, cells, cycles, step_s=30.0)
    charged = table.numbers("current_a") < RESTING_A
    kept = charged | (table.numbers("cycle") <= WHOLE)
    return table.taken(np.flatnonzero(kept))


def main():
    """Write both files."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    write_table(folder / "known.csv", raw_table(1, cells=20, cycles=24, step_s=30.0))
    write_table(folder / "fleet.csv", fleet_table(2))


if __name__ == "__main__":
    main()
