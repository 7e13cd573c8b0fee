"""Laws of requirements and fronts, whatever the figures are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.science.design.figures import FIGURES, binding, margins
from cellchain.science.design.front import Trial, feasible, front, misses, nearest

NAMES = ("energy_wh", "life_years", "volume_l", "plating_v")
positive = st.floats(0.1, 100.0)


@st.composite
def trials(draw):
    many = draw(st.lists(st.none() | st.tuples(*[positive] * len(NAMES)), min_size=1, max_size=20))
    return [
        Trial(number, {}, {} if one is None else dict(zip(NAMES, one, strict=True)))
        for number, one in enumerate(many)
    ]


requirements = st.fixed_dictionaries({"energy_wh": positive, "volume_l": positive})


def better(one, other, objectives):
    signs = [1 if FIGURES[name].more_is_better else -1 for name in objectives]
    gains = [
        sign * (one.figures[name] - other.figures[name])
        for sign, name in zip(signs, objectives, strict=True)
    ]
    return min(gains) >= 0 and max(gains) > 0


@given(trials(), st.permutations(NAMES), st.integers(1, 4))
def test_no_design_of_the_front_is_better_than_another_and_every_other_has_a_better_one(
    tried, names, count
):
    solved, objectives = [one for one in tried if one.figures], names[:count]
    best = front(solved, objectives)
    assert not any(better(one, other, objectives) for one in best for other in best)
    for one in solved:
        equal = [
            other
            for other in best
            if all(other.figures[name] == one.figures[name] for name in objectives)
        ]
        assert equal or any(better(other, one, objectives) for other in best)


@given(trials(), requirements, st.floats(0.0, 0.9))
def test_a_tighter_requirement_never_lets_another_design_in(tried, asked, tighter):
    harder = {
        name: limit * (1 + tighter if FIGURES[name].more_is_better else 1 - tighter)
        for name, limit in asked.items()
    }
    numbers = {one.number for one in feasible(tried, asked)}
    assert {one.number for one in feasible(tried, harder)} <= numbers


@given(trials(), requirements)
def test_what_is_feasible_misses_nothing_and_what_is_not_misses_something(tried, asked):
    inside = {one.number for one in feasible(tried, asked)}
    for one in tried:
        if one.figures:
            met = one.figures["energy_wh"] >= asked["energy_wh"]
            met &= one.figures["volume_l"] <= asked["volume_l"]
            assert (one.number in inside) == met
        else:
            assert one.number not in inside
    solved = [one for one in tried if one.figures]
    if inside:
        assert nearest(tried, asked).number in inside
        assert not misses(tried, asked)
    elif solved:
        for miss in misses(tried, asked):
            assert miss.shortfall > 0


def test_a_miss_says_how_much_is_lacking_at_best():
    figures = ({"energy_wh": 8.0, "volume_l": 3.0}, {"energy_wh": 5.0, "volume_l": 1.0})
    tried = [Trial(number, {}, one) for number, one in enumerate(figures)]
    (worst, other) = misses(tried, {"energy_wh": 10.0, "volume_l": 0.5})
    assert (worst.name, worst.best, worst.shortfall) == ("volume_l", 1, 1.0)
    assert (other.name, other.best, other.shortfall) == ("energy_wh", 8, pytest.approx(0.2))


def test_what_binds_is_at_its_limit_or_would_be_missed_by_a_string_fewer_or_is_nearest():
    figures = {"energy_wh": 60.0, "life_years": 10.1, "parallel": 2.0, "charge_share": 1.0}
    asked = {"energy_wh": 50.0, "life_years": 10.0, "charge_share": 0.97}
    assert binding(figures, asked) == ("life_years",)
    assert binding(figures, asked, whole_strings=True) == ("energy_wh", "life_years")
    assert binding(figures | {"life_years": 12.0}, asked) == ("energy_wh",)  # 20 % each: the first
    assert margins(figures, asked)["energy_wh"] == pytest.approx(0.2)


def test_a_figure_at_its_ceiling_does_not_bind():
    figures = {"charge_share": 1.0, "life_years": 14.0, "parallel": 1.0}
    assert binding(figures, {"charge_share": 0.9, "life_years": 10.0}) == ("life_years",)
    assert binding(figures, {"charge_share": 1.0, "life_years": 10.0}) == ("charge_share",)


def test_a_potential_is_measured_by_tenths_of_a_volt():
    assert margins({"plating_v": 0.01}, {"plating_v": 0.0}) == {"plating_v": pytest.approx(0.1)}
