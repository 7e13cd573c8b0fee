"""An RC pair, all rows at once, is that of row by row."""

from __future__ import annotations

import numpy as np
import pytest

from cellchain.science.estimation.relaxation import relaxed


@pytest.mark.parametrize("longest_s", [1.5, 400.0, 1e5])
def test_it_is_the_recursion(longest_s):
    rng = np.random.default_rng(1)
    time_s = np.cumsum(rng.uniform(0.1, longest_s, 500))
    settled_v, tau_s = rng.normal(size=(3, 500)), np.array([1.0, 37.0, 5000.0])
    decay = np.exp(-np.diff(time_s) / tau_s[:, None])
    wanted = np.zeros((3, 500))
    for row in range(1, 500):
        a = decay[:, row - 1]
        wanted[:, row] = a * wanted[:, row - 1] + (1.0 - a) * settled_v[:, row]
    assert relaxed(time_s, settled_v, tau_s) == pytest.approx(wanted, abs=1e-12)
