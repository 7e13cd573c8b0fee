"""What is earned by placing batteries week by week, beside one who knew every arrival.

``python benchmarks/circle_roll.py [--report]``: the figure ``circle.roll``, a year after half a
year of history; with ``--report`` thick and thin markets, plain and with heavy tails, and three
seeds.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.figure import Figure
from cellchain.science.allocation.optimum import best_allocation
from cellchain.science.allocation.rolling import Arrivals, placed_weekly
from cellchain.science.allocation.values import Values
from tests.unit.science.allocation.weeks import HOLDING_CENTS, year

SEED = 2027
"""Not among those that the method was made with."""
HISTORY, WEEKS = 26, 78
"""Weeks that are gone, and all of them."""


def earned(batteries, slots, *, seed, heavy=False):
    """Return cents of ours, of placing at once and of the clairvoyant, and CPU seconds of ours.

    Batteries and slots are those of 52 weeks.
    """
    share = WEEKS / 52
    found = year(int(batteries * share), int(slots * share), seed=seed, heavy=heavy, weeks=WEEKS)
    n = len(found.arrives)
    values = Values(np.maximum(found.values, Values.BARRED))
    ends, holding = np.full(n, WEEKS - 1), np.full(n, HOLDING_CENTS)
    known = Arrivals(values, found.room, found.arrives, ends, found.opens, found.closes, holding)
    mine = np.flatnonzero(found.arrives >= HISTORY)
    gone = np.flatnonzero(found.arrives < HISTORY)
    most = best_allocation(known.timed().taken(mine), found.room).value_cents

    def cents(futures):
        placed = placed_weekly(known, gone, range(HISTORY, WEEKS), seed=seed, futures=futures)
        waited = placed.week - found.arrives
        worth = values.in_slots(placed.slot) - waited * HOLDING_CENTS
        return int(worth[mine].sum())

    since = time.process_time()
    ours = cents(4)
    return ours, cents(0), most, time.process_time() - since


def circle_roll() -> Figure:
    """Ten thousand batteries and a thousand buyers in a year."""
    ours, at_once, most, cpu_s = earned(10_000, 1_000, seed=SEED)
    return Figure(
        name="circle.roll",
        value=ours / 100,
        ceiling=most / 100,
        ratio=ours / most,
        unit="EUR",
        goal="≥ 0.97 of the clairvoyant",
        note=f"10,000 × 1,000 in 52 weeks, {cpu_s:.0f} CPU s; at once {at_once / most:.3f}",
    )


FIGURES = {"circle.roll": circle_roll}


def report() -> None:
    """Print the share of the clairvoyant's earnings, over sizes, markets and seeds."""
    for batteries, slots in ((2_000, 200), (10_000, 1_000)):
        for heavy in (False, True):
            for seed in range(SEED, SEED + 3):
                ours, at_once, most, cpu_s = earned(batteries, slots, seed=seed, heavy=heavy)
                told = f"{batteries} × {slots} {'heavy tails' if heavy else 'plain':12} seed {seed}"
                print(
                    f"{told}: {ours / most:.2%}; at once {at_once / most:.2%}; {cpu_s:.0f} CPU s",
                    flush=True,
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", action="store_true")
    if parser.parse_args().report:
        report()
    else:
        for figure in FIGURES.values():
            print(figure().line())
