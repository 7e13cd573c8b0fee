"""Footprints of a fleet and of a month's operations, each beside one pass of NumPy over its rows.

``python benchmarks/circle_footprint.py``: the figures ``circle.footprint`` and ``circle.hourly``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.figure import Figure, interleaved, median_ratio
from cellchain.science.footprint.hourly import HOUR_MS, Operations, hourly_split
from cellchain.science.footprint.inventory import Inventory, carried_kg, emitted

OPERATIONS, PRODUCTS, MACHINES, HOURS = 2_000_000, 200_000, 100, 720
EMITTED_MAX_MG = 10**9
MINUTE_MS = 60_000
PROCESSES, PACKS, INPUTS = 300, 100_000, 54
EVIDENT_SHARE = 0.7


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


def fleet(rng: np.random.Generator) -> Inventory:
    """A hundred thousand packs of eight processes, which take each other, and four inputs each."""
    among = np.repeat(np.arange(PROCESSES), 7)
    takes = rng.integers(0, PROCESSES, (PROCESSES, 4))
    inputs = PROCESSES + PACKS + rng.integers(0, INPUTS, (PROCESSES, 3))
    packs = np.repeat(np.arange(PROCESSES, PROCESSES + PACKS), 12)
    parts = rng.integers(0, PROCESSES, (PACKS, 8))
    bought = PROCESSES + PACKS + rng.integers(0, INPUTS, (PACKS, 4))
    source = [np.hstack([takes, inputs]), np.hstack([parts, bought])]
    small = np.tile([0.1] * 4 + [2.0] * 3, PROCESSES)
    amount = rng.random(len(among) + len(packs)) * np.append(small, np.full(len(packs), 3.0))
    return Inventory(
        product=np.append(among, packs),
        source=np.concatenate([one.reshape(-1) for one in source]),
        amount=amount,
        evident=rng.random(len(amount)) < EVIDENT_SHARE,
        factor_kg=rng.uniform(0.5, 27.0, INPUTS),
        log_deviation=np.full(INPUTS, 0.2),
        products=PROCESSES + PACKS,
    )


def circle_footprint() -> Figure:
    """Totals, intervals, primary shares and the branches of every tree."""
    one = fleet(np.random.default_rng(7))

    def ours(_round: int) -> float:
        since = time.process_time()
        carried_kg(one, emitted(one, 0.9).kg)
        return time.process_time() - since

    def added(_round: int) -> float:
        since = time.process_time()
        np.bincount(one.product, one.amount, one.products)
        return time.process_time() - since

    found, plain = interleaved(ours, added, rounds=3)
    return Figure(
        name="circle.footprint",
        value=float(np.median(found)),
        ceiling=float(np.median(plain)),
        ratio=median_ratio(found, plain),
        unit="CPU s",
        goal="≤ 5 s",
        note=f"{PACKS} packs, {len(one.amount)} flows; beside: their sum by product",
    )


FIGURES = {"circle.footprint": circle_footprint, "circle.hourly": circle_hourly}

if __name__ == "__main__":
    for figure in FIGURES.values():
        print(figure().line())
