"""Cells that a test makes up: discharge curves that fade, pulses that sag."""

from __future__ import annotations

import numpy as np

from cellchain.science.early.curves import grid_v

CYCLES = np.arange(2.0, 101.0)


def discharge_curves(lives, seed=0, noise_ah=2e-4):
    """Q[cell, voltage, cycle] of LFP-like cells that lose a fifth of 1.1 Ah in `lives` cycles."""
    dice = np.random.default_rng(seed)
    voltage = grid_v()
    found = []
    for life in lives:
        start = 1.07 + 0.01 * dice.normal()
        lost = 0.2 * (CYCLES / life) ** 1.5
        plateau = 3.2 - 0.15 * lost * np.sqrt(1000.0 / life)
        shape = 1.0 / (1.0 + np.exp((voltage[:, None] - plateau) / 0.05))
        found.append((start - lost) * shape + noise_ah * dice.normal(size=shape.shape))
    return np.array(found)


def pulse_tests(cells=6, stages=4, charges=(10, 20, 30, 40, 50), seed=0):
    """Names, voltages, charges and healths of tests at the corners of pulses."""
    dice = np.random.default_rng(seed)
    names, voltages, charge, health = [], [], [], []
    currents = np.array([0.0, 1, 1, 0, 0, -1, -1, 0, 0, 2, 2, 0, 0, -2, -2, 0, 0, 4, 4, 0, 0])
    slow = np.array([0.0, 0, 1, 1, 0, 0, -1, -1, 0, 0, 2, 2, 0, 0, -2, -2, 0, 0, 4, 4, 0])
    for cell in range(cells):
        own = 1.0 + 0.02 * dice.normal()
        for stage in range(stages):
            soh = 0.95 - 0.3 * (stage + dice.random()) / stages
            for soc in charges:
                rest = 3.3 + 0.012 * soc - 5e-5 * soc**2 + 0.1 * (1.0 - soh)
                ohmic, drift = own * 0.02 * (1.9 - soh), own * 0.01 * (1.5 - soh) * 30.0 / soc
                volts = rest + ohmic * currents + drift * slow + 2e-4 * dice.normal(size=21)
                names.append(f"SOC-C{cell}-{100 * stage}.xls")
                voltages.append(volts)
                charge.append(float(soc))
                health.append(soh)
    return names, np.array(voltages), np.array(charge), np.array(health)
