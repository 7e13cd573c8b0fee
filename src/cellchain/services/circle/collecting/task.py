"""A day as a problem of routing, and what a lorry's day looks like on the clock.

Goods are fetched; for the search they are brought: a round that only fetches has the same greatest
load as the same round that only brings. A critical pack is on no route of the search: who fetches
it is settled before (`first_trips`), and the rest of the day begins when its lorry is back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.routing.breaks import BREAK_S, Call, late, slower, unhurried
from cellchain.science.routing.problem import CLOSED, NEVER, Problem, Route, VehicleType
from cellchain.services.circle.collecting.day import HOUR_S, clock
from cellchain.services.circle.collecting.roads import matrices_of, slowest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cellchain.science.routing.breaks import Visit
    from cellchain.science.routing.problem import Integers
    from cellchain.services.circle.collecting.day import Day
    from cellchain.services.circle.collecting.roads import Matrices

EARTH_KM_A_DEGREE = 111.2
Trips = tuple[tuple[int, ...], ...]


class Care(IntEnum):
    """How breaks are kept while searching; a clock checks them after."""

    NONE = 0
    """As if nobody took a break."""
    SHARE = 1
    """Driving takes its share of breaks."""
    SURE = 2
    """Moreover all closes 45 minutes earlier: enough in any case (`science.routing.breaks`)."""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A day, its roads, and the whole of it as a problem."""

    day: Day
    matrices: Matrices
    problem: Problem

    @property
    def critical(self) -> tuple[int, ...]:
        """Places of stops that ride alone and first."""
        first = len(self.day.depots)
        return tuple(first + n for n, stop in enumerate(self.day.stops) if stop.is_critical)


@dataclass(frozen=True, slots=True)
class LorryDay:
    """What one lorry does, and when."""

    lorry: int
    """Its place in the file, from 0."""
    trips: Trips
    start_s: int
    calls: tuple[Call, ...]
    """Stops and, after each trip, the depot."""
    visits: tuple[Visit, ...]
    driven_s: int


def task_of(day: Day) -> Task:
    """Return the problem that a day poses."""
    matrices = matrices_of(day)
    stops, depots = day.stops, len(day.depots)

    def column(depot: int, of_stops: Sequence[int]) -> Integers:
        return np.array([*(depot for _ in range(depots)), *of_stops], np.int64)

    demand = np.array(
        [*((0,) * len(day.lorries[0].room) for _ in day.depots), *(one.load for one in stops)],
        np.int64,
    )
    problem = Problem(
        distance=matrices.distance,
        duration=_with_unloading(matrices.drive, depots, day.unload_s),
        depots=tuple(range(depots)),
        demand=demand,
        vehicle_types=tuple(_kind(day, matrices, number) for number in range(len(day.lorries))),
        coordinates=_coordinates(day),
        earliest=column(0, [one.opens_s for one in stops]),
        latest=column(NEVER, [one.closes_s for one in stops]),
        service=column(0, [one.service_s for one in stops]),
        skills=(
            *(frozenset[str]() for _ in day.depots),
            *(frozenset((one.damage_class,)) for one in stops),
        ),
        apart=day.apart,
    )
    return Task(day, matrices, problem)


def _with_unloading(drive: Sequence[Integers], depots: int, unload_s: int) -> tuple[Integers, ...]:
    found = []
    for one in drive:
        more = one.copy()
        more[:, :depots] += unload_s
        np.fill_diagonal(more, 0)
        found.append(np.minimum(more, CLOSED))
    return tuple(found)


def _kind(day: Day, matrices: Matrices, number: int) -> VehicleType:
    lorry = day.lorries[number]
    depot = day.depots[lorry.depot]
    speed = matrices.speed
    return VehicleType(
        capacity=lorry.room,
        start_depot=lorry.depot,
        end_depot=lorry.depot,
        reload_depots=(lorry.depot,) if lorry.trips > 1 else (),
        trips_max=lorry.trips,
        fixed_cost=lorry.fixed_cost,
        distance_cost=lorry.mils_a_km,
        earliest=max(lorry.begins_s, depot.opens_s),
        latest=min(lorry.ends_s, depot.closes_s),
        distance_max=NEVER if speed is None else int(lorry.drive_s_max * speed),
        skills=lorry.classes,
        profile=matrices.profile(lorry),
    )


def _coordinates(day: Day) -> np.typing.NDArray[np.float64] | None:
    at = [one.at for one in day.places]
    if None in at:
        return None
    found = np.array(at, np.float64)
    middle = float(np.cos(np.radians(found[:, 0].mean())))
    return np.column_stack([found[:, 1] * middle, found[:, 0]]) * EARTH_KM_A_DEGREE


def day_of(task: Task, lorry: int, trips: Trips) -> LorryDay:
    """Return the day of a lorry that drives these trips, in order, and takes its breaks."""
    kind = task.problem.vehicle_types[lorry]
    calls = tuple(_calls(task, lorry, trips))
    start, visits = unhurried(calls, kind.earliest)
    return LorryDay(lorry, trips, start, calls, visits, sum(one.drive_s for one in calls))


def _calls(task: Task, lorry: int, trips: Trips) -> Iterator[Call]:
    kind, unload = task.problem.vehicle_types[lorry], task.day.unload_s
    drive = task.matrices.drive[kind.profile]
    first = len(task.day.depots)
    for trip in trips:
        here = kind.start_depot
        for place in trip:
            stop = task.day.stops[place - first]
            way = int(drive[here, place])
            yield Call(way, stop.opens_s, stop.closes_s, stop.service_s)
            here = place
        yield Call(int(drive[here, kind.end_depot]), 0, kind.latest - unload, unload)


def faults_of(task: Task, found: LorryDay) -> Iterator[str]:
    """Yield what a lorry's day does not keep, on the clock."""
    day = task.day
    lorry = day.lorries[found.lorry]
    depot = day.depots[lorry.depot].id
    path = [name for trip in found.trips
            for name in (*(day.places[place].id for place in trip), depot)]  # fmt: skip
    for place in late(found.calls, found.visits):
        yield (
            f"lorry {lorry.id} is at {path[place]} at {clock(found.visits[place].begins_s)} with"
            f" its breaks, and must be by {clock(found.calls[place].closes_s)}"
        )
    if found.driven_s > lorry.drive_s_max:
        yield (
            f"lorry {lorry.id} drives {found.driven_s / HOUR_S:.2f} h, and its driver at most"
            f" {lorry.drive_s_max / HOUR_S:g} h"
        )


def rest_of(
    task: Task, first: Mapping[int, LorryDay], care: Care, *, bounded: bool = False
) -> tuple[Problem, list[int]]:
    """Return what is left after the first trips, as a problem, and the places that it numbers.

    Args:
        task: The whole.
        first: Of each lorry that fetches critical packs, its day so far.
        care: How breaks are kept.
        bounded: Whether no lorry drives so far that by the slowest of all roads its driver would
            drive too long: enough in any case, and more than needed. Without it driving is bounded
            where the speed is the same everywhere, but for the rounding of each leg.
    """
    of, critical = task.problem, set(task.critical)
    places = [place for place in range(of.places) if place not in critical]
    cut = np.ix_(places, places)
    duration = of.duration
    if care:
        slow = [np.where(one < CLOSED, slower(one), CLOSED) for one in task.matrices.drive]
        duration = _with_unloading(slow, len(of.depots), task.day.unload_s)
    sooner = BREAK_S if care is Care.SURE else 0
    earliest, latest = of.column("earliest")[places], of.column("latest", NEVER)[places]
    back = {place: number for number, place in enumerate(places)}
    rest = Problem(
        distance=tuple(one[cut] for one in of.distance),
        duration=tuple(one[cut] for one in duration),
        depots=of.depots,
        demand=of.demand[places],
        vehicle_types=tuple(
            _left(task, number, first.get(number), care, bounded=bounded)
            for number in range(len(task.day.lorries))
        ),
        coordinates=None if of.coordinates is None else of.coordinates[places],
        earliest=earliest,
        # a gate that is open for less than a break still opens: the clock judges it
        latest=np.where(latest < NEVER, np.maximum(latest - sooner, earliest), NEVER),
        service=of.column("service")[places],
        skills=tuple(of.skills[place] for place in places),
        apart=tuple(
            left
            for group in of.apart
            if len(left := tuple(back[one] for one in group if one in back)) > 1
        ),
    )
    return rest, places


def _left(
    task: Task, number: int, first: LorryDay | None, care: Care, *, bounded: bool
) -> VehicleType:
    kind, lorry = task.problem.vehicle_types[number], task.day.lorries[number]
    driven_s = 0 if first is None else first.driven_s
    if first is not None:
        kind = replace(kind, earliest=first.visits[-1].leaves_s, fixed_cost=0)
    left_s = max(0, lorry.drive_s_max - driven_s)
    speed = task.matrices.speed
    most = NEVER if speed is None else int(left_s * speed)
    if bounded:
        most = _surely(task, kind.profile, left_s)
    latest = kind.latest - (BREAK_S if care is Care.SURE else 0)
    return replace(kind, distance_max=most, latest=max(latest, kind.earliest))


def _surely(task: Task, profile: int, left_s: int) -> int:
    """Return a distance that is never driven in more than so many seconds."""
    speed = task.matrices.speed
    if speed is not None:  # each leg was rounded up by less than a second
        legs = 2 * len(task.day.stops)
        return max(0, int((left_s - legs) * speed))
    least = slowest(task.matrices.distance[profile], task.matrices.drive[profile])
    return NEVER if least in {0.0, float("inf")} else int(left_s * least)


def trips_of(routes: Sequence[Route], places: Sequence[int]) -> dict[int, Trips]:
    """Return the trips of each lorry that a search found, in the places of the whole."""
    return {
        one.vehicle_type: tuple(tuple(places[stop] for stop in trip) for trip in one.trips)
        for one in routes
    }
