"""Seconds to split two million operations to products, beside adding up their times by NumPy.

``python benchmarks/circle_footprint.py``: the figure ``circle.hourly``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.figure import Figure, interleaved, median_ratio
from cellchain.science.footprint.hourly import HOUR_MS, Operations, hourly_split

OPERATIONS, PRODUCTS, MACHINES, HOURS = 2_000_000, 200_000, 100, 720
EMITTED_MAX_MG = 10**9
MINUTE_MS = 60_000


def circle_hourly() -> Figure:
    """A month of a plant: ten operations of 1 to 40 minutes on each of 200,000 batteries."""
    rng = np.random.default_rng(7)
    start = rng.integers(0, (HOURS - 1) * HOUR_MS, OPERATIONS)
    asked = Operations(
        machine=rng.integers(0, MACHINES, OPERATIONS),
        product=np.repeat(np.arange(PRODUCTS), OPERATIONS // PRODUCTS),
        start_ms=start,
        end_ms=start + rng.integers(MINUTE_MS, 40 * MINUTE_MS, OPERATIONS),
    )
    emitted_mg = rng.integers(0, EMITTED_MAX_MG, (MACHINES, HOURS))
    hourly_split(emitted_mg, asked, PRODUCTS)  # the memory is there

    def ours(_round: int) -> float:
        since = time.process_time()
        found = hourly_split(emitted_mg, asked, PRODUCTS)
        taken = time.process_time() - since
        assert found.product_mg.sum() + found.overhead_mg == emitted_mg.sum()
        return taken

    def added(_round: int) -> float:
        since = time.process_time()
        np.bincount(asked.product, asked.end_ms - asked.start_ms, PRODUCTS)
        return time.process_time() - since

    found, plain = interleaved(ours, added)
    return Figure(
        name="circle.hourly",
        value=float(np.median(found)),
        ceiling=float(np.median(plain)),
        ratio=median_ratio(found, plain),
        unit="CPU s",
        goal="≤ 0.3 s",
        note=f"{OPERATIONS} operations, no milligram lost; beside: their times by product",
    )


FIGURES = {"circle.hourly": circle_hourly}

if __name__ == "__main__":
    print(circle_hourly().line())
