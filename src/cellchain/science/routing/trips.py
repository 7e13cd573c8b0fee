"""Several trips a vehicle: first as if each trip had a vehicle, then trips joined to days.

Local search over whole days is slow, and moves trips from day to day only by chance. Where a
vehicle reloads where it starts and ends, and nothing bounds its day but opening hours, what a trip
costs does not depend on the vehicle that drives it: the problem with a vehicle a trip costs no
more, and its plan is one of the problem itself whenever its trips can be packed into the days of
the vehicles that there are.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from cellchain.science.routing.problem import NEVER, Route
from cellchain.science.routing.schedule import trip_times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.science.routing.problem import Problem, VehicleType
    from cellchain.science.routing.schedule import TripTimes

SPARE = 1.3
"""Trips that may be needed, over those that hold all demand."""


def has_trips(problem: Problem) -> bool:
    """Say whether there are several trips a vehicle, and these cost the same whoever drives."""
    kinds = problem.vehicle_types
    return any(kind.trips_max > 1 for kind in kinds) and all(map(_is_free, kinds))


def _is_free(kind: VehicleType) -> bool:
    home = kind.start_depot
    return (
        kind.end_depot == home
        and kind.reload_depots in {(), (home,)}
        and kind.fixed_cost == kind.duration_cost == 0
        and min(kind.shift_duration, kind.distance_max) >= NEVER
        and not any(kind.initial_load)
    )


def with_a_vehicle_a_trip(problem: Problem) -> Problem:
    """Return the problem in which each trip has a vehicle."""
    stops = len(problem.stops)
    kinds = []
    for kind in problem.vehicle_types:
        needed = max(
            (-(-int(total) // max(1, most)) for total, most in
             zip(problem.demand.sum(axis=0), kind.capacity, strict=True)), default=1,
        )  # fmt: skip
        trips = min(kind.available * kind.trips_max, stops, kind.available + int(SPARE * needed))
        kinds.append(replace(kind, available=trips, trips_max=1, reload_depots=()))
    return replace(problem, vehicle_types=tuple(kinds))


def packed(problem: Problem, trips: Sequence[Route]) -> tuple[tuple[Route, ...], int]:
    """Return trips joined to days, and how many of them come too late in theirs.

    Those that must leave first are packed first, each into the day in which the vehicle waits the
    least for it.

    Args:
        problem: With as many vehicles as there are, and trips of each at most.
        trips: Routes of one trip each, of the same vehicle types, no more than vehicles may drive.
    """
    by_kind: dict[int, list[Route]] = defaultdict(list)
    for route in trips:
        by_kind[route.vehicle_type].append(route)
    routes: list[Route] = []
    late = 0
    for number, ones in sorted(by_kind.items()):
        kind = problem.vehicle_types[number]
        days, missed = _days(problem, kind, [one.trips[0] for one in ones])
        late += missed
        routes += [
            Route(number, tuple(day), (kind.start_depot,) * (len(day) - 1)) for day in days if day
        ]
    return tuple(routes), late


def _days(
    problem: Problem, kind: VehicleType, trips: Sequence[tuple[int, ...]]
) -> tuple[list[list[tuple[int, ...]]], int]:
    depot = kind.start_depot
    timed = [(trip_times(problem, kind, depot, trip, depot), trip) for trip in trips]
    best: tuple[list[list[tuple[int, ...]]], int] | None = None
    for key in (_by_departure, _by_end):
        found = _greedily(kind, sorted(timed, key=key))
        if best is None or found[1] < best[1]:
            best = found
    assert best is not None
    return best


def _by_departure(one: tuple[TripTimes, tuple[int, ...]]) -> tuple[int, int, tuple[int, ...]]:
    return one[0].latest, one[0].done, one[1]


def _by_end(one: tuple[TripTimes, tuple[int, ...]]) -> tuple[int, int, tuple[int, ...]]:
    return one[0].done, one[0].latest, one[1]


def _greedily(
    kind: VehicleType, timed: Sequence[tuple[TripTimes, tuple[int, ...]]]
) -> tuple[list[list[tuple[int, ...]]], int]:
    days: list[list[tuple[int, ...]]] = [[] for _ in range(kind.available)]
    free = [kind.earliest] * kind.available
    late = 0
    for times, trip in timed:
        open_to = [day for day in range(kind.available) if len(days[day]) < kind.trips_max]
        on_time = [day for day in open_to if free[day] <= times.latest]
        if on_time:
            day = max(on_time, key=lambda one: (min(free[one], times.earliest), -one))
        else:
            day = min(open_to, key=free.__getitem__)
            late += 1
        days[day].append(trip)
        free[day] = times.end(free[day])
    return days, late
