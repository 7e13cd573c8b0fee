"""One day at rest, and what a sensor shows of itself."""

import numpy as np
import pytest

from cellchain.science.warning.rest import calm, crowd, day_of, first_of_bins
from cellchain.science.warning.sensor import doubts, nothing_seen, possible


def test_the_crowd_leaves_out_what_was_not_read():
    voltage_v = np.array([[3.0, 4.0, np.nan], [1.0, 2.0, 9.0], [np.nan] * 3])
    assert np.array_equal(crowd(voltage_v), [3.5, 2.0, np.nan], equal_nan=True)


def test_a_row_is_calm_if_the_row_before_was_or_is_long_ago():
    below = np.array([False, True, True, False, True, True])
    time_s = np.array([0.0, 30.0, 60.0, 90.0, 120.0, 600.0])
    assert calm(below, time_s).tolist() == [False, True, False, False, True]
    assert calm(np.array([False, True]), np.array([-np.inf, 0.0])).tolist() == [True]


def test_half_a_minute_has_one_row():
    assert first_of_bins(np.array([0.0, 1.0, 29.0, 30.0, 90.0, 90.0])).tolist() == [0, 3, 4]


def test_the_common_mode_of_a_day_is_gone():
    swing = 3.6 + 0.1 * np.sin(np.arange(40.0))[:, None]
    day = day_of(swing + np.array([0.0, 0.0, 0.0, -0.02]))
    assert day.residual_v == pytest.approx([0.0, 0.0, 0.0, -0.02])
    assert (day.rows, day.error_v) == (40, pytest.approx(0.0, abs=1e-12))


@pytest.mark.parametrize("rows", [0, 2])
def test_too_few_rows_say_nothing(rows):
    assert day_of(np.full((rows, 3), 3.7)) is None


def shown(change):
    dice = np.random.default_rng(4)
    walk = 3.7 + 0.05 * np.sin(np.arange(50.0) / 9.0)
    voltage_v = walk[:, None] + 1e-3 * dice.standard_normal((50, 8))
    change(voltage_v, dice)
    read_v = possible(voltage_v)
    return doubts(nothing_seen(8).and_then(read_v), day_of(read_v))


def frozen(v, _):
    v[:, 2] = 3.7


def silent(v, _):
    v[::2, 2] = np.nan
    v[1::4, 2] = np.inf


def out_of_range(v, _):
    v[:, 2] = 65.535


def jumping(v, dice):
    v[:, 2] += 0.05 * dice.standard_normal(50)


@pytest.mark.parametrize(
    ("change", "words"),
    [(frozen, "stood still"), (silent, "no possible"), (out_of_range, "no possible"),
     (jumping, "jumps")],
)  # fmt: skip
def test_a_sensor_that_lies_is_named(change, words):
    found = shown(change)
    assert set(found) == {2}
    score, what = found[2]
    assert score >= 1.0
    assert words in what


def test_a_board_that_reads_late_is_no_sensor_that_jumps():
    def board(v, dice):
        v[:, :4] += 0.05 * dice.standard_normal((50, 1))

    assert shown(board) == {}
    assert shown(lambda *_: None) == {}
