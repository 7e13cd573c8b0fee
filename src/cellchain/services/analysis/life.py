"""Cycle life from the first hundred cycles: a row for each cell.

In: `Curves`. Out: ``cell``, the estimate in cycles with its interval, ``model``, ``reason``. An
estimate depends on the cycles up to 100 of its own cell, and on the model.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.early.curves import without_spikes
from cellchain.science.early.features import (
    EARLY_CYCLE,
    LATE_CYCLE,
    NAMES,
    WINDOW,
    Described,
    described,
)
from cellchain.science.early.life import (
    BEYOND_MAX,
    CELLS_MIN,
    COMMITTEE,
    LifeModel,
    estimated_life,
    fitted_life,
)
from cellchain.science.intervals.conformal import check_level
from cellchain.services.analysis.curves import CELL, CHARGE, CYCLE, VOLTAGE, Curves
from cellchain.services.analysis.estimates import Estimates
from cellchain.services.analysis.model_files import (
    check_model,
    model_bytes,
    parse_model,
    shipped_model,
    used_model,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.services.analysis.table import Table

COLUMNS = (CELL, CYCLE, VOLTAGE, CHARGE)
"""Of an empty file."""
KIND = "life/1"
SHIPPED, TRAINED = "life.shipped/1 MATR", "life.trained"
KERNEL_MAX, LOG_LIFE_MAX = 1e9, 100.0
"""Of a model in a file: a parameter of a kernel, or one over it; the logarithm of a life."""
LATE_MIDDLE = LATE_CYCLE - WINDOW // 2
LIFE_MAX = 1e6
"""Cycles: more is no answer."""
MIDDLE_MAX = 3.0
"""Cycles by which the middle of a window may be off without a word."""


def shipped() -> LifeModel:
    """Return the model that ships: 41 LFP cells under fast charge (MATR)."""
    return checked(shipped_model("life", KIND, LifeModel))


def to_json(model: LifeModel) -> bytes:
    """Return a file that `parse` reads."""
    return model_bytes(KIND, model)


def parse(data: bytes) -> LifeModel:
    """Return the model in a file.

    Raises:
        Refused: ``model.malformed``.
    """
    return checked(parse_model(data, KIND, LifeModel))


def checked(model: LifeModel) -> LifeModel:
    """Return a model whose parts fit each other, and whose numbers are in their ranges.

    Raises:
        Refused: ``model.malformed``.
    """
    cells, kernels = model.scores.size, [one for row in model.kernels for one in row]
    check_model(
        cells >= CELLS_MIN
        and model.scores.shape == model.log_life.shape == (cells,)
        and model.features.shape == (cells, len(NAMES))
        and len(model.kernels) == len(COMMITTEE)
        and all(len(one) == cells + 1 for one in model.kernels),
        "its parts do not fit",
    )
    check_model(
        bool((model.scores >= 0.0).all() and (np.abs(model.log_life) <= LOG_LIFE_MAX).all())
        and all(
            1.0 / KERNEL_MAX <= value <= KERNEL_MAX for one in kernels for value in astuple(one)
        ),
        "a number of it is out of its range",
    )
    return model


def trained(curves: Curves, *, progress: Callable[[int], None] = lambda _: None) -> LifeModel:
    """Return the model of cells whose life is known; others are left out.

    Raises:
        Refused: ``life.no_answer``: no life is given, or it is not above 0; ``life.…``.
    """
    if curves.life is None:
        raise Refused("life.no_answer", "there is no cycle_life", remedy="add it for each cell")
    if (curves.life <= 0).any() or np.isinf(curves.life).any():
        raise Refused("life.no_answer", "a cycle_life is not above 0", remedy="leave it empty")
    found = described_cells(curves)
    known = [
        (one.values, life)
        for one, life in zip(found, curves.life.tolist(), strict=True)
        if one.values is not None and not _unanswered(one) and not np.isnan(life)
    ]
    features = np.array([values for values, _ in known]).reshape(-1, len(NAMES))
    return fitted_life(features, np.array([life for _, life in known]), progress=progress)


def estimated(curves: Curves, model: LifeModel, name: str, level: float) -> Table:
    """Return the life of each cell.

    Raises:
        Refused: ``interval.level``, ``model.malformed``.
    """
    check_level(level)
    found = described_cells(curves)
    reasons = [_unanswered(one) for one in found]
    answered = [n for n, reason in enumerate(reasons) if not reason]
    features = np.array([found[n].values for n in answered]).reshape(-1, len(NAMES))
    with used_model():
        lives = estimated_life(model, features, level)
    estimate, lower, upper = np.full((3, len(found)), np.nan)
    for place, cell in enumerate(answered):
        lived = _lived(curves, cell)
        out = f"out of domain: {lives.farthest[place]} is like no cell's that was learnt"
        if not lives.life[place] <= LIFE_MAX:
            reasons[cell] = f"{out}, and no cell lives as long as would follow"
            continue
        strange = lives.beyond[place] > BEYOND_MAX
        estimate[cell] = max(lives.life[place], lived)
        # a cell that fades as none did may end tomorrow
        lower[cell] = lived if strange else max(lives.lower[place], lived)
        upper[cell] = max(lives.upper[place], lived)
        few = f"{len(model.scores)} cells are too few for a level of {level:g}"
        parts = [
            _windows(found[cell]),
            out if strange else "",
            few if np.isinf(upper[cell]) and not strange else "",
        ]
        reasons[cell] = "; ".join(filter(None, parts))
    names = [name] * len(found)
    return Estimates(estimate, lower, upper, level, names, reasons).beside({CELL: curves.cells})


def described_cells(curves: Curves) -> list[Described]:
    """Return the features of each cell, by itself."""
    return [
        described(without_spikes(charge[:, cycles <= LATE_CYCLE]), cycles[cycles <= LATE_CYCLE])
        for charge, cycles in zip(curves.charge_ah, curves.cycles, strict=True)
    ]


def _lived(curves: Curves, cell: int) -> float:
    """Return the last cycle that was looked at: its life is no shorter."""
    cycles = curves.cycles[cell]
    return float(cycles[cycles <= LATE_CYCLE].max())


def _unanswered(one: Described) -> str:
    """Return why a cell has no answer; nothing where it has one."""
    if one.values is not None:
        start_ah = one.values[NAMES.index("start_ah")]
        return "" if start_ah > 0.0 else f"its first cycles have {start_ah:g} Ah: not above 0"
    seen = "none" if np.isnan(one.late) else f"those around {one.early:g} and {one.late:g}"
    return f"cycles around {EARLY_CYCLE} and {LATE_CYCLE} are needed; there are {seen}"


def _windows(one: Described) -> str:
    pairs = ((EARLY_CYCLE, EARLY_CYCLE, one.early), (LATE_CYCLE, LATE_MIDDLE, one.late))
    return "; ".join(
        f"cycle {wanted} is read from those around {found:g}"
        for wanted, middle, found in pairs
        if abs(found - middle) > MIDDLE_MAX
    )
