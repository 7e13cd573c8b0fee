"""Rows of ten thousand batteries through the filter, beside the same linear algebra alone.

``python benchmarks/science_twin.py``: the figure ``science.twin``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.figure import Figure, interleaved, median_ratio
from cellchain.science.estimation.belief import SIZE, Belief, Seen, begun
from cellchain.science.estimation.curve import GRID
from cellchain.science.estimation.equivalent import Equivalent
from cellchain.science.estimation.filtering import stepped

BATTERIES, STEPS, ROUNDS = 10_000, 15, 5


def circuit() -> Equivalent:
    """Return a circuit; its numbers do not matter here."""
    return Equivalent(
        capacity_ah=5.0,
        curve_v=3.0 + 1.2 * GRID,
        ohm=np.outer([0.02, 0.015, 0.02], np.ones(len(GRID))),
        tau_s=np.array([20.0, 500.0]),
        activation_j_mol=np.array([2e4, 2e4, 1e4]),
        celsius=np.array([0.0, 45.0]),
        soc=np.array([0.0, 1.0]),
        error_v=5e-3,
        error_s=1000.0,
        rough_v=5e-3,
        rough_s=10.0,
        noise_v=2e-3,
    )


def science_twin() -> Figure:
    """Rows a second: one of each battery at a time, state and covariance moved and corrected."""
    rng = np.random.default_rng(9)
    cell = circuit()
    current_a = rng.normal(1.0, 3.0, (STEPS + 1, BATTERIES))
    voltage_v = 3.7 - 0.03 * current_a
    celsius = np.full(BATTERIES, 25.0)

    def ours(_round: int) -> float:
        rows = [
            Seen(np.full(BATTERIES, float(n)), current_a[n], voltage_v[n], celsius)
            for n in range(STEPS + 1)
        ]
        belief: Belief = begun(cell, rows[0], np.full(BATTERIES, 0.5))
        since = time.perf_counter()
        for one in rows[1:]:
            stepped(cell, belief, one)
        return BATTERIES * STEPS / (time.perf_counter() - since)

    moving = np.eye(SIZE) + 0.01 * rng.standard_normal((BATTERIES, SIZE, SIZE))
    noise = 1e-6 * np.eye(SIZE)
    weighing = rng.standard_normal((BATTERIES, SIZE, 1))

    def algebra(_round: int) -> float:
        """Predict and correct by products of matrices: what any Kalman filter does at least."""
        mean = np.zeros((BATTERIES, SIZE, 1))
        covariance = np.broadcast_to(np.eye(SIZE), (BATTERIES, SIZE, SIZE)).copy()
        since = time.perf_counter()
        for _ in range(STEPS):
            mean = moving @ mean
            covariance = moving @ covariance @ moving.transpose(0, 2, 1) + noise
            shared = covariance @ weighing
            variance = weighing.transpose(0, 2, 1) @ shared + 1.0
            mean += shared / variance
            covariance -= shared @ (shared / variance).transpose(0, 2, 1)
        return BATTERIES * STEPS / (time.perf_counter() - since)

    followed, bare = interleaved(ours, algebra, rounds=ROUNDS)
    return Figure(
        name="science.twin",
        value=float(np.median(followed)),
        ceiling=float(np.median(bare)),
        ratio=median_ratio(followed, bare),
        unit="rows/s",
        goal="≥ 0.5; 10,000 rows/s",
        note=f"{BATTERIES} batteries; ceiling: the products of a filter of {SIZE} states, NumPy",
    )


FIGURES = {"science.twin": science_twin}

if __name__ == "__main__":
    print(science_twin().line())
