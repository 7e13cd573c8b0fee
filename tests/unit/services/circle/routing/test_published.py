"""Instances and plans that others published cost here what they say there."""

from __future__ import annotations

import json
import re

import pytest

from cellchain.science.routing.problem import Route
from cellchain.science.routing.solver import evaluated
from cellchain.services.circle.plan_check.facts import facts_of
from cellchain.services.circle.plan_check.judging import judged
from cellchain.services.circle.routes import plan_of_routes
from cellchain.services.circle.routing_files.reading import read_instance
from tests.conformance.shared import shared_data

FOLDER = shared_data("circular", "vrp")
BEST = json.loads((FOLDER / "BKS.json").read_text())


def routes_of(instance, text):
    """Return the routes of a ``.sol`` file, whose numbers are one less than those of the file."""
    kind_of = {one: kind for kind, ones in enumerate(instance.vehicles) for one in ones}
    place_of = {one: place for place, one in enumerate(instance.numbers)}
    problem = instance.problem
    for vehicle, visits in re.findall(r"Route #(\d+):(.*)", text):
        trips = [[]]
        for visit in visits.split():
            place = place_of[int(visit) + 1]
            trips.append([]) if place in problem.depots else trips[-1].append(place)
        if trips[-1]:
            kind = kind_of[int(vehicle)]
            home = problem.vehicle_types[kind].start_depot
            yield Route(kind, tuple(map(tuple, trips)), (home,) * (len(trips) - 1))


@pytest.mark.parametrize("best", [one for one in BEST if "bks" in one], ids=lambda one: one["file"])
def test_a_published_plan_costs_what_is_published(best):
    data = (FOLDER / best["file"]).read_bytes()
    instance = read_instance(data)
    routes = list(routes_of(instance, (FOLDER / f"{best['file'][:-4]}.sol").read_text()))
    assert round(instance.cost(routes), 2) == best["bks"]
    assert evaluated(instance.problem, routes).feasible
    verdict = judged(plan_of_routes(instance, routes).to_bytes(), facts_of(data))
    assert verdict.faults == ()
    assert round(verdict.cost, 2) == best["bks"]


@pytest.mark.parametrize("best", [one for one in BEST if "bks" not in one], ids=lambda o: o["file"])
def test_files_of_solomon_and_homberger_are_read(best):
    instance = read_instance((FOLDER / best["file"]).read_bytes())
    assert instance.numbers == tuple(range(len(instance.problem.stops) + 1))
    assert instance.rounding.name == "double"
    assert instance.alike
