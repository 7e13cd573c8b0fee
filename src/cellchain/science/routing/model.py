"""A problem, or some of its stops and vehicles, as PyVRP wants it; and its answers as routes.

What PyVRP does not know is said in what it knows: a stop that needs a skill is out of reach on the
matrices of those who lack it, and stops that may not ride together share a load dimension that has
room for one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.science.extra import extra_part
from cellchain.science.routing.problem import CLOSED, NEVER, Route, mean_edge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cellchain.science.routing.problem import Integers, Problem, VehicleType

WORTH_MAX = 1_000
"""Units of cost that a unit of load is worth at most."""
_NEVER_OF_PYVRP = (1 << 63) - 1


class Model:
    """A part of a problem and PyVRP's view of it.

    Args:
        problem: The whole.
        stops: Which of its stops; all where None.
        available: How many vehicles of each type; all where None.
    """

    def __init__(
        self,
        problem: Problem,
        stops: Sequence[int] | None = None,
        available: Sequence[int] | None = None,
    ) -> None:
        self.pyvrp: Any = extra_part("pyvrp", "route.no_pyvrp", extra="circle")
        self.problem = problem
        self.stops = tuple(problem.stops if stops is None else stops)
        counts = [kind.available for kind in problem.vehicle_types]
        self.available = tuple(counts if available is None else available)
        self._types = tuple(one for one, count in enumerate(self.available) if count)
        self._places = np.array([*problem.depots, *self.stops], np.intp)
        self._depot_number = {place: number for number, place in enumerate(problem.depots)}
        self._client_number = {place: number for number, place in enumerate(self.stops)}
        self._type_number = {one: number for number, one in enumerate(self._types)}
        self._load = _Loads(problem)
        self.data = self._data()

    def solution(self, routes: Iterable[Route]) -> Any:
        """Return PyVRP's solution of some routes over these stops."""
        return self.pyvrp.Solution(self.data, [self._route(one) for one in routes])

    def routes(self, solution: Any) -> tuple[Route, ...]:
        """Return the routes of a solution; a trip without stops is left out."""
        return self.routes_of(solution.routes())

    def routes_of(self, routes: Iterable[Any]) -> tuple[Route, ...]:
        """Return some of PyVRP's routes; a trip without stops is left out."""
        return tuple(
            found
            for one in routes
            if (found := self._read(one.vehicle_type(), one.schedule())).trips
        )

    def _route(self, route: Route) -> Any:
        activity, sort = self.pyvrp.Activity, self.pyvrp.ActivityType
        visits = []
        for number, trip in enumerate(route.trips):
            if number:
                depot = self._depot_number[route.reloads[number - 1]]
                visits.append(activity(sort.DEPOT, depot))
            visits += [activity(sort.CLIENT, self._client_number[stop]) for stop in trip]
        return self.pyvrp.Route(self.data, visits, self._type_number[route.vehicle_type])

    def _read(self, type_number: int, schedule: Sequence[Any]) -> Route:
        trips: list[list[int]] = [[]]
        reloads: list[int] = []
        for visit in schedule[1:-1]:
            if visit.is_client():
                trips[-1].append(self.stops[visit.idx])
            elif trips[-1]:
                trips.append([])
                reloads.append(self.problem.depots[visit.idx])
            elif reloads:
                reloads[-1] = self.problem.depots[visit.idx]
        if not trips[-1]:
            del trips[-1], reloads[-1:]
        return Route(self._types[type_number], tuple(map(tuple, trips)), tuple(reloads))

    def _data(self) -> Any:
        of, pyvrp = self.problem, self.pyvrp
        xy = np.zeros((of.places, 2)) if of.coordinates is None else of.coordinates
        earliest, latest = of.column("earliest"), of.column("latest", NEVER)
        service, release = of.column("service"), of.column("release")
        profiles = _Profiles(of)
        kinds = [
            self._kind(of.vehicle_types[one], profiles.number(of.vehicle_types[one]), one)
            for one in self._types
        ]
        return pyvrp.ProblemData(
            locations=[pyvrp.Location(*xy[place].tolist()) for place in self._places],
            clients=[
                pyvrp.Client(
                    location=number,
                    delivery=self._load.delivery[place].tolist(),
                    pickup=self._load.pickup[place].tolist(),
                    service_duration=int(service[place]),
                    tw_early=int(earliest[place]),
                    tw_late=_limit(int(latest[place])),
                    release_time=int(release[place]),
                )
                for number, place in enumerate(self.stops, start=len(of.depots))
            ],
            depots=[
                pyvrp.Depot(
                    location=number,
                    tw_early=int(earliest[place]),
                    tw_late=_limit(int(latest[place])),
                    service_duration=int(service[place]),
                )
                for number, place in enumerate(of.depots)
            ],
            vehicle_types=kinds,
            distance_matrices=[
                one[np.ix_(self._places, self._places)] for one in profiles.distance
            ],
            duration_matrices=[
                one[np.ix_(self._places, self._places)] for one in profiles.duration
            ],
        )

    def _kind(self, kind: VehicleType, profile: int, number: int) -> Any:
        return self.pyvrp.VehicleType(
            num_available=self.available[number],
            capacity=self._load.room(kind),
            start_depot=self._depot_number[kind.start_depot],
            end_depot=self._depot_number[kind.end_depot],
            fixed_cost=kind.fixed_cost,
            tw_early=kind.earliest,
            tw_late=_limit(kind.latest),
            shift_duration=_limit(kind.shift_duration),
            max_distance=_limit(kind.distance_max),
            unit_distance_cost=kind.distance_cost,
            unit_duration_cost=kind.duration_cost,
            profile=profile,
            initial_load=self._load.on_board(kind),
            reload_depots=[self._depot_number[depot] for depot in kind.reload_depots],
            max_reloads=kind.trips_max - 1,
        )


class _Loads:
    """Amounts in every dimension, those of stops apart included.

    PyVRP's penalties are at most 100,000 a unit: amounts are multiplied where a unit of load is
    worth many units of cost.
    """

    def __init__(self, problem: Problem) -> None:
        apart = np.zeros((problem.places, len(problem.apart)), np.int64)
        for dimension, stops in enumerate(problem.apart):
            apart[list(stops), dimension] = 1
        none = np.zeros_like(problem.demand)
        delivery = np.hstack([problem.demand, apart])
        pickup = np.hstack([none if problem.pickup is None else problem.pickup, 0 * apart])
        self._apart = (1,) * len(problem.apart)
        self._all = delivery.sum(axis=0) + pickup.sum(axis=0) + 1
        mean = np.maximum(delivery, pickup)[list(problem.stops)].mean(axis=0)
        worth = mean_edge(problem)[0] / np.maximum(mean, 1e-3)
        self._times = np.maximum(1, np.ceil(worth / WORTH_MAX)).astype(np.int64)
        self.delivery, self.pickup = delivery * self._times, pickup * self._times

    def room(self, kind: VehicleType) -> list[int]:
        """Return what a vehicle takes; no more than there is."""
        told = np.array([*kind.capacity, *self._apart], np.int64)
        most = self._all + self._at_first(kind)
        found: list[int] = (np.minimum(told, most) * self._times).tolist()
        return found

    def on_board(self, kind: VehicleType) -> list[int]:
        """Return what a vehicle holds at first."""
        found: list[int] = (self._at_first(kind) * self._times).tolist()
        return found

    def _at_first(self, kind: VehicleType) -> Integers:
        load = kind.initial_load or (0,) * len(kind.capacity)
        return np.array([*load, *(0 for _ in self._apart)], np.int64)


class _Profiles:
    """Matrices by who drives: what lacks a skill never arrives."""

    def __init__(self, problem: Problem) -> None:
        self._needed: frozenset[str] = frozenset().union(*problem.skills)
        self.distance: list[Integers] = []
        self.duration: list[Integers] = []
        self._numbers: dict[tuple[int, frozenset[str]], int] = {}
        for kind in problem.vehicle_types:
            if self._key(kind) not in self._numbers:
                self._numbers[self._key(kind)] = len(self.distance)
                closed = [
                    place for place, skills in enumerate(problem.skills) if skills - kind.skills
                ]
                self.distance.append(_closed(problem.distance[kind.profile], closed))
                self.duration.append(_closed(problem.duration[kind.profile], closed))

    def number(self, kind: VehicleType) -> int:
        """Return which matrices a vehicle drives by."""
        return self._numbers[self._key(kind)]

    def _key(self, kind: VehicleType) -> tuple[int, frozenset[str]]:
        return kind.profile, self._needed & kind.skills


def _closed(matrix: Integers, places: list[int]) -> Integers:
    if not places:
        return matrix
    found = matrix.copy()
    found[places, :] = found[:, places] = CLOSED
    np.fill_diagonal(found, 0)
    return found


def _limit(value: int) -> int:
    return _NEVER_OF_PYVRP if value >= NEVER else value
