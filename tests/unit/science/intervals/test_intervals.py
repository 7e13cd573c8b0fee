"""Given estimates and truths that come in groups, intervals hold what they say."""

from __future__ import annotations

import numpy as np
import pytest

from cellchain.core.errors import Refused
from cellchain.science.intervals.conformal import by_regime, conformal_quantile
from cellchain.science.intervals.coverage import covered
from cellchain.science.intervals.jackknife import jackknife_plus

CELLS, ROWS, ROUNDS = 19, 30, 400


def _cells(dice: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Errors with a part that all rows of a cell share: rows are no independent evidence."""
    errors = 2.0 * dice.normal(size=(count, 1)) + dice.normal(size=(count, ROWS))
    return np.abs(errors).ravel(), np.repeat(np.arange(count), ROWS)


def test_a_row_of_a_new_cell_is_held_as_often_as_stated() -> None:
    dice = np.random.default_rng(7)
    held = []
    for _ in range(ROUNDS):
        quantile = conformal_quantile(*_cells(dice, CELLS), 0.9)
        held.append(np.mean(_cells(dice, 1)[0] <= quantile))
    assert 0.9 <= np.mean(held) < 0.96  # a guarantee: with few cells rather more


def test_one_score_a_group_is_split_conformal() -> None:
    scores = np.arange(1.0, 20.0)
    assert conformal_quantile(scores, np.arange(19), 0.9) == 18.0  # the ⌈20 · 0.9⌉-th


def test_too_few_groups_promise_nothing() -> None:
    scores = np.ones(800)
    assert conformal_quantile(scores, np.arange(800) % 8, 0.9) == np.inf
    assert conformal_quantile(scores, np.arange(800) % 9, 0.9) == 1.0


def test_a_regime_of_few_cells_takes_the_quantile_of_all() -> None:
    scores = np.r_[np.full(20, 1.0), np.full(2, 9.0)]
    found = by_regime(scores, np.arange(22), np.r_[np.zeros(20), np.ones(2)].astype(int), 0.9)
    assert found == {0: 1.0, 1: conformal_quantile(scores, np.arange(22), 0.9)}


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, float("nan")])
def test_what_is_no_level_is_refused(level: float) -> None:
    with pytest.raises(Refused, match="level"):
        conformal_quantile(np.ones(3), np.arange(3), level)


def test_jackknife_plus_holds_the_mean_of_a_line() -> None:
    dice = np.random.default_rng(3)
    held = []
    for _ in range(ROUNDS):
        truth = dice.normal(size=(20, 5)) + dice.normal(size=(20, 1))
        without = (truth.sum() - truth.sum(1)) / (truth.size - 5)
        residuals = np.abs(truth - without[:, None]).ravel()
        lower, upper = jackknife_plus(without[:, None], residuals, np.repeat(np.arange(20), 5), 0.9)
        new = dice.normal(size=5) + dice.normal()
        held.append(np.mean((lower[0] <= new) & (new <= upper[0])))
    assert 0.87 < np.mean(held) < 0.97


def test_coverage_tells_the_cell_that_is_not_held() -> None:
    truth, groups = np.zeros(10), np.repeat([3, 8], 5)
    upper = np.r_[np.ones(5), 1.0, np.nan, -0.5, -0.5, 1.0]
    found = covered(truth, upper - 1.5, upper, groups)
    assert (found.overall, found.low_groups, found.width) == (0.7, 0.5, 1.5)
    assert found.by_group.tolist() == [1.0, 0.4]
