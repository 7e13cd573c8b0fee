"""The worked examples are what the services answer, and the plan is one that the search finds."""

from __future__ import annotations

import time
from importlib.resources import files

import msgspec
import pytest

from cellchain.core.errors import Corrupt, Refused
from cellchain.services.circle.routes import routed
from cellchain.services.lab import worked as examples
from cellchain.services.lab.worked import worked


def test_every_example_is_worked_out_and_says_its_numbers():
    found = {one.question: one for one in worked()}
    assert set(found) == {"circle.route", "circle.recycle", "footprint.product", "plan.stock",
                          "tax.effective"}  # fmt: skip
    for one in found.values():
        assert one.lacking == ""
        assert any(letter.isdigit() for letter in one.picture.said)
    flow = found["plan.stock"].picture.flow
    pools = {one.name: one.amount for one in flow.pools}
    assert abs(pools["in use"] - pools["still in use"] - pools["end of life"]) < 1e-6


def test_it_is_worked_out_once():
    assert worked() is worked()


def test_the_plan_is_what_the_search_finds():
    data = (files(examples) / "returns.vrp").read_bytes()
    shipped = msgspec.json.decode((files(examples) / "plan.json").read_bytes())
    found = routed(data, cpu_s=0.4, seed=1, clock=time.process_time)
    assert found.plan.cost == shipped["cost"]


def test_what_is_not_installed_is_said_in_place_of_the_drawing():
    def lacking():
        raise Refused("a.no_scipy", "there is no scipy", remedy="install cellchain[science]")

    found = examples._worked("footprint.product", "a footprint", lacking)
    assert found.picture is None
    assert found.lacking == "there is no scipy. install cellchain[science]"


def test_an_example_that_is_broken_is_no_missing_extra():
    def broken():
        raise Corrupt("lab.worked", "the plan does not hold")

    with pytest.raises(Corrupt):
        examples._worked("circle.route", "a map", broken)
