"""Places in an order, beside a sort."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.science.value import order
from cellchain.science.value.order import at_places, lowest

DRAWS = 20_011


@pytest.mark.parametrize(
    "draws",
    [
        np.random.default_rng(1).normal(size=DRAWS),
        np.maximum(np.random.default_rng(1).normal(size=DRAWS), 0.3),  # much is one value
        np.arange(DRAWS, dtype=float),  # the sample is no luck
        np.full(DRAWS, 7.0),
        np.where(np.arange(DRAWS) % (DRAWS // order.SAMPLE) == 0, -1.0, 1.0),  # a sample that lies
        np.array([np.inf, -np.inf, 0.0] * 7_000),
    ],
)
def test_as_a_sort_says(draws):
    places = [0, 1, DRAWS // 20, DRAWS // 10, DRAWS // 2, 9 * DRAWS // 10, DRAWS - 1]
    assert at_places(draws, places) == np.sort(draws)[places].tolist()
    for count in (1, DRAWS // 10, DRAWS // 2, len(draws)):
        assert lowest(draws, count).tolist() == np.sort(draws)[:count].tolist()


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=60), st.data())
def test_whatever_is_drawn(cells, data):
    draws = np.array(cells, float)
    place = data.draw(st.integers(0, len(cells) - 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order, "FEW", 0)
        patch.setattr(order, "SAMPLE", min(5, len(cells)))
        assert at_places(draws, [place]) == [sorted(cells)[place]]
        assert lowest(draws, place + 1).tolist() == sorted(cells)[: place + 1]
