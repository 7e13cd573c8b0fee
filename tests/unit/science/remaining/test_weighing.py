"""Survivors are taken where they pay on cells not seen, ended or running, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from cellchain.science.remaining import learning, prior
from cellchain.science.remaining.choosing import weight
from cellchain.science.remaining.course import end_cycle
from cellchain.science.remaining.model import fit
from cellchain.science.remaining.weighing import STAGES, Told, judged_cells, weights
from tests.unit.science.remaining.fleets import fleet

ROWS = 12
CELLS = 20


def test_a_cell_that_still_runs_is_off_by_what_it_outlived_alone():
    cells = np.arange(10)
    missing = np.full(10, np.log(1.5))
    longer, shorter = np.full(10, 1.0), np.full(10, -1.0)
    running = np.zeros(10, dtype=bool)
    assert weight(longer, missing, cells, running) == (0.5, pytest.approx(1 - 1 / 1.5))
    assert weight(shorter, missing, cells, running) == (0.0, 0.0)
    assert weight(longer, -missing, cells, running) == (0.0, 0.0)  # known to run for less
    assert weight(longer, -missing, cells, ~running) == (0.0, 0.0)
    assert weight(longer, missing, cells, ~running)[0] == 0.5
    assert weight(longer, missing, cells)[0] == 0.5


def judged(survivors_off, *, ended=True):
    """Cells whose base is half of the truth, at all stages; survivors are off by stage."""
    stages = np.arange(ROWS) * (len(STAGES) + 1) // ROWS
    none = np.zeros(ROWS)
    told = Told(none - np.log(2.0), none, survivors_off[stages], stages)
    return judged_cells([(told, 0.0, n, ended) for n in range(CELLS)])


def test_survivors_are_taken_from_the_stage_on_from_which_they_pay():
    late = np.array([-3.0, -3.0, -3.0, 0.0, 0.0, 0.0])
    assert np.array_equal(weights(judged(late)).survivors, [0, 0, 0, 1, 1, 1])
    assert np.array_equal(weights(judged(np.zeros(6))).survivors, np.ones(6))
    assert np.array_equal(weights(judged(np.full(6, -3.0))).survivors, np.zeros(6))


def test_without_any_cell_nothing_is_taken():
    nothing = weights(judged_cells([]))
    assert not nothing.correction.any()
    assert not nothing.survivors.any()


@pytest.fixture(scope="module")
def fleets():
    """Errors at half of life in percent, with survivors and without; and what was taken."""
    with pytest.MonkeyPatch.context() as patch:
        for room in (learning, prior):
            patch.setattr(room, "TREES", 12)
        models = [(seed, fit(fleet(seed)[0], end=0.85)) for seed in (0, 2)]
    errors = []
    for seed, model in models:
        for course in fleet(100 + seed, cells=8, seen=None)[0]:
            life = end_cycle(course.capacity_ah, 0.85)
            told, half = model.learnt.told(course), life // 2 - 1
            by = told.life(model.weights)[half], told.corrected(model.weights.correction)[half]
            errors.append(100.0 * (np.exp(by) / life - 1.0))
    return [one.weights.survivors for _, one in models], np.array(errors)


def test_where_most_cells_still_run_survivors_are_taken_and_lives_told_better(fleets):
    taken, errors = fleets
    assert all(one[-1] > 0.0 for one in taken)
    ours, without = np.abs(errors).mean(axis=0)
    assert ours < 0.85 * without
    bias = errors.mean(axis=0)
    assert bias[1] < -8.0
    assert abs(bias[0]) < 0.7 * abs(bias[1])
