"""A journey shows the countries that places name, and nothing that nobody said."""

from __future__ import annotations

import pytest

from cellchain.web.frame.journey import Stop, country_of, journey_svg


def at(*places: str) -> list[Stop]:
    return [Stop(place=place, what="ore", time_ms=n) for n, place in enumerate(places)]


@pytest.mark.parametrize("place", ["Skellefteå, Sweden", "sweden", "hall 4, works,  SWEDEN "])
def test_a_place_that_ends_in_a_country_is_there(place: str) -> None:
    assert country_of(place) == country_of("Sweden") is not None


@pytest.mark.parametrize("place", ["", "north pit", "pack works, Fableland", "Sweden street 4"])
def test_another_place_is_nowhere(place: str) -> None:
    assert country_of(place) is None
    assert not journey_svg(at(place), "/assets/world.svg")


def test_each_country_has_one_dot_with_the_number_of_its_first_stop() -> None:
    drawn = journey_svg(at("Chile", "north pit", "Sweden", "Lund, Sweden"), "/assets/world.svg")
    assert drawn.count("<circle") == drawn.count('class="visited"') == 2
    assert ">1</text>" in drawn
    assert ">3</text>" in drawn
    assert drawn.count('class="way"') == 1


def test_a_place_cannot_become_markup() -> None:
    drawn = journey_svg(at('"><script>, Chile'), "/assets/world.svg")
    assert "<script" not in drawn
