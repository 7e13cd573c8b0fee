"""Stops put into routes where they make these longer by least."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cellchain.science.routing.problem import Route
from cellchain.science.routing.schedule import trip_times

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cellchain.science.routing.problem import Problem

TRIED = 40
"""Places of a stop whose times are looked at, the shortest way first."""
PLACES = 2
"""Of a trip that are looked at."""


class _Way(NamedTuple):
    """A place for a stop."""

    cost: int
    day: int
    trip: int
    place: int
    """Before which stop of the trip."""


@dataclass(slots=True)
class _Day:
    """A route that is being added to."""

    kind: int
    trips: list[list[int]]
    reloads: tuple[int, ...]

    @property
    def stands(self) -> bool:
        """Whether the vehicle does not drive."""
        return not any(self.trips)


def inserted(
    problem: Problem, routes: Sequence[Route], stops: Iterable[int], *, kept: bool = True
) -> tuple[Route, ...]:
    """Return the routes with some more stops, one after another, each where it costs least.

    A place is taken that keeps capacity, skills and the times of its trip; a vehicle that stands
    still is one as well. Where no place keeps them, the shortest way is taken all the same: the
    answer serves every stop, and may be infeasible.

    Args:
        problem: What is asked, with a route or a vehicle.
        routes: Each of one type of the problem's.
        stops: Which are on no route yet.
        kept: Whether a place must keep all that if there is one; else the shortest way is taken.
    """
    days = [_Day(one.vehicle_type, list(map(list, one.trips)), one.reloads) for one in routes]
    for stop in stops:
        _add_vehicles(problem, days)
        ways = sorted(_ways(problem, days, stop))
        tried = ways[:TRIED] if kept else ()
        sound = (way for way in tried if _keeps(problem, days[way.day], stop, way))
        way = next(sound, ways[0])
        days[way.day].trips[way.trip].insert(way.place, stop)
    return tuple(
        Route(day.kind, tuple(map(tuple, day.trips)), day.reloads) for day in days if not day.stands
    )


def _add_vehicles(problem: Problem, days: list[_Day]) -> None:
    """Add a vehicle of each type that stands still, where there is one."""
    for number, kind in enumerate(problem.vehicle_types):
        used = [day for day in days if day.kind == number]
        if len(used) < kind.available and not any(day.stands for day in used):
            days.append(_Day(number, [[]], ()))


def _ends(problem: Problem, day: _Day, trip: int) -> tuple[int, int]:
    """Return the depots where a trip begins and ends."""
    kind = problem.vehicle_types[day.kind]
    depots = (kind.start_depot, *day.reloads, kind.end_depot)
    return depots[trip], depots[trip + 1]


def _ways(problem: Problem, days: Sequence[_Day], stop: int) -> Iterator[_Way]:
    for number, day in enumerate(days):
        kind = problem.vehicle_types[day.kind]
        matrix = problem.distance[kind.profile]
        opening = kind.fixed_cost if day.stands else 0
        for trip, on_it in enumerate(day.trips):
            begin, end = _ends(problem, day, trip)
            path = np.array([begin, *on_it, end])
            more = matrix[path[:-1], stop] + matrix[stop, path[1:]] - matrix[path[:-1], path[1:]]
            for place in np.argsort(more, kind="stable")[:PLACES].tolist():
                yield _Way(int(more[place]) * kind.distance_cost + opening, number, trip, place)


def _keeps(problem: Problem, day: _Day, stop: int, way: _Way) -> bool:
    kind, trip = problem.vehicle_types[day.kind], day.trips[way.trip]
    with_it = [*trip[: way.place], stop, *trip[way.place :]]
    load = problem.demand[with_it].sum(axis=0)
    if any(carried > most for carried, most in zip(load.tolist(), kind.capacity, strict=False)):
        return False
    if problem.skills and problem.skills[stop] - kind.skills:
        return False
    begin, end = _ends(problem, day, way.trip)
    times = trip_times(problem, kind, begin, with_it, end)
    return times.earliest <= times.latest and times.done <= kind.latest
