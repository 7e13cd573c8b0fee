"""Stops put into routes where they make these longer by least."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.routing.problem import Route
from cellchain.science.routing.schedule import trip_times

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cellchain.science.routing.problem import Problem

Trips = list[list[int]]
TRIED = 40
"""Places of a stop whose times are looked at, the shortest way first."""


def inserted(
    problem: Problem, routes: Sequence[Route], stops: Iterable[int], *, kept: bool = True
) -> tuple[Route, ...]:
    """Return the routes with some more stops, one after another, each where it costs least.

    A place is taken that keeps capacity, skills and the times of its trip; a vehicle that stands
    still is one as well. Where no place keeps them, the shortest way is taken all the same: the
    answer serves every stop, and may be infeasible.

    Args:
        problem: What is asked.
        routes: Each of one type of the problem's.
        stops: Which are on no route yet.
        kept: Whether a place must keep all that if there is one; else the shortest way is taken.
    """
    days = [[list(trip) for trip in route.trips] for route in routes]
    kinds = [route.vehicle_type for route in routes]
    reloads = [route.reloads for route in routes]
    for stop in stops:
        _add_vehicles(problem, days, kinds, reloads)
        ways = sorted(_ways(problem, days, kinds, stop))
        tried = ways[:TRIED] if kept else ()
        sound = (way for way in tried if _keeps(problem, days, kinds, stop, way))
        _, day, trip, place = next(sound, ways[0])
        days[day][trip].insert(place, stop)
    return tuple(
        Route(kind, tuple(map(tuple, day)), more)
        for kind, day, more in zip(kinds, days, reloads, strict=True)
        if any(day)
    )


def _add_vehicles(
    problem: Problem, days: list[Trips], kinds: list[int], reloads: list[tuple[int, ...]]
) -> None:
    """Add a vehicle of each type that stands still, where there is one."""
    for number, kind in enumerate(problem.vehicle_types):
        stands = [one for one, day in enumerate(days) if kinds[one] == number and not any(day)]
        if not stands and kinds.count(number) < kind.available:
            days.append([[]])
            kinds.append(number)
            reloads.append(())


def _ways(
    problem: Problem, days: list[Trips], kinds: list[int], stop: int
) -> Iterator[tuple[int, int, int, int]]:
    """Yield what each place of a stop costs, and which it is: day, trip, place in the trip."""
    for day, (trips, number) in enumerate(zip(days, kinds, strict=True)):
        kind = problem.vehicle_types[number]
        matrix = problem.distance[kind.profile]
        for trip, on_it in enumerate(trips):
            path = np.array([kind.start_depot, *on_it, kind.end_depot])
            more = matrix[path[:-1], stop] + matrix[stop, path[1:]] - matrix[path[:-1], path[1:]]
            opening = kind.fixed_cost if not any(trips) else 0
            for place in np.argsort(more, kind="stable")[:2].tolist():
                yield int(more[place]) * kind.distance_cost + opening, day, trip, place


def _keeps(
    problem: Problem, days: list[Trips], kinds: list[int], stop: int, way: tuple[int, int, int, int]
) -> bool:
    _, day, number, place = way
    kind, trip = problem.vehicle_types[kinds[day]], days[day][number]
    with_it = [*trip[:place], stop, *trip[place:]]
    load = problem.demand[with_it].sum(axis=0)
    if any(carried > most for carried, most in zip(load.tolist(), kind.capacity, strict=False)):
        return False
    if problem.skills and problem.skills[stop] - kind.skills:
        return False
    times = trip_times(problem, kind, kind.start_depot, with_it, kind.end_depot)
    return times.earliest <= times.latest and times.done <= kind.latest
