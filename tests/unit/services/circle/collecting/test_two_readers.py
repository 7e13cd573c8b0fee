"""Planner and judge read, measure and time a day each in its own way, and agree."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.science.routing.problem import CLOSED
from cellchain.services.circle.collecting.task import day_of, faults_of
from cellchain.services.circle.plan_check.day_facts import day_facts_of
from cellchain.services.circle.plan_check.day_judging import day_judged
from tests.unit.services.circle.collecting.days import HEAD, asked, files, lorry, stop

NAMES = "yard", "a", "b", "c"


def written(low, high):
    """Numbers as people write them: a file with more than 18 digits of one is refused."""
    return st.floats(low, high).map(lambda one: round(one, 9))


LATITUDES, LONGITUDES = written(-90, 90), written(-180, 180)
ROADS = st.lists(
    st.tuples(
        st.sampled_from([(x, y) for x in NAMES for y in NAMES if x != y]),
        written(0, 600), written(0, 600), st.sampled_from(["", *"ABCDE"]),
    ),
    max_size=24, unique=True,
)  # fmt: skip
WINDOWS = st.tuples(st.integers(0, 20), st.integers(0, 20)).map(sorted)


def facts(of):
    return day_facts_of(of.day, of.stops, of.lorries, of.distances)


@given(st.lists(st.tuples(LATITUDES, LONGITUDES), min_size=3, max_size=3))
@settings(max_examples=60)
def test_a_great_circle_by_two_formulas(places):
    """To the nearest ten metres, where two roundings of one number may differ by one of them."""
    _, a, b = ({"latitude": x, "longitude": y} for x, y in places)
    depot = (
        f'[[depot]]\nid = "yard"\nopens = "06:00"\ncloses = "20:00"\nlatitude = {places[0][0]!r}\n'
        f"longitude = {places[0][1]!r}\n"
    )
    given_ = files(lorry(), stop("a", **a), stop("b", **b), depot=depot, distances=None)
    matrices, told = asked(given_).matrices, facts(given_)
    for first in range(3):
        for second in range(3):
            length, _ = told.leg(told.lorries[0], first + 1, second + 1)
            assert abs(length - matrices.distance[0][first, second]) <= 1


@given(ROADS, st.sampled_from([333, 400]), st.booleans())
@settings(max_examples=60)
def test_the_same_road_is_driven(roads, capacity, critical):
    sheet = "from,to,km,minutes,tunnel\n" + "".join(
        f"{x},{y},{km!r},{round(km / 2 + more, 9)!r},{tunnel}\n"
        for (x, y), km, more, tunnel in roads
    )
    classes = '["intact", "critical"]' if critical else '["intact"]'
    given_ = files(
        lorry(capacity_kg=capacity, adr=classes), *(stop(one, weight_kg=1) for one in "abc"),
        distances=sheet,
    )  # fmt: skip
    task, told = asked_or_none(given_), facts(given_)
    if task is None:
        return
    kind = task.problem.vehicle_types[0]
    for first in range(4):
        for second in range(4):
            length = int(task.matrices.distance[kind.profile][first, second])
            drive = int(task.matrices.drive[kind.profile][first, second])
            way = told.leg(told.lorries[0], first + 1, second + 1)
            assert way == (None if length >= CLOSED else (length, drive))


def asked_or_none(given_):
    """Two roads that count as one are refused; that is another test's."""
    from cellchain.core.errors import Refused

    try:
        return asked(given_)
    except Refused as error:
        assert error.code == "route.twice"
        return None


@given(
    st.lists(st.integers(1, 290), min_size=12, max_size=12),
    st.lists(WINDOWS, min_size=3, max_size=3),
    st.integers(14, 22), st.permutations([1, 2, 3]), st.integers(1, 3),
)  # fmt: skip
@settings(max_examples=150)
def test_two_clocks_agree(minutes, windows, ends, order, cut):
    """Whether any plan at all keeps its hours, by the planner's clock and by the judge's."""
    pairs = [(x, y) for x in NAMES for y in NAMES if x != y]
    sheet = "from,to,km,minutes\n" + "".join(
        f"{x},{y},1,{time}\n" for (x, y), time in zip(pairs, minutes, strict=True)
    )
    stops = [
        stop(name, opens=f'"{low:02d}:00"', closes=f'"{high:02d}:59"')
        for name, (low, high) in zip("abc", windows, strict=True)
    ]
    given_ = files(lorry(ends=f'"{ends}:30"', capacity_kg=9999, trips=3, drive_h_max=10), *stops,
                   distances=sheet, head=HEAD)  # fmt: skip
    trips = tuple(one for one in (tuple(order[:cut]), tuple(order[cut:])) if one)
    task = asked(given_)
    ours = list(faults_of(task, day_of(task, 0, trips)))
    length = sum(map(len, trips)) + len(trips)
    plan = {
        "cost": 50 + length, "feasible": True,
        "routes": [{"vehicle_type": 1, "start_depot": 1, "end_depot": 1,
                    "trips": [[one + 1 for one in trip] for trip in trips]}],
    }  # fmt: skip
    theirs = day_judged(json.dumps(plan).encode(), facts(given_)).faults
    assert bool(ours) == bool(theirs), (ours, theirs)
