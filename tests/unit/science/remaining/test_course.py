"""Given capacities, when a cell began, faded and ended is what anybody would count by hand."""

from __future__ import annotations

import numpy as np
import pytest

from cellchain.science.medians import centred_median, trailing_median
from cellchain.science.remaining.course import end_cycle, start_ah
from cellchain.science.remaining.fading import faded
from cellchain.science.remaining.matching import matched, mate

LINE = 2.0 - 0.01 * np.arange(60.0)


def test_medians_leave_out_what_is_missing() -> None:
    values = np.array([np.nan, 1.0, 5.0, np.nan, 3.0])
    assert np.array_equal(trailing_median(values, 2), [np.nan, 1, 3, 5, 3], equal_nan=True)
    assert np.array_equal(centred_median(values, 3), [1, 3, 3, 4, 3])


def test_a_straight_line_ends_where_it_crosses() -> None:
    assert start_ah(LINE) == pytest.approx(1.955)
    assert end_cycle(LINE, 0.85) == 35  # the first below 1.66175 Ah
    assert end_cycle(LINE[:30], 0.85) is None


def test_one_bad_measurement_ends_no_life() -> None:
    spiked = LINE.copy()
    spiked[20:22] = 0.5
    assert end_cycle(spiked, 0.85) == 35


def test_fade_is_0_when_new_1_at_the_end_and_knows_no_later_row() -> None:
    whole, early = faded(LINE, 0.85), faded(LINE[:25], 0.85)
    assert whole.at[0, 0] == 0.0
    assert whole.at[38, 0] == pytest.approx(1.0, abs=0.02)  # its nine last are four cycles older
    assert np.array_equal(whole.at[:25], early.at)


def test_a_mate_of_half_the_pace_doubles_the_life() -> None:
    doubled = np.repeat(LINE, 2)
    life = end_cycle(doubled, 0.85)
    slow = mate(doubled, 0.85, life)
    cycles = np.arange(12.0, 30.0)
    fade = (1.0 - LINE[11:29] / start_ah(doubled)) / 0.15
    assert np.exp(matched(cycles, fade, [slow])) == pytest.approx(life / 2, rel=0.05)
    assert np.isnan(matched(cycles, fade, [])).all()
    assert np.isnan(matched(np.array([50.0]), np.array([9.0]), [slow])).all()
