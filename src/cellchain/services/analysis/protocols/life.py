"""How `life` is judged: leave one cell out, everything chosen and calibrated without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.early.features import NAMES
from cellchain.science.early.life import BEYOND_MAX, Lives, estimated_life, fitted_life
from cellchain.services.analysis.life import described_cells
from cellchain.services.analysis.protocols.judged import (
    coverage_figures,
    judged,
    variant_figures,
)
from cellchain.services.analysis.report import Figures, Report
from cellchain.services.analysis.shapes import Picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cellchain.services.analysis.curves import Curves
    from cellchain.services.analysis.shapes import Bar
    from cellchain.services.analysis.table import Floats

LEVEL = 0.9
ENDS = 4
"""Cells at either end of the lives, left out together: nothing like them is learnt."""
VARIANTS = (
    ("ΔQ by one pair of cycles, one feature of five, straight line", "13.7 to 17.1 %"),
    ("medians of 3, 5 or 9 cycles; one feature of five, straight line", "14.1 to 17.5 %"),
    ("eight sets of 2 to 11 features, ridge; medians of 1, 3, 5, 9 cycles", "9.0 to 15.9 %"),
    ("the same sets, elastic net; 3, 5 cycles", "9.5 to 15.2 %"),
    ("the same sets, Gaussian process, one length; 3, 5 cycles", "7.3 to 16.1 %"),
    ("ten sets, Gaussian process, line and bend; 3, 5, 7 cycles", "7.1 to 13.1 %"),
    ("mean of all those ten, none left out: 3, 5, 7 cycles", "8.1, 7.8, 7.9 %"),
    ("mean of five of them, 5 cycles: what ships", "7.4 %"),
)
"""Mean absolute error, leave one cell out, on the 41 open cells."""


def evaluated(curves: Curves, *, progress: Callable[[int, int], None] = lambda *_: None) -> Report:
    """Return what the model is worth on cells whose life is known.

    Takes some seconds for each cell: in each turn the model is fitted and calibrated anew.

    Raises:
        Refused: ``life.no_answer``, ``life.few_cells``.
    """
    if curves.life is None:
        raise Refused("life.no_answer", "there is no cycle_life", remedy="add it for each cell")
    found = described_cells(curves)
    values = [one.values for one in found if one.values is not None]
    features = np.array(values).reshape(-1, len(NAMES))
    life = curves.life[[one.values is not None for one in found]]
    features, life = features[~np.isnan(life)], life[~np.isnan(life)]
    said = []
    for cell in range(len(life)):
        said.append(_without(np.arange(len(life)) == cell, features, life))
        progress(cell + 1, len(life))
    estimate, lower, upper, beyond = (
        np.concatenate([getattr(one, name) for one in said])
        for name in ("life", "lower", "upper", "beyond")
    )
    cells = np.arange(len(life), dtype=np.intp)
    errors, bars = _errors(features, life, estimate)
    width = np.exp(np.mean(np.log(upper / lower)) / 2)
    return Report(
        "Cycle life from the first hundred cycles",
        (
            "Each cell is left out in turn; kernels, scores and ranges are made without it. Given: "
            "discharge curves of cycles 2 to 100. The mean life is the naive answer.",
            errors,
            coverage_figures(life, (lower, upper), cells, LEVEL, "cycles"),
            f"Half of the intervals are within a factor of {np.median(upper / estimate):.2f} up, "
            f"their geometric mean is {width:.2f} up and down; "
            f"{np.count_nonzero(beyond > BEYOND_MAX)} of {len(life)} cells are out of domain.",
            _ends(features, life),
            variant_figures(VARIANTS),
        ),
        Picture("Cells left out", "MAPE, %", "", bars=bars),
    )


def _without(out: NDArray[np.bool_], features: Floats, life: Floats) -> Lives:
    """Return what is told of some cells by a model that has not seen them."""
    return estimated_life(fitted_life(features[~out], life[~out]), features[out], LEVEL)


def _errors(features: Floats, life: Floats, estimate: Floats) -> tuple[Figures, tuple[Bar, ...]]:
    answers = {
        "this model": estimate,
        "mean life": (life.sum() - life) / (len(life) - 1),
        "logarithm of the variance of ΔQ, straight line": _line(features, life),
    }
    rows, bars = [], []
    for name, told in answers.items():
        share = 100.0 * np.abs(told - life) / life
        bars.append(_judged(name, share))
        rows.append(_error_row(bars[-1], share, float(np.sqrt(np.mean((told - life) ** 2)))))
    columns = ("model", "MAPE %", "90 % bootstrap", "RMSE cycles", "worst cell %")
    return Figures("Errors", columns, tuple(rows)), tuple(bars)


def _judged(name: str, share: Floats) -> Bar:
    def error(cells: NDArray[np.intp]) -> float:
        return float(share[cells].mean())

    return judged(name, error, np.arange(len(share)), naive=name != "this model")


def _error_row(bar: Bar, share: Floats, rmse: float) -> tuple[str, ...]:
    bounds = f"{bar.lo:.1f} to {bar.hi:.1f}"
    return bar.name, f"{bar.value:.1f}", bounds, f"{rmse:.0f}", f"{share.max():.0f}"


def _line(features: Floats, life: Floats) -> Floats:
    said = []
    for cell in range(len(life)):
        kept = np.arange(len(life)) != cell
        slope, start = np.polyfit(features[kept, 0], np.log(life[kept]), 1)
        said.append(np.exp(start + slope * features[cell, 0]))
    return np.array(said)


def _ends(features: Floats, life: Floats) -> Figures:
    order = np.argsort(life, kind="stable")
    rows = []
    for end in (order[:ENDS], order[-ENDS:]):
        out = np.isin(np.arange(len(life)), end)
        found = _without(out, features, life)
        for place, truth in enumerate(life[out].tolist()):
            told = found.life[place], found.lower[place], found.upper[place], found.beyond[place]
            rows.append((f"{truth:.0f}", *(f"{one:.0f}" for one in told[:3]), f"{told[3]:.2f}"))
    return Figures(
        "The shortest and the longest lives, when nothing like them was learnt",
        ("life", "estimate", "lo", "hi", "beyond the training range, in ranges"),
        tuple(rows),
    )
