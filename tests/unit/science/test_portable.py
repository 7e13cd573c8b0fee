import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cellchain.science.portable import EXPONENT_MAX, exponential, interpolated


@pytest.mark.parametrize(("reach", "tolerance"), [(4.0, 2e-6), (EXPONENT_MAX, 5e-5)])
def test_the_exponential_is_as_near_as_it_says(reach, tolerance):
    x = np.linspace(-reach, reach, 4001)
    assert_allclose(exponential(x), [math.exp(one) for one in x], rtol=tolerance)


def test_the_exponential_of_zero_is_one_and_beyond_its_reach_it_stays():
    assert exponential(0.0) == 1.0
    assert exponential(99.0) == exponential(EXPONENT_MAX)
    assert exponential(-99.0) == exponential(-EXPONENT_MAX)


def test_a_line_runs_through_its_knots_and_stays_at_its_ends():
    knots, values = (0.0, 1.0, 3.0), (5.0, 7.0, 1.0)
    x = np.array([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 9.0])
    assert_allclose(interpolated(x, knots, values), [5, 5, 6, 7, 4, 1, 1], rtol=1e-15)


def test_a_line_is_that_of_numpy():
    x = np.linspace(-0.1, 1.1, 999)
    knots, values = (0.0, 0.1, 0.7, 1.0), (3.0, 3.4, 3.9, 4.2)
    assert_allclose(interpolated(x, knots, values), np.interp(x, knots, values), rtol=1e-14)
