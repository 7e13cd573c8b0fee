"""Ten thousand draws of a scenario's stocks and flows, beside one pass of NumPy over its inflow.

``python benchmarks/circle_stock.py``: the figure ``circle.stock``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.figure import Figure, interleaved, median_ratio
from cellchain.science.stock.projection import (
    Choices,
    Projection,
    bands,
    batteries_and_materials,
    drawn,
)

YEARS, KNOWN, CHEMISTRIES, MATERIALS, DRAWS = 41, 5, 4, 4, 10_000
SECOND_YEARS = 8
GROWTH = [(0.1, 0.2, 0.3), (0.0, 0.05, 0.1), (0.0, 0.02, 0.05)]
RANGES = [
    *GROWTH,
    *[(10.0, 14.0, 18.0)] * CHEMISTRIES,
    (0.6, 0.8, 0.95),
    *[(0.8, 0.9, 0.98)] * MATERIALS,
    (0.0, 0.1, 0.3),
]


def projection() -> Projection:
    """Four chemistries of four materials each, known for five of 41 years."""
    rng = np.random.default_rng(7)
    return Projection(
        known_kwh=rng.uniform(1e6, 1e8, (KNOWN, CHEMISTRIES)),
        shares=rng.dirichlet(np.ones(CHEMISTRIES), YEARS - KNOWN),
        growth_from=(0, 7, 12),
        distributions=("weibull", "weibull", "lognormal", "normal"),
        forms=(3.5, 3.0, 3.0, 2.5),
        kg_per_kwh=rng.uniform(0.01, 0.6, (MATERIALS, CHEMISTRIES)),
        second_years=SECOND_YEARS,
    )


def circle_stock() -> Figure:
    """Draws, stocks, outflows, materials and the quantiles of all forty figures of each year."""
    one = projection()
    ends = np.cumsum([len(GROWTH), CHEMISTRIES, 1, MATERIALS])

    def ours(seed: int) -> float:
        since = time.process_time()
        growth, mean, collection, recovery, second = np.split(drawn(RANGES, DRAWS, seed), ends)
        choices = Choices(growth, mean, collection[0], recovery, second[0])
        for found in batteries_and_materials(one, choices):
            for values in found.by_name.values():
                bands(values)
        return time.process_time() - since

    inflow = np.random.default_rng(7).random((CHEMISTRIES, YEARS, DRAWS))

    def added(_round: int) -> float:
        since = time.process_time()
        np.cumsum(inflow, axis=1)
        return time.process_time() - since

    found, plain = interleaved(ours, added)
    return Figure(
        name="circle.stock",
        value=float(np.median(found)),
        ceiling=float(np.median(plain)),
        ratio=median_ratio(found, plain),
        unit="CPU s",
        goal="≤ 1 s",
        note=f"{DRAWS} draws, {YEARS} years, {CHEMISTRIES} chemistries, with p05, p50, p95;"
        " beside: one running sum of their inflow",
    )


FIGURES = {"circle.stock": circle_stock}

if __name__ == "__main__":
    for figure in FIGURES.values():
        print(figure().line())
