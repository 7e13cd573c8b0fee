"""Who sinks beside the crowd."""

import numpy as np
import pytest

from cellchain.science.warning.drift import Healthy, Observed, drifting

DAYS, CELLS = 40, 24


def crowd(seed=1):
    dice = np.random.default_rng(seed)
    days = np.cumsum(dice.integers(1, 3, DAYS)).astype(float)
    offsets = 5e-3 * dice.standard_normal(CELLS)
    pack_v = 3.7 + 0.1 * dice.standard_normal(DAYS)
    return days, offsets + 1e-3 * dice.standard_normal((DAYS, CELLS)), pack_v, np.full(DAYS, 3e-4)


def said_of(days, residual_v, pack_v, error_v):
    at_rest = np.zeros(len(days))
    return drifting(Observed(days, pack_v, error_v, at_rest, residual_v), Healthy())


def test_a_planted_ramp_is_found_with_its_slope_and_onset():
    days, residual_v, pack_v, error_v = crowd()
    residual_v[:, 7] -= 4.6e-3 * np.maximum(days - days[-8], 0.0)
    said = said_of(days, residual_v, pack_v, error_v)
    assert np.argmax(said.score) == 7
    assert said.score[7] > 10.0
    assert said.slope_v[7] == pytest.approx(4.6e-3, rel=0.15)
    assert abs(said.since[7] - days[-8]) <= 2.0
    assert np.delete(said.score, 7).max() < 5.0


def test_ends_of_charges_tell_earlier_of_what_sinks_in_both():
    days, residual_v, pack_v, error_v = crowd()
    dice = np.random.default_rng(3)
    ends_v = 1e-2 * dice.standard_normal(CELLS) + 5e-4 * dice.standard_normal((DAYS, CELLS))
    for both in (residual_v, ends_v):
        both[:, 7] -= 1.5e-3 * np.maximum(days - days[-5], 0.0)
    at_rest = said_of(days, residual_v, pack_v, error_v)
    fused = drifting(
        Observed(
            np.append(days, days + 0.4), np.append(pack_v, np.full(DAYS, 4.1)),
            np.append(error_v, error_v), np.repeat([0.0, 20.0], DAYS),
            np.vstack([residual_v, ends_v]),
        ),
        Healthy(),
    )  # fmt: skip
    assert np.argmax(fused.score) == 7
    assert fused.score[7] > 1.2 * at_rest.score[7]
    assert np.delete(fused.score, 7).max() < 5.0


def test_offsets_and_patterns_over_the_packs_voltage_are_not_drifts():
    days, residual_v, pack_v, error_v = crowd()
    residual_v[:, 3] += 0.03
    residual_v[:, 4] += 0.04 * (pack_v - 3.7)
    assert said_of(days, residual_v, pack_v, error_v).score.max() < 5.0


def test_where_many_sink_together_none_is_told_of():
    days, residual_v, pack_v, error_v = crowd()
    residual_v[:, :8] -= 2e-3 * np.maximum(days - days[-8], 0.0)[:, None]
    assert said_of(days, residual_v, pack_v, error_v).score.max() < 6.5


def test_a_cell_that_scatters_more_than_others_needs_more_to_be_told_of():
    days, residual_v, pack_v, error_v = crowd()
    residual_v[:, 9] += 6e-3 * np.random.default_rng(2).standard_normal(DAYS)
    said = said_of(days, residual_v, pack_v, error_v)
    assert said.scale[9] > 2.0
    assert said.score[9] < 5.0


def test_the_score_is_that_of_generalised_least_squares():
    """Against the estimate of a slope by a direct inverse, for two cells and one onset."""
    days, residual_v, pack_v = np.array([0.0, 1.0, 2.0]), np.zeros((3, 2)), np.full(3, 3.7)
    residual_v[:, 0] = [0.0, -5e-3, -1e-2]
    said = said_of(days, residual_v, pack_v, np.zeros(3))
    h = Healthy()
    covariance = (
        h.noise_v**2 * np.eye(3) + h.offset_v**2 + h.pattern_v**2
        + (h.wander_v**2 * np.minimum(days[:, None], days) + h.slope_v**2 * np.outer(days, days))
    )  # fmt: skip
    inverse = np.linalg.inv(covariance)
    power = days @ inverse @ days
    assert said.slope_v[0] == pytest.approx(-(days @ inverse @ residual_v[:, 0]) / power)
    assert said.since[0] == 0.0
