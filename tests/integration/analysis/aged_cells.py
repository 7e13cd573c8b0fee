"""Cells that fade as real ones do: by the square root of time, by use, and with a knee."""

from __future__ import annotations

import numpy as np

from cellchain.services.analysis.table import Table, Texts

GROUPS = {"slow": 160.0, "fast": 80.0}
"""Cycles to 85 %, about."""


def aged(seed, cells=8, *, groups=GROUPS, beyond=1.15):
    """A table of cells of each group, measured to ``beyond`` their life."""
    dice = np.random.default_rng(seed)
    columns = {name: [] for name in ("grp", "cell", "n", "capacity", "CC Q")}
    for group, middle in groups.items():
        for cell in range(cells):
            life = middle * np.exp(0.1 * dice.normal())
            n = np.arange(1.0, int(beyond * life) + 1.0)
            age = n / life
            fade = 0.15 * (0.3 * np.sqrt(age) + 0.3 * age + 0.4 * age**4)
            columns["grp"] += [group] * len(n)
            columns["cell"] += [f"{cell:03d}"] * len(n)
            columns["n"].append(n)
            columns["capacity"].append(2.0 * (1 - fade) + 0.002 * dice.normal(size=len(n)))
            columns["CC Q"].append(1.0 + 5.0 / life + 0.001 * dice.normal(size=len(n)))
    return Table({
        name: Texts.of(cells) if isinstance(cells[0], str) else np.concatenate(cells)
        for name, cells in columns.items()
    })  # fmt: skip
