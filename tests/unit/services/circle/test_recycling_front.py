"""The front of recycling: lawful, and beaten by nothing that is drawn."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cellchain.services.analysis.table import Table, Texts
from cellchain.services.circle.recycling import Assumptions, recycled
from cellchain.services.circle.recycling_front import FRONT, front, front_picture
from cellchain.services.circle.recycling_prices import product_prices

POINTS = arrays(np.float64, st.tuples(st.integers(1, 40), st.just(2)),
                elements=st.integers(-9, 9).map(float))  # fmt: skip


def beats(one, other):
    return one[0] <= other[0] and one[1] >= other[1] and (one != other).any()


@given(POINTS)
def test_no_point_beats_one_of_the_front_and_each_other_is_beaten(points):
    found = front(points)
    assert not any(beats(one, best) for one in points for best in found)
    known = {tuple(one) for one in found.tolist()}
    assert len(known) == len(found)
    for one in points:
        assert tuple(one) in known or any(beats(best, one) for best in found)
    assert (np.diff(found[:, 0]) > 0).all()
    assert (np.diff(found[:, 1]) > 0).all()


def picture(names, chemistries, masses):
    packs = Table({"pack": Texts.of(names), "chemistry": Texts.of(chemistries),
                   "cell_mass_kg": np.array(masses)})  # fmt: skip
    asked = Assumptions(products=product_prices("2019"), day=date(2026, 11, 30),
                        grid_g_per_kwh=466.5)  # fmt: skip
    answer = recycled(packs, asked)
    return answer, front_picture(packs, answer)


def test_what_is_lawful_is_told_apart_and_the_front_is_joined():
    answer, found = picture(["A", "B"], ["LCO", "LFP"], [10.0, 250.0])
    *routes, joined = found.courses
    assert {one.crosses for one in routes} == {True, False}
    for one in routes:
        assert one.name.endswith(", not lawful") == one.crosses
    assert (joined.name, joined.dots) == (FRONT, False)
    lawful = {
        (x, y) for one in routes if not one.crosses for x, y in zip(one.x, one.y, strict=True)
    }
    assert set(zip(joined.x, joined.y, strict=True)) <= lawful
    rows = int((answer.numbers("lawful") == 1).sum())
    assert f"{rows} lawful rows and {answer.rows - rows} that are not" in found.said
    assert f"{joined.y[-1]:,.3g} USD at {joined.x[-1]:,.3g} kg CO2e" in found.said


@pytest.mark.parametrize("mass", [1.0, 1000.0])
def test_what_is_drawn_is_of_a_kilogram(mass):
    _, found = picture(["A"], ["LCO"], [mass])
    _, one = picture(["A"], ["LCO"], [1.0])
    for drawn, of_one in zip(found.courses, one.courses, strict=True):
        assert drawn.x == pytest.approx(of_one.x, rel=1e-5)
        assert drawn.y == pytest.approx(of_one.y, rel=1e-5)


def test_many_packs_that_are_alike_are_one_point():
    _, found = picture([f"P{n}" for n in range(500)], ["NMC811"] * 500, [300.0] * 500)
    assert all(len(one.x) == 1 for one in found.courses)


def test_without_an_answer_there_is_no_picture():
    assert picture(["A"], ["unobtainium"], [1.0])[1] is None
