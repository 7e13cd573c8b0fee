"""What plans are worth and take where slots ask for lots or sets: ours, SciPy's milp, and naive.

``python benchmarks/circle_allocate_asked.py [--report]``: the figure ``circle.allocate_asked``;
with ``--report`` value, gap to the bound that was found, and seconds of milp (ten at most), ours,
greedy and first come, on small and medium markets. Naive ones know nothing of lots and sets: what
breaks either goes to recycling. Milp knows sets by every choice of them, so only in small markets.
"""

from __future__ import annotations

import argparse
import sys
import time
from math import comb
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.figure import Figure
from cellchain.science.allocation.lots import Crowd, best_lots
from cellchain.science.allocation.sets import best_found_sets
from cellchain.science.allocation.values import Values
from cellchain.science.allocation.windows import Alike, by_kind, in_some_set
from tests.unit.science.allocation.exact import by_milp
from tests.unit.science.allocation.markets import market
from tests.unit.science.allocation.naive import first_come, greedy

SEED = 2027
MILP_S = 10.0
CHOICES_MAX = 300_000
"""Of milp: more take longer to write down than it may compute."""
SPREAD_PPM = 20_000
SIZES = ((60, 6), (300, 20), (1_000, 40))


def asked(batteries, slots, sort, *, seed=SEED):
    """Return a crowd whose buyers ask for nothing, lots or sets; and by what it is alike."""
    drawn = market(batteries, slots, seed=seed)
    rng = np.random.default_rng(seed)
    every = np.arange(slots)
    size = np.ones(slots, np.int64)
    room, lot = drawn.room.copy(), np.zeros(slots, np.int64)
    if sort == "lots":  # twice the room: slots are no longer full, and may miss their lots
        lot[:-1:2] = np.rint(0.9 * room[:-1:2])
        room[:-1] *= 2
    if sort == "sets":
        size[:-1:2] = rng.choice([2, 3, 4], len(every[:-1:2]))
    health = np.rint(rng.beta(8, 3, batteries) * 1e6).astype(np.int64)
    alike = Alike(size, np.full(slots, SPREAD_PPM), rng.integers(0, 3, batteries), health)
    cents = np.maximum(drawn.values, Values.BARRED)
    for slot in np.flatnonzero(size > 1):
        inside = in_some_set(alike, slot, cents[:, slot] > Values.BARRED)
        cents[~inside, slot] = Values.BARRED
    ones = np.ones(batteries, np.int64)
    crowd = Crowd(Values(cents), ones, np.minimum(room, batteries) // size * size, lot)
    return crowd, alike


def kept(crowd, alike, slot):
    """Return what a naive plan is worth when whatever breaks a lot or a set is recycled."""
    slot = slot.copy()
    for one in np.flatnonzero(alike.size > 1).tolist():
        mine, slot[slot == one] = np.flatnonzero(slot == one), len(crowd.room) - 1
        size = int(alike.size[one])
        for rows in by_kind(alike, mine):
            start = 0
            while start + size <= len(rows):
                members = rows[start : start + size]
                whole = np.ptp(alike.health[members]) <= SPREAD_PPM
                slot[members] = one if whole else slot[members]
                start += size if whole else 1
    short = crowd.short(slot, crowd.count) > 0
    slot[short[slot]] = len(crowd.room) - 1
    return crowd.values.worth(slot)


def ours(crowd, alike):
    """Return value and bound of ours."""
    relaxed = best_lots(crowd)
    if (alike.size == 1).all():
        return relaxed.shares.value_cents, relaxed.bound_cents
    return best_found_sets(crowd, alike, relaxed).value_cents, relaxed.bound_cents


def milp(crowd, alike):
    """Return value and bound of milp; nothing where that would be too much to write down."""
    able = (crowd.values.cents > Values.BARRED).sum(axis=0).tolist()
    if sum(map(comb, able, alike.size.tolist())) > CHOICES_MAX:
        return None
    return by_milp(crowd, alike, seconds=MILP_S)


def report(sizes=SIZES) -> None:
    """Print value, gap and seconds of each, beside the lowest bound that any of them found."""
    for batteries, slots in sizes:
        for sort in ("plain", "lots", "sets"):
            crowd, alike = asked(batteries, slots, sort)
            found, took = {}, {}
            for name, plan in (
                ("ours", ours), ("milp", milp),
                ("greedy", lambda c, a: (kept(c, a, greedy(c.values, c.room)), None)),
                ("first come", lambda c, a: (kept(c, a, first_come(c.values, c.room)), None)),
            ):  # fmt: skip
                since = time.process_time()
                found[name] = plan(crowd, alike)
                took[name] = time.process_time() - since
            bound = min(one[1] for one in found.values() if one and one[1] is not None)
            print(f"{batteries} × {slots} {sort}:")
            for name, one in found.items():
                told = "not tried" if one is None else f"{1 - one[0] / bound:8.3%} below the bound"
                own = f" ({1 - one[0] / one[1]:.3%} below its own)" if one and one[1] else ""
                print(f"  {name:10} {told}{own}, {took[name]:.2f} CPU s")


def circle_allocate_asked() -> Figure:
    """A market with lots: to the proof, beside the allocation without them."""
    crowd, alike = asked(1_000, 40, "lots")
    since = time.process_time()
    worth, bound = ours(crowd, alike)
    took = time.process_time() - since
    since = time.process_time()
    best_lots(Crowd(crowd.values, crowd.count, crowd.room, np.zeros_like(crowd.lot)))
    plain = time.process_time() - since
    return Figure(
        name="circle.allocate_asked",
        value=took,
        ceiling=plain,
        ratio=took / plain,
        unit="CPU s",
        goal="gap stated",
        note=f"1,000 × 40 with lots, gap {1e6 * (bound / worth - 1):.0f} ppm; beside: without lots",
    )


FIGURES = {"circle.allocate_asked": circle_allocate_asked}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", action="store_true")
    if parser.parse_args().report:
        report()
    else:
        for figure in FIGURES.values():
            print(figure().line())
