"""Charts of one quantity against published examples, slow counts and their own run length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.science.control.capability import capability
from cellchain.science.control.cusum import average_run_length, cusum
from cellchain.science.control.ewma import ewma
from cellchain.science.control.shewhart import (
    WESTERN_ELECTRIC,
    Chart,
    averages,
    individuals,
    signals,
    unbiasing,
)

STANDARD = Chart(0.0, 1.0)
# Montgomery, 6th ed., table 9.1: in order around 10, from the 21st sample one deviation higher.
SHIFTED = np.array(
    [
        9.45,
        7.99,
        9.29,
        11.66,
        12.16,
        10.18,
        8.04,
        11.46,
        9.20,
        10.34,
        9.03,
        11.47,
        10.51,
        9.40,
        10.08,
        9.37,
        10.62,
        10.31,
        8.52,
        10.84,
        10.90,
        9.33,
        12.29,
        11.50,
        10.60,
        11.08,
        10.38,
        11.62,
        11.31,
        10.52,
    ]
)
POINTS = st.lists(st.floats(-4, 4), min_size=1, max_size=40).map(np.array)


def first(alarm):
    """The number of the first alarm, counted from 1."""
    return int(np.argmax(alarm)) + 1 if alarm.any() else None


@given(POINTS)
def test_a_western_electric_rule_counts_the_last_points_of_one_side(points):
    found = signals(STANDARD, points)
    for rule in WESTERN_ELECTRIC:
        for n in range(len(points)):
            recent = points[max(0, n + 1 - rule.of) : n + 1]
            over = sum(recent > rule.beyond) >= rule.count and points[n] > rule.beyond
            under = sum(recent < -rule.beyond) >= rule.count and points[n] < -rule.beyond
            assert found[rule.name][n] == (over or under)


@pytest.mark.parametrize(
    ("rule", "points", "alarm_at"),
    [
        ("beyond_limits", [0, 3.1, 0], 2),
        ("beyond_limits", [0, 3.0, 0], None),
        ("two_of_three_beyond_two", [2.1, 0, 2.1], 3),
        ("two_of_three_beyond_two", [2.1, 0, 0, 2.1], None),
        ("two_of_three_beyond_two", [2.1, 0, -2.1], None),
        ("four_of_five_beyond_one", [-1.1, -1.1, 0, -1.1, -1.1], 5),
        ("four_of_five_beyond_one", [-1.1, -1.1, 0, 0, -1.1, -1.1], None),
        ("eight_on_one_side", [0.1] * 8, 8),
        ("eight_on_one_side", [0.1] * 7 + [-0.1], None),
    ],
)
def test_each_rule_is_broken_when_its_last_point_is_out(rule, points, alarm_at):
    assert first(signals(STANDARD, np.array(points, dtype=float))[rule]) == alarm_at


@pytest.mark.parametrize(
    ("size", "published"), [(2, 0.7979), (3, 0.8862), (5, 0.9400), (10, 0.9727), (25, 0.9896)]
)
def test_the_unbiasing_constant_is_the_published_one(size, published):
    assert unbiasing(size) == pytest.approx(published, abs=5e-5)


def test_charts_of_single_values_and_of_averages_find_the_deviation():
    drawn = np.random.default_rng(1).normal(5.0, 2.0, (20_000, 4))
    assert individuals(drawn[:, 0]).deviation == pytest.approx(2.0, rel=0.03)
    chart = averages(drawn)
    assert chart.deviation == pytest.approx(1.0, rel=0.02)
    assert chart.limits == pytest.approx((2.0, 8.0), abs=0.1)


def test_a_drift_does_not_widen_the_limits_of_single_values():
    drawn = np.random.default_rng(2).normal(size=1000)
    drift = np.linspace(0.0, 20.0, 1000)
    assert individuals(drawn + drift).deviation == pytest.approx(
        individuals(drawn).deviation, rel=0.01
    )


def test_cumulative_sums_find_the_published_shift_at_the_published_sample():
    found = cusum(Chart(10.0, 1.0), SHIFTED)
    assert first(found.alarm) == 29
    assert found.upper[[28, 29]] == pytest.approx([5.28, 5.30], abs=0.005)


def test_moving_averages_are_a_filter_of_first_order_between_the_published_limits():
    from scipy.signal import lfilter

    found = ewma(Chart(10.0, 1.0), SHIFTED, weight=0.1, width=2.7)
    expected = 10.0 + lfilter([0.1], [1.0, -0.9], SHIFTED - 10.0)
    np.testing.assert_allclose(found.average, expected, rtol=1e-12)
    # Montgomery, example 9.2: 9.73 to 10.27 at the first sample, 9.38 to 10.62 in the end.
    assert found.reach[[0, -1]] == pytest.approx([0.27, 0.62], abs=0.005)
    assert (found.alarm == (np.abs(expected - 10.0) > found.reach)).all()
    assert first(found.alarm) > 20


@pytest.mark.parametrize(
    ("shift", "published"), [(0.0, 465), (0.5, 38.0), (1.0, 10.4), (2.0, 4.01), (-1.0, 10.4)]
)
def test_the_run_length_of_cumulative_sums_is_the_published_one(shift, published):
    assert average_run_length(shift) == pytest.approx(published, rel=0.04)


def test_the_formula_of_the_run_length_has_no_hole_where_the_drift_is_none():
    around = [average_run_length(0.5 + step) for step in (-1e-4, 0.0, 1e-4)]
    assert around[0] > around[1] > around[2]
    assert around[1] == pytest.approx(sum(around) / 3, rel=1e-6)


def test_in_order_a_moving_average_alarms_every_five_hundred_samples():
    drawn = np.random.default_rng(3)
    waits = [first(ewma(STANDARD, drawn.normal(size=5000)).alarm) for _ in range(200)]
    assert np.mean(waits) == pytest.approx(500, abs=4 * 500 / 200**0.5)


@given(POINTS, st.integers(1, 40))
def test_no_later_point_moves_an_earlier_answer(points, kept):
    for chart in (ewma, cusum):
        for whole, part in zip(
            chart(STANDARD, points), chart(STANDARD, points[:kept]), strict=True
        ):
            assert whole[:kept].tobytes() == part.tobytes()
    whole, part = signals(STANDARD, points), signals(STANDARD, points[:kept])
    assert all((whole[rule][:kept] == part[rule]).all() for rule in whole)


def of(mean, deviation, count):
    """Values of exactly that mean and standard deviation."""
    raw = np.linspace(-1.0, 1.0, count)
    return mean + deviation * raw / raw.std(ddof=1)


def test_capability_is_the_published_one():
    # Montgomery, 6th ed., examples 8.5 and 8.6.
    wide = capability(of(50.0, 1.75, 20), lower=38.0, upper=62.0, level=0.95).cp
    assert wide == pytest.approx((2.29, 1.57, 3.01), abs=0.01)
    off = capability(of(0.01, 1.0, 20), lower=-3.98, upper=9.0, level=0.95).cpk
    assert off == pytest.approx((1.33, 0.88, 1.78), abs=0.01)


def test_intervals_of_capability_cover_as_often_as_they_say():
    drawn = np.random.default_rng(4).normal(0.5, 1.0, (1500, 40))
    found = [capability(row, lower=-4.0, upper=4.0, level=0.9) for row in drawn]
    for index, true in (("cp", 4 / 3), ("cpk", 3.5 / 3)):
        indices = [getattr(one, index) for one in found]
        covered = np.mean([one.lo <= true <= one.hi for one in indices])
        assert covered == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda: individuals(np.ones(5)), "control.constant"),
        (lambda: individuals(np.ones(1)), "control.few_rows"),
        (lambda: individuals(np.array([1.0, np.nan])), "control.not_finite"),
        (lambda: individuals(np.ones((2, 2))), "control.shape"),
        (lambda: individuals(np.array(["a", "b"])), "control.shape"),
        (lambda: averages(np.ones((4, 1))), "control.shape"),
        (lambda: averages(np.ones((4, 3))), "control.constant"),
        (lambda: ewma(STANDARD, np.array([np.inf])), "control.not_finite"),
        (lambda: ewma(STANDARD, np.ones(2), weight=0.0), "control.setting"),
        (lambda: cusum(STANDARD, np.ones(2), decision=-1.0), "control.setting"),
        (lambda: average_run_length(np.nan), "control.setting"),
        (lambda: capability(np.ones(9), lower=0, upper=2), "control.constant"),
        (lambda: capability(np.arange(9.0), lower=2, upper=0), "control.tolerances"),
        (lambda: capability(np.arange(9.0), lower=0, upper=np.nan), "control.tolerances"),
        (lambda: capability(np.arange(9.0), lower=0, upper=2, level=1.0), "control.setting"),
    ],
)
def test_what_cannot_be_charted_is_refused(ask, code):
    with pytest.raises(Refused) as refused:
        ask()
    assert refused.value.code == code
