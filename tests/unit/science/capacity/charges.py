"""Cells that fade, and how their charges end: simulated, two test groups, known truth."""

from __future__ import annotations

import numpy as np

from cellchain.science.capacity.rows import FEATURES
from cellchain.services.analysis.cycles import CAPACITY
from cellchain.services.analysis.table import Table, Texts

GROUPS = ("slow", "fast")
NEW_AH = 2.0


def cell_rows(dice, group, rows):
    """Return features, shape [rows, 16], and capacity of one cell from its first charge on."""
    fade = dice.uniform(0.08, 0.25) * (np.arange(rows) / rows) ** dice.uniform(0.8, 1.6)
    start = NEW_AH * (1 + 0.02 * dice.normal())
    capacity = start * (1 - fade)
    level = dict.fromkeys(FEATURES, 1.0) | {
        "voltage mean": 4.09 + 0.01 * group - 0.02 * fade,
        "CC Q": (0.34 + 0.1 * group) * (1 - 0.8 * fade),
        "CC charge time": (300 + 200 * group) * (1 - 0.8 * fade),
        "CV Q": 0.06 * (1 - fade) ** -3.5,
        "CV charge time": 950 * (1 - fade) ** -3.8,
        "current slope": -1e-3 * (1 - fade) ** 3.2,
    }
    own = 1 + 0.004 * dice.normal(size=16)
    noise = 1 + 0.003 * dice.normal(size=(rows, 16))
    features = np.column_stack([np.broadcast_to(level[name], rows) for name in FEATURES])
    return features * own * noise, capacity


def charges(seed, cells=10, rows=40):
    """Return a table of cells of both groups in turn, one below the other."""
    dice = np.random.default_rng(seed)
    made = [cell_rows(dice, number % 2, rows) for number in range(cells)]
    features = np.concatenate([one for one, _ in made])
    columns = dict(zip(FEATURES, features.T, strict=True))
    return Table(
        {
            "grp": Texts.of(GROUPS[number % 2] for number in range(cells) for _ in range(rows)),
            "cell": Texts.of(f"{number // 2:03d}" for number in range(cells) for _ in range(rows)),
            "n": np.tile(np.arange(1.0, rows + 1), cells),
            **columns,
            CAPACITY: np.concatenate([capacity for _, capacity in made]),
        }
    )


def asked(table, known=10):
    """Return the table with the capacities of the first charges only."""
    capacity = np.where(table.numbers("n") <= known, table.numbers(CAPACITY), np.nan)
    return Table({**table.columns, CAPACITY: capacity})


def changed(table, **columns):
    """Return the table with other columns; spaces of a name are written as underscores."""
    named = {name.replace("_", " "): column for name, column in columns.items()}
    return Table({**table.columns, **named})
