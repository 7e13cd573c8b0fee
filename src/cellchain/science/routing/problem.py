"""A problem of routing in integers, a plan for it, and what a plan costs.

Places are numbered from 0; some are depots, every other one is a stop that exactly one vehicle
visits exactly once. A vehicle starts at a depot, drives one or more trips with a reload at a depot
between two of them, and ends at a depot. Distances, durations, times and amounts are integers in
whatever unit the caller scaled them to; the search knows no other numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Integers: TypeAlias = NDArray[np.int64]

NEVER = (1 << 62) - 1
"""A time, duration or distance that is no limit."""
CLOSED = 1 << 44
"""Distance and duration between places that no vehicle drives: dearer than every plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleType:
    """Vehicles that are alike."""

    capacity: tuple[int, ...]
    """A number of each load dimension; empty where nothing is limited."""
    start_depot: int
    """Place number of a depot."""
    end_depot: int
    available: int = 1
    reload_depots: tuple[int, ...] = ()
    """Depots where a trip may end and the next one begin."""
    trips_max: int = 1
    fixed_cost: int = 0
    """Of a vehicle that drives at all."""
    distance_cost: int = 1
    """Of a unit of distance."""
    duration_cost: int = 0
    """Of a unit of time between start and end, waiting included."""
    earliest: int = 0
    """Start at the earliest."""
    latest: int = NEVER
    """End at the latest."""
    shift_duration: int = NEVER
    """From start to end at most."""
    distance_max: int = NEVER
    initial_load: tuple[int, ...] = ()
    """What is on board at the start and stays; a number of each load dimension, or empty: none."""
    skills: frozenset[str] = frozenset()
    profile: int = 0
    """Which of the matrices it drives by."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """Places, what they ask for, and who may go there."""

    distance: tuple[Integers, ...]
    """Shape [places, places] of each profile; row is from, column is to; the diagonal is 0."""
    duration: tuple[Integers, ...]
    """Driving times, likewise."""
    depots: tuple[int, ...]
    demand: Integers
    """What is brought to each place, shape [places, dimensions]; 0 at depots."""
    vehicle_types: tuple[VehicleType, ...]
    coordinates: NDArray[np.float64] | None = None
    """Shape [places, 2], where they are known: they help to cut a large problem into parts."""
    pickup: Integers | None = None
    """What is fetched from each place, likewise; nothing where None."""
    earliest: Integers | None = None
    """Service begins at the earliest, shape [places]; 0 where None. A vehicle waits."""
    latest: Integers | None = None
    """Service begins at the latest; `NEVER` where None."""
    service: Integers | None = None
    """How long it takes; 0 where None."""
    release: Integers | None = None
    """No trip with this stop leaves its depot before; 0 where None."""
    skills: tuple[frozenset[str], ...] = ()
    """Which a vehicle needs for each place; empty: none anywhere."""
    apart: tuple[tuple[int, ...], ...] = ()
    """Sets of stops of which no two may ride on one trip together."""

    @property
    def places(self) -> int:
        """How many there are, depots included."""
        return len(self.demand)

    @property
    def dimensions(self) -> int:
        """In how many ways a load is measured."""
        return int(self.demand.shape[1])

    @property
    def stops(self) -> tuple[int, ...]:
        """Places that must be visited."""
        depots = set(self.depots)
        return tuple(place for place in range(self.places) if place not in depots)

    def column(self, name: str, default: int = 0) -> Integers:
        """Return ``earliest``, ``latest``, ``service`` or ``release`` of every place."""
        found: Integers | None = getattr(self, name)
        return np.full(self.places, default, np.int64) if found is None else found


@dataclass(frozen=True, slots=True)
class Route:
    """What one vehicle does."""

    vehicle_type: int
    """Which of the problem's types."""
    trips: tuple[tuple[int, ...], ...]
    """Stops of each trip, in order; at least one trip, and none of them empty."""
    reloads: tuple[int, ...] = ()
    """Depot between each trip and the next: one less than there are trips."""

    @property
    def stops(self) -> tuple[int, ...]:
        """Stops of all trips, in order."""
        return tuple(stop for trip in self.trips for stop in trip)

    def path(self, kind: VehicleType) -> tuple[int, ...]:
        """Return every place from the start depot to the end depot."""
        places = [kind.start_depot, *self.trips[0]]
        for depot, trip in zip(self.reloads, self.trips[1:], strict=True):
            places += [depot, *trip]
        return (*places, kind.end_depot)


@dataclass(frozen=True, slots=True)
class Plan:
    """Routes that serve every stop."""

    routes: tuple[Route, ...]
    cost: int
    feasible: bool
    """Whether the search knows of no constraint that is broken."""


def route_distance(problem: Problem, route: Route) -> int:
    """Return how far a vehicle drives."""
    kind = problem.vehicle_types[route.vehicle_type]
    path = np.array(route.path(kind))
    return int(problem.distance[kind.profile][path[:-1], path[1:]].sum())


def served_once(problem: Problem, routes: Sequence[Route]) -> bool:
    """Say whether every stop is on exactly one route."""
    return sorted(stop for route in routes for stop in route.stops) == list(problem.stops)


def mean_edge(problem: Problem) -> tuple[float, float]:
    """Return what an open edge costs and how long it takes, in the mean; 1 at least."""
    distance, duration = problem.distance[0], problem.duration[0]
    open_to = (distance > 0) & (distance < CLOSED) & (duration < CLOSED)
    if not open_to.any():
        return 1.0, 1.0
    price = float(np.mean([kind.distance_cost for kind in problem.vehicle_types]))
    cost, hours = float(distance[open_to].mean()), float(duration[open_to].mean())
    return max(1.0, cost * max(1.0, price)), max(1.0, hours)
