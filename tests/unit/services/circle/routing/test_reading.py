"""Files of instances: what they say, and what in them cannot be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.services.circle.routing_files.distances import explicit_distances
from cellchain.services.circle.routing_files.reading import read_instance
from tests.unit.services.circle.routing.written import SOLOMON, vrplib


def test_a_file_of_solomon():
    found = read_instance(SOLOMON.encode())
    problem = found.problem
    assert (found.name, found.numbers, found.rounding.name) == ("small", (0, 1, 2, 3), "double")
    assert problem.distance[0][0].tolist() == [0, 50_000, 100_000, 50_000]
    assert problem.demand.ravel().tolist() == [0, 4, 5, 6]
    (kind,) = problem.vehicle_types
    assert (kind.available, kind.capacity, kind.latest) == (2, (10,), 1_000_000)
    assert problem.earliest.tolist() == [0, 0, 200_000, 0]


def test_windows_in_double_precision_are_rounded_to_the_safe_side():
    odd = SOLOMON.replace("6         8          5         20        60", "6 7 5 20.00003 60.00007")
    problem = read_instance(odd.encode()).problem
    assert (problem.earliest[2], problem.latest[2]) == (200_001, 600_000)
    assert problem.duration[0][0, 2] == np.ceil(10_000 * np.hypot(6, 7))


@pytest.mark.parametrize(
    ("kind", "asked", "distance"),
    [
        ("CVRP", "", 8),
        ("MDVRPTW", "", 7_810),
        ("HFVRP", "", 7_810),
        ("MTVRPTWR", "", 78),
        ("CVRP", "exact", 7_810),
        ("VRPTW", "trunc", 7),
    ],
)
def test_the_type_tells_the_rounding_unless_another_is_asked_for(kind, asked, distance):
    data = vrplib(TYPE=kind, NODE_COORD_SECTION="1 0 0\n2 3 4\n3 5 6\n4 0 5")
    assert read_instance(data, asked).problem.distance[0][0, 2] == distance


def test_rows_are_found_by_their_numbers():
    data = vrplib(
        NODE_COORD_SECTION="10 0 0\n20 3 4\n30 6 8\n5 0 5",
        DEMAND_SECTION="5 6\n30 5\n20 4\n10 0",
        DEPOT_SECTION="10\n-1",
    )
    found = read_instance(data)
    assert found.numbers == (10, 20, 30, 5)
    assert found.problem.demand.ravel().tolist() == [0, 4, 5, 6]


def test_a_mixed_fleet_of_several_depots_and_trips():
    data = vrplib(
        TYPE="MTVRPTWR", VEHICLES="3", without=("CAPACITY",),
        CAPACITY_SECTION="1 10\n2 10\n3 20", DEPOT_SECTION="1\n2\n-1",
        VEHICLES_DEPOT_SECTION="1 1\n2 1\n3 2", VEHICLES_RELOAD_DEPOT_SECTION="1 1\n2 1\n3 2 1",
        VEHICLES_MAX_RELOADS="1", VEHICLES_FIXED_COST_SECTION="1 5\n2 5\n3 7",
        TIME_WINDOW_SECTION="1 0 100\n2 0 90\n3 5 50\n4 0 60",
        RELEASE_TIME_SECTION="1 0\n2 0\n3 4\n4 0", SERVICE_TIME="3",
    )  # fmt: skip
    found = read_instance(data)
    small, large = found.problem.vehicle_types
    assert found.vehicles == ((1, 2), (3,))
    assert not found.alike
    assert (small.available, small.capacity, small.trips_max) == (2, (100,), 2)
    assert (large.start_depot, large.reload_depots, large.fixed_cost) == (1, (0, 1), 70)
    assert (small.latest, large.latest) == (1_000, 900)
    assert found.problem.service.tolist() == [0, 0, 30, 30]
    assert found.problem.release.tolist() == [0, 0, 40, 0]


def test_who_may_not_visit_a_stop_lacks_its_skill():
    found = read_instance(vrplib(VEHICLES_ALLOWED_CLIENTS_SECTION="1 2 3\n2 4")).problem
    first, second = found.vehicle_types
    assert [found.skills[one] <= first.skills for one in range(4)] == [True, True, True, False]
    assert [found.skills[one] <= second.skills for one in range(4)] == [True, False, False, True]


@pytest.mark.parametrize(
    ("form", "rows"),
    [
        ("FULL_MATRIX", [[9, 1, 2], [1, 9, 3], [2, 3, 9]]),
        ("LOWER_ROW", [[1], [2, 3]]),
        ("LOWER_DIAG_ROW", [[0, 1, 0, 2], [3, 0]]),
        ("UPPER_ROW", [[1, 2], [3]]),
        ("UPPER_DIAG_ROW", [[0, 1, 2, 0, 3, 0]]),
    ],
)
def test_distances_told_one_by_one(form, rows):
    found = explicit_distances(form, rows, 3)
    assert found.tolist() == [[0, 1, 2], [1, 0, 3], [2, 3, 0]]


REFUSED = {
    "no text": (b"\xff\xfe\x00", "route.text"),
    "nothing": (b"", "route.round"),
    "a table": (b"battery,slot\nA,B\n", "route.form"),
    "no type": (vrplib(TYPE="PDPTW"), "route.round"),
    "not a number": (vrplib(DEMAND_SECTION="1 0\n2 four\n3 5\n4 6"), "route.number"),
    "not finite": (vrplib(DEMAND_SECTION="1 0\n2 nan\n3 5\n4 6"), "route.number"),
    "too large": (vrplib(DEMAND_SECTION="1 0\n2 1e300\n3 5\n4 6"), "route.number"),
    "below zero": (vrplib(DEMAND_SECTION="1 0\n2 -4\n3 5\n4 6"), "route.number"),
    "a row short": (vrplib(DEMAND_SECTION="1 0\n2 4\n3 5"), "route.section"),
    "a row twice": (vrplib(DEMAND_SECTION="1 0\n2 4\n2 4\n4 6"), "route.twice"),
    "a stranger": (vrplib(DEMAND_SECTION="1 0\n2 4\n3 5\n9 6"), "route.section"),
    "ragged": (vrplib(DEMAND_SECTION="1 0\n2 4 1\n3 5\n4 6"), "route.section"),
    "a section twice": (vrplib() .replace(b"EOF", b"DEPOT_SECTION\n1\n-1\nEOF"), "route.twice"),
    "too few places": (vrplib(DIMENSION="1"), "route.places"),
    "too many places": (vrplib(DIMENSION="9000000"), "route.places"),
    "half a place": (vrplib(DIMENSION="3.5"), "route.number"),
    "another dimension": (vrplib(DIMENSION="5"), "route.places"),
    "no depot": (vrplib(DEPOT_SECTION="-1"), "route.depot"),
    "a depot that is none": (vrplib(DEPOT_SECTION="7\n-1"), "route.depot"),
    "depots alone": (vrplib(DEPOT_SECTION="1\n2\n3\n4\n-1"), "route.nothing"),
    "a vehicle of no depot": (vrplib(VEHICLES_DEPOT_SECTION="1 1\n2 3"), "route.depot"),
    "no capacity": (vrplib(without=("CAPACITY",)), "route.section"),
    "no vehicles": (vrplib(VEHICLES="0"), "route.vehicles"),
    "prizes": (vrplib(PRIZE_SECTION="1 0\n2 5\n3 5\n4 5"), "route.section"),
    "an unknown word": (vrplib(COLOUR="red"), "route.section"),
    "distances on a sphere": (vrplib(EDGE_WEIGHT_TYPE="GEO"), "route.distances"),
    "no distances": (
        vrplib(EDGE_WEIGHT_TYPE="EXPLICIT", EDGE_WEIGHT_FORMAT="LOWER_ROW"), "route.distances",
    ),
    "no coordinates": (vrplib(without=("NODE_COORD_SECTION",)), "route.section"),
    "flat coordinates": (vrplib(NODE_COORD_SECTION="1 0\n2 3\n3 6\n4 0"), "route.section"),
    "no fleet of Solomon": (SOLOMON.replace("  2         10", "").encode(), "route.form"),
    "a short row of Solomon": (SOLOMON.replace("     50         10", "").encode(), "route.form"),
    "a place of Solomon twice": (SOLOMON.replace("    3      0 ", "    2      0 ").encode(),
                                 "route.twice"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_is_refused_by_name(name):
    data, code = REFUSED[name]
    with pytest.raises(Refused) as refused:
        read_instance(data)
    assert refused.value.code == code


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_bytes_are_read_or_refused(data):
    try:
        read_instance(data)
    except Refused as refused:
        assert refused.code.startswith("route.")


@given(st.data())
def test_a_file_with_a_word_changed_is_read_or_refused(data):
    words = vrplib(TIME_WINDOW_SECTION="1 0 100\n2 0 90\n3 5 50\n4 0 60").decode().split(" ")
    place = data.draw(st.integers(0, len(words) - 1))
    words[place] = data.draw(st.sampled_from(("", "-1", "0", "x", "1e99", "\n", "EOF\n", ": :")))
    try:
        read_instance(" ".join(words).encode())
    except Refused as refused:
        assert refused.code.startswith("route.")
