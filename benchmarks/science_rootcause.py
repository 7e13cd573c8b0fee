"""Seconds for a root cause among 100,000 cells, beside group-bys of the same columns by pandas.

``python benchmarks/science_rootcause.py``: the figure ``science.rootcause``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.figure import Figure, interleaved, median_ratio
from cellchain.science.rootcause.search import root_causes
from tests.unit.science.rootcause_plants import planted

CELLS, CANDIDATES, BINS = 100_000, 40, 20
ROUNDS = 3


def science_rootcause() -> Figure:
    """A pair of causes planted in a factory of forty candidates."""
    rng = np.random.default_rng(11)
    plant = planted("pair", cells=CELLS, strength=3, rng=rng)
    more = CANDIDATES - len(plant.categories) - len(plant.numbers)
    plant.numbers.update({f"y{n}": rng.standard_normal(CELLS) for n in range(more)})

    def ours(_round: int) -> float:
        since = time.perf_counter()
        root_causes(plant.bad, categories=plant.categories, numbers=plant.numbers)
        return time.perf_counter() - since

    def group_bys(_round: int) -> float:
        since = time.perf_counter()
        columns = [codes for codes, _ in plant.categories.values()]
        columns += [pd.qcut(values, BINS, labels=False) for values in plant.numbers.values()]
        frame = pd.DataFrame({"bad": plant.bad})
        for codes in columns:
            frame.groupby(codes)["bad"].agg(["sum", "count"])
        return time.perf_counter() - since

    found, plain = interleaved(ours, group_bys, rounds=ROUNDS)
    return Figure(
        name="science.rootcause",
        value=float(np.median(found)),
        ceiling=float(np.median(plain)),
        ratio=median_ratio(found, plain),
        unit="s",
        goal="≤ 10, ≤ 5 s",
        note=f"{CELLS} cells, {CANDIDATES} candidates; beside: group-bys by pandas",
    )


FIGURES = {"science.rootcause": science_rootcause}

if __name__ == "__main__":
    print(science_rootcause().line())
