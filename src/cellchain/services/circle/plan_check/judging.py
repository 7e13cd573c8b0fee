r"""A plan judged by its instance: is every promise kept, and is the cost what it says?

Along a route the time at which a vehicle is done is, by when it left, $ \max(a, s + b) $ as long
as $ s \le l $: a leg that takes $ d $ to a place open from $ e $ to $ u $ with service $ c $ makes
of it $ \max(\max(a + d, e) + c, s + b + d + c) $, and $ s \le u - b - d $. Leaving as late as costs
nothing gives the shortest duration, $ \max(a - s, b) $ at $ s = \min(l, \max(a - b, s_0)) $.

Source: T. Vidal, T. Crainic, M. Gendreau, C. Prins, "A unified solution framework for
multi-attribute vehicle routing problems", European Journal of Operational Research 234 (2014) 658.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from cellchain.services.circle.plan_check.claim import FAULTS_MAX, claim_in, whole_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.services.circle.plan_check.claim import Judged
    from cellchain.services.circle.plan_check.facts import Facts, Vehicle


def judged(data: bytes, facts: Facts) -> Judged:
    """Return the cost of a plan, and what does not hold of it.

    Raises:
        Refused: ``verify.plan``: it is no plan.
    """
    claim = claim_in(data, len(facts.vehicles), lambda told: _Route(facts, told))
    cost = sum(route.cost() for route in claim.routes) / facts.divisor
    tolerance = max(1e-9 * abs(cost), facts.tolerance)
    return claim.judged(cost, [*_faults(facts, claim.routes)], tolerance)


def _faults(facts: Facts, routes: Sequence[_Route]) -> Iterator[str]:
    visits = Counter(stop for route in routes for trip in route.trips for stop in trip)
    for stop in sorted(facts.stops | visits.keys()):
        if stop not in facts.stops:
            yield f"{stop} is no stop"
        elif visits[stop] != 1:
            yield f"stop {stop} is visited {visits[stop]} times"
    used = Counter(route.number for route in routes)
    if len(set(facts.vehicles)) > 1:
        yield from (f"vehicle {one} has {n} routes" for one, n in used.items() if n > 1)
    elif set(used) - {1}:
        yield f"vehicles are alike, and are called {sorted(used)[:FAULTS_MAX]}"
    known = facts.stops
    for place, route in enumerate(routes, start=1):
        if all(stop in known for trip in route.trips for stop in trip):
            yield from (f"route {place}: {fault}" for fault in route.faults())


class _Route:
    def __init__(self, facts: Facts, told: Any) -> None:
        self._facts = facts
        self.number = whole_in(told["vehicle_type"])
        if not 1 <= self.number <= len(facts.vehicles):
            raise ValueError(f"there is no vehicle {self.number}")
        self._vehicle: Vehicle = facts.vehicles[self.number - 1]
        self._start, self._end = whole_in(told["start_depot"]), whole_in(told["end_depot"])
        self.trips: list[list[int]] = [list(map(whole_in, trip)) for trip in told["trips"]]
        if not self.trips or not all(self.trips):
            raise ValueError("a trip is empty")
        between = len(self.trips) - 1
        reloads = told.get("reloads") or [self._start] * between
        self._reloads: list[int] = list(map(whole_in, reloads))
        if len(self._reloads) != between or not facts.depots >= {
            self._start, self._end, *self._reloads
        }:  # fmt: skip
            raise ValueError("reloads or depots are none of the file")

    def _legs(self) -> Iterator[tuple[int, int]]:
        ends = [*self._reloads, self._end]
        begins = [self._start, *self._reloads]
        for begin, trip, end in zip(begins, self.trips, ends, strict=True):
            path = [begin, *trip, end]
            yield from pairwise(path)

    def distance(self) -> float:
        return sum(self._facts.distance(*leg) for leg in self._legs())

    def cost(self) -> float:
        if any(one not in self._facts.stops for trip in self.trips for one in trip):
            return inf
        return self._vehicle.fixed_cost + self._vehicle.unit_cost * self.distance()

    def faults(self) -> Iterator[str]:
        one, slack = self._vehicle, self._facts.tolerance
        if {self._start, self._end} != {one.depot}:
            yield f"from {self._start} to {self._end}, and the vehicle is of {one.depot}"
        if not one.reloads >= set(self._reloads):
            yield f"reloads at {self._reloads}, and may at {sorted(one.reloads)}"
        if len(self.trips) > one.trips:
            yield f"{len(self.trips)} trips, and may have {one.trips:g}"
        if one.allowed is not None and not one.allowed >= {s for t in self.trips for s in t}:
            yield "visits a stop that it may not"
        for trip in self.trips:
            for load, most in zip(self._load(trip), one.capacity, strict=False):
                if load > most:
                    yield f"carries {load:g}, and may {most:g}"
        if self.distance() > one.distance + slack:
            yield f"drives {self.distance():g}, and may {one.distance:g}"
        yield from self._lateness()

    def _load(self, trip: Sequence[int]) -> list[float]:
        rows = [self._facts.demand.get(stop, ()) for stop in trip]
        return [sum(column) for column in zip(*rows, strict=False)]

    def _lateness(self) -> Iterator[str]:
        facts, slack = self._facts, self._facts.tolerance
        opens, closes = facts.window[self._start]
        done, taken, latest = opens, 0.0, inf
        ends = [*self._reloads, self._end]
        begins = [self._start, *self._reloads]
        for begin, trip, end in zip(begins, self.trips, ends, strict=True):
            released = max((facts.release.get(stop, 0.0) for stop in trip), default=0.0)
            done = max(done, released)
            here = begin
            for place in (*trip, end):
                way = facts.distance(here, place)
                early, late = facts.window[place]
                if place == end and place in facts.depots:
                    early, late = opens, closes  # hours of a vehicle are those of its depot
                done, taken = max(done + way, early), taken + way
                latest = min(latest, late - taken)
                if done > late + slack:
                    yield f"is at {place} at {done:.12g}, and may until {late:.12g}"
                service = facts.service.get(place, 0.0) if place not in facts.depots else 0.0
                done, taken, here = done + service, taken + service, place
        leaves = min(latest, max(done - taken, opens))
        shortest = max(done - leaves, taken)
        if isfinite(shortest) and shortest > self._vehicle.duration + slack:
            yield f"takes {shortest:.12g}, and may {self._vehicle.duration:.12g}"
