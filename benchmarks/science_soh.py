"""Charges a second from features to intervals, beside the bare trees that say the capacity.

``python benchmarks/science_soh.py``: the figure ``science.soh``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.figure import Figure, interleaved, median_ratio
from cellchain.science.capacity.model import learnt
from cellchain.science.capacity.rows import FEATURES, Rows, described
from tests.unit.science.capacity.charges import GROUPS, asked, charges

CELLS, CHARGES = 40, 250
ROUNDS = 3


def science_soh() -> Figure:
    """Charges of cells that a model of forty others has not seen."""
    model = learnt(_rows(charges(1, cells=CELLS, rows=60)))
    rows = _rows(asked(charges(2, cells=CELLS, rows=CHARGES)))
    known = described(rows, model.usual)
    columns, count = known.columns(model.regimes), len(rows.place)

    def ours(_round: int) -> float:
        since = time.perf_counter()
        model.estimated(rows, 0.9)
        return count / (time.perf_counter() - since)

    def bare(_round: int) -> float:
        since = time.perf_counter()
        model.experts.said(columns, known.start_capacity_ah)
        return count / (time.perf_counter() - since)

    whole, trees = interleaved(ours, bare, rounds=ROUNDS)
    return Figure(
        name="science.soh",
        value=float(np.median(whole)),
        ceiling=float(np.median(trees)),
        ratio=median_ratio(whole, trees),
        unit="charges/s",
        goal="≥ 0.5",
        note=f"{CELLS} cells, {CHARGES} charges; ceiling: the same trees on columns made before",
    )


def _rows(table):
    """Return the rows of a table whose cells stand one below the other."""
    groups = [GROUPS.index(one) for one in table.texts("grp").cells()]
    return Rows(
        features=np.column_stack([table.numbers(name) for name in FEATURES]),
        capacity_ah=table.numbers("capacity"),
        place=table.numbers("n").astype(np.intp) - 1,
        regime=np.array(groups, dtype=np.intp),
        number=None,
    )


FIGURES = {"science.soh": science_soh}

if __name__ == "__main__":
    print(science_soh().line())
