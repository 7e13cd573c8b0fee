r"""Times of a trip: when it is done, by when it left.

A trip that leaves its depot at $ s $ is done at $ \max(a, s + b) $, as long as $ s \le l $: a leg
of duration $ d $ to a place that is open from $ e $ to $ u $, with service $ c $, makes of it
$ \max(\max(a + d, e) + c,\ s + b + d + c) $ and $ s \le u - b - d $.

Source: T. Vidal, T. Crainic, M. Gendreau, C. Prins, European Journal of Operational Research 234
(2014) 658.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cellchain.science.routing.problem import NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.science.routing.problem import Problem, Route, VehicleType


@dataclass(frozen=True, slots=True)
class TripTimes:
    """Of one trip, its depot at both ends included."""

    earliest: int
    """Departure at the earliest: the vehicle is there, and everything is released."""
    latest: int
    """Departure at the latest; below `earliest` where the trip is late in any case."""
    taken: int
    """Driving and service."""
    done: int
    """The earliest end."""

    def end(self, departure: int) -> int:
        """Return when the trip is done, that leaves then or as soon after as it may."""
        return max(self.done, max(departure, self.earliest) + self.taken)


def trip_times(
    problem: Problem, kind: VehicleType, begin: int, trip: Sequence[int], end: int
) -> TripTimes:
    """Return the times of a trip from depot ``begin`` over its stops to depot ``end``."""
    duration = problem.duration[kind.profile]
    opens, closes = problem.column("earliest"), problem.column("latest", NEVER)
    service, release = problem.column("service"), problem.column("release")
    earliest = max(kind.earliest, max((int(release[stop]) for stop in trip), default=0))
    done, taken, latest, here = earliest, 0, kind.latest, begin
    for place in (*trip, end):
        way = int(duration[here, place])
        taken += way
        last = kind.latest if place == end else int(closes[place])
        latest = min(latest, last - taken)
        done = max(done + way, 0 if place == end else int(opens[place]))
        if place != end:
            done, taken = done + int(service[place]), taken + int(service[place])
        here = place
    return TripTimes(earliest, latest, taken, done)


@dataclass(frozen=True, slots=True)
class DrivenTimes:
    """Of a route that is on its way, when it is done at the last stop of all."""

    done: int
    """The earliest end of service there."""
    taken: int
    """Driving and service until then."""
    latest: int
    """When it left its depot at the latest."""

    def since_start(self, now: int) -> int:
        """Return how long it has been on its way at least, if it goes on at ``now``."""
        return max(self.taken, now - self.latest)


def driven_times(problem: Problem, kind: VehicleType, route: Route) -> DrivenTimes:
    """Return the times of a route up to its last stop, each trip leaving as soon as it may."""
    duration = problem.duration[kind.profile]
    opens, closes = problem.column("earliest"), problem.column("latest", NEVER)
    service, release = problem.column("service"), problem.column("release")
    done, taken, latest, here = kind.earliest, 0, kind.latest, kind.start_depot
    for trip, depot in zip(route.trips, (*route.reloads, None), strict=True):
        done = max(done, *(int(release[stop]) for stop in trip))
        for place in (*trip, depot):
            if place is None:
                break
            way = int(duration[here, place])
            done, taken, here = max(done + way, int(opens[place])), taken + way, place
            latest = min(latest, int(closes[place]) - taken)
            done, taken = done + int(service[place]), taken + int(service[place])
    return DrivenTimes(done, taken, latest)
