"""Bins and gaps of readings, against the plain way to count them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.science.thinning import GAPS_MAX, binned, gaps_ms

READINGS = st.lists(
    st.tuples(st.integers(0, 10_000), st.none() | st.integers(-(10**9), 10**9)), min_size=1
)


def arrays(readings):
    times, values = zip(*sorted(readings, key=lambda one: one[0]), strict=True)
    missing = [value is None for value in values]
    plain = [value or 0 for value in values]
    return np.array(times, dtype=np.int64), np.ma.array(plain, mask=missing, dtype=np.int64)


@given(READINGS, st.integers(1, 50))
def test_every_reading_is_in_one_bin_with_its_mean_least_and_greatest_value(readings, points):
    times, values = arrays(readings)
    found = binned(times, [values], points=points)
    assert 1 <= len(found.times_ms) <= points
    assert found.times_ms == sorted(set(found.times_ms))
    bounds = [*found.times_ms[1:], times[-1] + 1]
    for place, (since, until) in enumerate(zip(found.times_ms, bounds, strict=True)):
        inside = [
            int(v)
            for t, v, gone in zip(times, values.data, values.mask, strict=True)
            if since <= t < until and not gone
        ]
        if not inside:
            assert found.means[0][place] is None
            continue
        assert found.means[0][place] == pytest.approx(sum(inside) / len(inside))
        assert (found.lows[0][place], found.highs[0][place]) == (min(inside), max(inside))


def test_a_bin_is_as_wide_as_the_span_asks_for():
    times = np.arange(0, 1000, 10, dtype=np.int64)
    found = binned(times, [np.ma.array(times)], points=10)
    assert found.times_ms == list(range(0, 1000, 100))
    assert found.lows[0] == [float(since) for since in range(0, 1000, 100)]
    assert found.highs[0] == [float(since + 90) for since in range(0, 1000, 100)]


@pytest.mark.parametrize(
    ("times", "gaps"),
    [
        ([5], []),
        ([5, 5, 5], []),
        ([0, 1, 2, 3, 13], []),
        ([0, 1, 2, 3, 14], [(3, 14)]),
        ([0, 1000, 2000, 12_001, 13_000, 30_000], [(2000, 12_001), (13_000, 30_000)]),
    ],
    ids=["one", "one-time", "ten-usual-steps", "more-than-ten", "two"],
)
def test_a_gap_is_more_than_ten_usual_steps(times, gaps):
    assert gaps_ms(np.array(times, dtype=np.int64)) == gaps


def test_of_very_many_gaps_the_longest_are_told():
    steps = [1] * 1000 + [100 + n for n in range(GAPS_MAX + 50)]
    times = np.cumsum(np.array([0, *steps], dtype=np.int64))
    found = gaps_ms(times)
    assert len(found) == GAPS_MAX
    assert min(until - since for since, until in found) == 150
