"""Given cells that ended and cells that still run, lives are told that are neither's alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.science.remaining.course import end_cycle
from cellchain.science.remaining.evidence import evidence
from cellchain.science.remaining.law import SHAPES, fade
from cellchain.science.remaining.population import fit_population, life_grid, watched
from tests.unit.science.remaining.fleets import MIDDLES, fleet

END = 0.85
AGES = (0.2, 0.35, 0.5, 0.65, 0.8)
FLEETS = 8


def seen(courses):
    """What was seen of cells, and their lives, NaN of those that still run."""
    ends = [end_cycle(one.capacity_ah, END) for one in courses]
    lives = np.array([np.nan if one is None else one for one in ends], dtype=float)
    grid = life_grid(max(len(one.capacity_ah) for one in courses))
    cells = [
        watched(one.group, one.capacity_ah, life, END, grid)
        for one, life in zip(courses, lives, strict=True)
    ]
    return cells, lives


def learnt(cells, bases):
    return fit_population(cells, np.array(bases))


def told(population, course, base):
    """Lives, cycle by cycle."""
    bases = np.full(len(course.capacity_ah), base)
    said = population.survivors(course.group, bases, evidence(course.capacity_ah, END))
    return np.exp(said)


def judged(heavy):
    """Errors at `AGES`, in percent of life: of all cells, of ended alone, of the naive median."""
    errors = []
    for seed in range(FLEETS):
        courses, _ = fleet(seed, heavy=heavy)
        cells, lives = seen(courses)
        of = np.array([one.group for one in courses])
        medians = {group: np.log(np.nanmedian(lives[of == group])) for group in MIDDLES}
        bases = [medians[group] for group in of]
        ended = np.flatnonzero(~np.isnan(lives))
        assert 0.15 < len(ended) / len(cells) < 0.55
        whole = learnt(cells, bases)
        dropped = learnt([cells[n] for n in ended], [bases[n] for n in ended])
        for course in fleet(100 + seed, cells=6, seen=None, heavy=heavy)[0]:
            life = end_cycle(course.capacity_ah, END)
            rows = [int(age * life) - 1 for age in AGES]
            base = medians[course.group]
            by = [told(one, course, base)[rows] for one in (whole, dropped)]
            naive = np.maximum(np.exp(base), np.array(rows) + 1.0)
            errors.append(100.0 * (np.array([*by, naive]) / life - 1.0))
    return np.array(errors)


@pytest.fixture(scope="module")
def light():
    return judged(heavy=False)


def test_dropping_cells_that_run_makes_lives_too_short_and_keeping_them_does_not(light):
    ours, dropped, naive = light.mean(axis=0)[:, AGES.index(0.5)]
    assert abs(ours) < 4.0
    assert dropped < -7.0
    assert naive < -14.0


def test_lives_are_told_better_at_any_age_than_by_those_that_ended(light):
    ours, dropped, naive = np.abs(light).mean(axis=0)
    assert np.all(ours < 0.75 * naive)
    assert ours[0] < 0.9 * dropped[0]


def test_heavy_tails_of_lives_that_the_model_does_not_know_are_no_worse_than_the_median():
    ours, _, naive = np.abs(judged(heavy=True)).mean(axis=0)
    assert np.all(ours < 0.95 * naive)


def test_the_law_is_0_when_new_1_at_the_end_and_never_falls():
    said = fade(np.linspace(0.0, 1.5, 400))
    assert said.shape == (400, len(SHAPES))
    assert said[0] == pytest.approx(np.zeros(len(SHAPES)), abs=1e-12)
    assert fade(np.array(1.0)) == pytest.approx(np.ones(len(SHAPES)))
    assert np.all(np.diff(said, axis=0) > 0.0)


def test_a_law_fits_its_own_cell_best_though_it_recovered_at_first():
    life, shape = 400.0, 62
    cycles = np.arange(1.0, 301.0)
    own = fade(np.maximum(cycles - 5.5, 0.0) / (life - 5.5))[:, shape]
    recovered = own - 0.2 * (1.0 - own) * (cycles > 10)
    lives = np.exp(np.arange(5.5, 7.0, 0.05) + np.log(life) - 6.0)
    misfit = evidence(2.0 * (1.0 - 0.15 * recovered), END).misfit(lives)
    best = np.unravel_index(np.argmin(misfit[-1]), misfit.shape[1:])
    assert lives[best[0]] == pytest.approx(life, rel=0.11)
    assert misfit[-1, 10, shape] < 0.05  # lives[10] is the own one


@pytest.fixture(scope="module")
def population():
    cells, lives = seen(fleet(7)[0])
    return learnt(cells, np.full(len(lives), np.log(np.nanmedian(lives))))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 99), kept=st.integers(1, 150), missing=st.integers(0, 140))
def test_no_later_row_moves_what_is_told(population, seed, kept, missing):
    course = fleet(seed, cells=1, middles={"short": 250.0})[0][0]
    capacity_ah = course.capacity_ah[:150].copy()
    capacity_ah[missing : missing + 9] = np.nan
    dice = np.random.default_rng(seed)
    bases = np.full(len(capacity_ah), 5.5)
    bases[:9] += dice.normal(size=9)
    whole = population.survivors("short", bases, evidence(capacity_ah, END))
    early = population.survivors("short", bases[:kept], evidence(capacity_ah[:kept], END))
    assert np.array_equal(early, whole[:kept])


def test_a_life_is_never_told_shorter_than_it_has_lasted(population):
    course = fleet(5, cells=1, middles={"short": 250.0}, seen=None)[0][0]
    forever = np.concatenate([course.capacity_ah, np.full(9000, course.capacity_ah[100])])
    bases = np.full(len(forever), np.log(250.0))
    said = population.survivors("short", bases, evidence(forever, END))
    assert np.isfinite(said).all()
    assert np.all(np.exp(said) > np.arange(1.0, len(forever) + 1.0) * (1.0 - 1e-12))


def test_a_group_that_was_never_seen_is_told_more_widely(population):
    spreads = population.spreads
    assert all(spreads[""][0, 0] > spreads[group][0, 0] for group in MIDDLES)


def test_a_group_of_which_none_has_ended_outlives_what_others_say():
    courses, _ = fleet(3, cells=10, middles={"short": 200.0})
    running = fleet(4, cells=10, middles={"long": 800.0}, seen=(0.3, 0.4))[0]
    cells, lives = seen(courses + running)
    base = np.log(np.nanmedian(lives[:10]))
    assert np.isnan(lives[10:]).all()
    whole = learnt(cells, np.full(20, base))
    longest = max(len(one.capacity_ah) for one in running)
    assert np.exp(base + whole.means["long"][0]) > 1.2 * longest
    assert np.exp(base + whole.means["short"][0]) < longest
