"""Seconds to allocate batteries to slots and prove it, beside one pass of NumPy over the values.

``python benchmarks/circle_allocate.py [--report]``: the figures ``circle.allocate`` and
``circle.allocate_large``; with ``--report`` what is earned beside first come and greedy, a process
each for the memory.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.figure import Figure, interleaved, median_ratio
from cellchain.science.allocation.optimum import best_allocation
from cellchain.science.allocation.values import Values
from tests.unit.science.allocation.markets import market
from tests.unit.science.allocation.naive import first_come, greedy

SEED = 2027
"""Not among those that the method was made with."""


def drawn(batteries, slots, *, seed=SEED, heavy=False):
    """Return values and room of a market."""
    found = market(batteries, slots, seed=seed, heavy=heavy)
    np.maximum(found.values, Values.BARRED, out=found.values)
    return Values(found.values), found.room


def measured(name, batteries, slots, *, rounds, goal):
    """Return the figure of one size."""
    values, room = drawn(batteries, slots)
    prices = best_allocation(values, room).prices

    def ours(_round: int) -> float:
        since = time.process_time()
        best_allocation(values, room)
        return time.process_time() - since

    def one_pass(_round: int) -> float:
        since = time.process_time()
        values.best(prices)
        return time.process_time() - since

    found, plain = interleaved(ours, one_pass, rounds=rounds)
    best = best_allocation(values, room)
    gap = int(values.best(best.prices)[1].sum()) + int(best.prices @ room) - best.value_cents
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return Figure(
        name=name,
        value=float(np.median(found)),
        ceiling=float(np.median(plain)),
        ratio=median_ratio(found, plain),
        unit="CPU s",
        goal=goal,
        note=f"{batteries} × {slots}, gap {gap} cents, {peak_mb:.0f} MB; beside: one pass",
    )


def circle_allocate() -> Figure:
    """Ten thousand batteries, two hundred slots."""
    return measured("circle.allocate", 10_000, 200, rounds=5, goal="gap 0, ≤ 1 s, ≤ 300 MB")


def circle_allocate_large() -> Figure:
    """A hundred thousand batteries, a thousand slots."""
    goal = "gap ≤ 0.05 %, ≤ 60 s, ≤ 2 GB"
    return measured("circle.allocate_large", 100_000, 1_000, rounds=1, goal=goal)


FIGURES = {"circle.allocate": circle_allocate, "circle.allocate_large": circle_allocate_large}


def report() -> None:
    """Print what the best plan earns beside others, over both markets and three seeds."""
    for heavy in (False, True):
        for seed in range(SEED, SEED + 3):
            values, room = drawn(10_000, 200, seed=seed, heavy=heavy)
            best = best_allocation(values, room).value_cents
            less = [
                1 - values.in_slots(naive(values, room)).sum() / best
                for naive in (first_come, greedy)
            ]
            told = f"{'heavy tails' if heavy else 'plain':12} seed {seed}"
            print(f"{told}: first come {less[0]:.2%} below, greedy {less[1]:.2%}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", action="store_true")
    if parser.parse_args().report:
        report()
    else:
        for figure in FIGURES.values():
            print(figure().line())
