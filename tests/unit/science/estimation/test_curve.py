"""The open circuit: monotone, invertible, refused where it is none."""

from __future__ import annotations

import numpy as np
import pytest

from cellchain.core.errors import Refused
from cellchain.science.estimation.curve import GRID, charge, gridded, on_grid

SOC = np.linspace(0.0, 1.0, 21)
VOLTAGE_V = 3.0 + 0.5 * SOC + 0.6 * SOC**4


def test_it_goes_through_its_points_and_back():
    curve_v = gridded(SOC, VOLTAGE_V)
    assert on_grid(curve_v, SOC) == pytest.approx(VOLTAGE_V, abs=1e-12)
    assert charge(curve_v, on_grid(curve_v, GRID[1:-1])) == pytest.approx(GRID[1:-1], abs=1e-12)
    assert (np.diff(curve_v) > 0.0).all()


def test_order_doubles_and_empty_points_do_not_matter():
    seed = np.random.default_rng(3)
    order = seed.permutation(np.concatenate([np.arange(21), [4, 5]]))
    soc, voltage_v = np.append(SOC[order], np.nan), np.append(VOLTAGE_V[order], 3.0)
    assert np.array_equal(gridded(soc, voltage_v), gridded(SOC, VOLTAGE_V))


def test_a_short_curve_goes_on_straight():
    inside = (SOC > 0.03) & (SOC < 0.97)
    curve_v = gridded(SOC[inside], VOLTAGE_V[inside])
    assert np.diff(curve_v, n=2)[-20:] == pytest.approx(0.0, abs=1e-12)
    assert on_grid(curve_v, np.array([1.01]))[0] > curve_v[-1]


@pytest.mark.parametrize(
    ("soc", "voltage_v", "what"),
    [
        (SOC[:5], VOLTAGE_V[:5], "5 points"),
        (SOC, np.full(21, np.nan), "0 points"),
        (100 * SOC, VOLTAGE_V, "soc from 0 to 100"),
        (SOC - 0.1, VOLTAGE_V, "soc from -0.1"),
        (SOC, 1e3 * VOLTAGE_V, "voltage_v from 3000"),
        (SOC, np.full(21, 3.7), "voltage_v from 3.7 to 3.7"),
        (0.5 * SOC, VOLTAGE_V, "soc from 0 to 0.5 alone"),
        (SOC, VOLTAGE_V[::-1], "4.1 V at soc 0 and"),
    ],
)
def test_what_is_no_curve_is_refused(soc, voltage_v, what):
    with pytest.raises(Refused, match=r"twin\.curve") as refused:
        gridded(soc, voltage_v)
    assert what in refused.value.text
