"""Errors that are made of known parts are taken apart again."""

from __future__ import annotations

import numpy as np
import pytest

from cellchain.science.estimation.unexplained import unexplained

ROWS = 60_000
RNG = np.random.default_rng(6)


def markov(size_v, memory_s):
    kept = np.exp(-1.0 / memory_s)
    values = np.empty(ROWS)
    values[0] = 0.0
    shocks = size_v * np.sqrt(1.0 - kept * kept) * RNG.standard_normal(ROWS)
    for row in range(1, ROWS):
        values[row] = kept * values[row - 1] + shocks[row]
    return values


def test_parts_are_found():
    time_s = np.arange(float(ROWS))
    whole = markov(6e-3, 2000.0) + markov(4e-3, 10.0) + 2e-3 * RNG.standard_normal(ROWS)
    found = unexplained([time_s], [whole])
    assert found.error_v == pytest.approx(6e-3, rel=0.35)
    assert 600.0 <= found.error_s <= 5000.0
    assert found.rough_v == pytest.approx(4e-3, rel=0.2)
    assert found.rough_s == pytest.approx(10.0, rel=0.5)
    assert found.noise_v == pytest.approx(2e-3, rel=0.2)


def test_no_error_is_believed_to_be_none():
    found = unexplained([np.arange(900.0)], [np.zeros(900)])
    assert found.error_v == found.noise_v == 1e-3
