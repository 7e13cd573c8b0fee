"""The Pareto front: what nothing else beats, among what is allowed."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cellchain.science.recycling.front import dominating

GOALS = arrays(np.float64, (4, 3, 3), elements=st.integers(-3, 3).map(float))
ALLOWED = arrays(np.bool_, (4, 3))


def front(goals, allowed):
    return allowed & ~dominating(goals, allowed).any(axis=1)


def test_a_small_case():
    goals = np.array([[[3.0, 1.0], [2.0, 2.0], [2.0, 1.0]]])
    assert front(goals, np.ones((1, 3), bool)).tolist() == [[True, True, False]]
    assert front(goals, np.array([[False, False, True]])).tolist() == [[False, False, True]]


@given(GOALS, ALLOWED)
def test_someone_is_on_the_front_wherever_anything_is_allowed(goals, allowed):
    found = front(goals, allowed)
    assert (found.any(axis=1) == allowed.any(axis=1)).all()
    assert not (found & ~allowed).any()


@given(GOALS, ALLOWED)
def test_it_is_what_a_loop_over_pairs_finds(goals, allowed):
    found = front(goals, allowed)
    for pack in range(4):
        for route in range(3):
            beaten = any(
                allowed[pack, other]
                and all(goals[pack, other] >= goals[pack, route])
                and any(goals[pack, other] > goals[pack, route])
                for other in range(3)
            )
            assert found[pack, route] == (allowed[pack, route] and not beaten)
