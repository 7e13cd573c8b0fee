"""Figures that several protocols tell: errors by cell, bootstrap, coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.intervals.coverage import covered
from cellchain.services.analysis.report import Figures
from cellchain.services.analysis.shapes import Bar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Floats

DRAWS, SEED = 1000, 1
BOUNDS = (0.05, 0.95)


def bootstrapped(
    error: Callable[[NDArray[np.intp]], float], groups: NDArray[np.intp]
) -> tuple[float, float]:
    """Return the bounds of nine in ten draws of cells, with replacement.

    Args:
        error: Of some rows.
        groups: The cell of each row.
    """
    dice = np.random.default_rng(SEED)
    rows = [np.flatnonzero(groups == one) for one in np.unique(groups)]
    draws = [
        error(np.concatenate([rows[n] for n in dice.integers(len(rows), size=len(rows))]))
        for _ in range(DRAWS)
    ]
    low, high = np.quantile(draws, BOUNDS)
    return float(low), float(high)


def judged(
    name: str,
    error: Callable[[NDArray[np.intp]], float],
    groups: NDArray[np.intp],
    *,
    naive: bool = False,
) -> Bar:
    """Return an error of all rows with its bounds, as `bootstrapped`; naive ones stand back."""
    low, high = bootstrapped(error, groups)
    return Bar(name, error(np.arange(len(groups))), low, high, not naive)


def coverage_figures(
    truth: Floats, ends: tuple[Floats, Floats], groups: NDArray[np.intp], level: float, unit: str
) -> Figures:
    """Return what intervals turned out to hold."""
    held = covered(truth, *ends, groups)
    rows = (
        ("held, of all rows", f"{100 * held.overall:.1f} %"),
        ("cells of which fewer than 80 % are held", f"{100 * held.low_groups:.0f} %"),
        ("mean width", f"{held.width:.4g} {unit}"),
    )
    return Figures(f"Intervals at a level of {level:g}", ("what", "found"), rows)


def variant_figures(variants: Sequence[tuple[str, str]]) -> Figures:
    """Return the table of what was tried."""
    return Figures(f"Variants tried: {len(variants)}", ("what", "score"), tuple(variants))
