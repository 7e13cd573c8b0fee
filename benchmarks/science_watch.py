"""Voltages a second through the watch, beside one pass of the median over cells.

``python benchmarks/science_watch.py``: the figure ``science.watch``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.figure import Figure, interleaved, median_ratio
from cellchain.science.warning.watching import DAY_S, Watch

CELLS, DAYS, PERIOD_S = 96, 20, 10.0
ROUNDS = 5


def science_watch() -> Figure:
    """Samples × cells a second of a car that reports every ten seconds, and rests in half."""
    rng = np.random.default_rng(5)
    time_s = np.arange(0.0, DAYS * DAY_S, PERIOD_S)
    drives = np.sin(time_s / 1800.0) > 0.0
    current_a = np.where(drives, 40.0 * rng.standard_normal(len(time_s)), 0.5)
    noise_v = 1e-3 * rng.standard_normal((len(time_s), CELLS))
    voltage_v = np.round(3.7 - 1e-3 * current_a[:, None] + noise_v, 3)

    def ours(_round: int) -> float:
        since = time.perf_counter()
        Watch(CELLS).given(time_s, current_a, voltage_v)
        return voltage_v.size / (time.perf_counter() - since)

    def median(_round: int) -> float:
        since = time.perf_counter()
        np.median(voltage_v, axis=1)
        return voltage_v.size / (time.perf_counter() - since)

    watched, bare = interleaved(ours, median, rounds=ROUNDS)
    return Figure(
        name="science.watch",
        value=float(np.median(watched)),
        ceiling=float(np.median(bare)),
        ratio=median_ratio(watched, bare),
        unit="voltages/s",
        goal="≥ 0.2",
        note=f"{CELLS} cells, {DAYS} days every {PERIOD_S:.0f} s; ceiling: numpy.median over cells",
    )


FIGURES = {"science.watch": science_watch}

if __name__ == "__main__":
    print(science_watch().line())
