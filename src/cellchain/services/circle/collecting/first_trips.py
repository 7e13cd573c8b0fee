"""Who fetches the critical packs: each rides alone on its trip, before anything else of that lorry.

The packs are dealt to lorries in the order in which their gates close, the cheapest next step
first; a pack goes before others of its lorry only where it would come too late behind them. Of
lorries that are alike one is tried. The ways are gone through up to a number of steps, or until the
time for it is over; then the best that were met count. What is cheapest may leave a lorry too
little of its day: so the next ways are kept as well, in which other lorries go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.science.routing.problem import CLOSED
from cellchain.services.circle.collecting.task import day_of, faults_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cellchain.science.routing.problem import VehicleType
    from cellchain.services.circle.collecting.task import LorryDay, Task

STEPS_MAX = 5_000
CRITICAL_MAX = 100
KEPT_MAX = 4
Dealt = dict[int, "LorryDay"]
"""Of each lorry that fetches critical packs, its day so far."""


def first_trips(task: Task, is_over: Callable[[], bool]) -> list[Dealt]:
    """Return the cheapest ways that were found, each with other lorries, the cheapest first.

    Args:
        task: The day.
        is_over: Asked at each step; once it says so, no more are sought.

    Raises:
        Refused: ``route.size``: there are too many; ``route.critical``: no way was found to fetch
            all of them; whether there is none is said.
    """
    stops = task.critical
    if len(stops) > CRITICAL_MAX:
        raise Refused("route.size", f"{len(stops)} critical packs", remedy=f"give {CRITICAL_MAX}")
    search = _Search(task, is_over)
    closes = task.problem.column("latest")
    search.deal(sorted(stops, key=lambda place: (int(closes[place]), place)), {})
    if not search.met:
        ids = [task.day.places[place].id for place in stops]
        who = [one.id for one in task.day.lorries if "critical" in one.classes]
        cut = ", all that there was time for," if search.was_cut else ""
        raise Refused(
            "route.critical",
            f"the critical packs at {', '.join(ids)[:200]} each ride alone and first, and in"
            f" {search.steps} steps{cut} no way was found for lorries {', '.join(who)[:200]} to"
            " fetch all of them in their hours",
            remedy="add a lorry that may carry critical packs, widen a window, or give more time",
        )
    return [dealt for _, dealt in sorted(search.met.values(), key=lambda one: one[0])[:KEPT_MAX]]


class _Search:
    def __init__(self, task: Task, is_over: Callable[[], bool]) -> None:
        self._task, self._is_over = task, is_over
        self.steps = 0
        self.was_cut = False
        """Whether ways were left out, for want of steps or time."""
        self.met: dict[frozenset[int], tuple[tuple[int, int], Dealt]] = {}
        """Lorries that go → what it is worth and how, the best of these."""

    def deal(self, stops: list[int], dealt: Dealt) -> None:
        self.steps += 1
        if not stops:
            key, worth = frozenset(dealt), self._worth(dealt)
            if key not in self.met or worth < self.met[key][0]:
                self.met[key] = worth, dealt
            return
        ways = [dealt | {one.lorry: one} for one in self._ways(stops[0], dealt)]
        for way in sorted(ways, key=self._worth):
            if self.steps >= STEPS_MAX or self._is_over():
                self.was_cut = True
                return
            self.deal(stops[1:], way)

    def _ways(self, stop: int, dealt: Dealt) -> Iterator[LorryDay]:
        of = self._task.problem
        fresh: set[VehicleType] = set()
        for number, kind in enumerate(of.vehicle_types):
            if number not in dealt:
                if kind in fresh:
                    continue
                fresh.add(kind)
            load = zip(of.demand[stop].tolist(), kind.capacity, strict=True)
            if of.skills[stop] - kind.skills or any(asked > room for asked, room in load):
                continue
            depot, matrix = kind.start_depot, of.distance[kind.profile]
            if max(int(matrix[depot, stop]), int(matrix[stop, depot])) >= CLOSED:
                continue
            trips = dealt[number].trips if number in dealt else ()
            for place in range(len(trips), -1, -1):
                found = day_of(self._task, number, (*trips[:place], (stop,), *trips[place:]))
                if not any(faults_of(self._task, found)):
                    yield found
                    break

    def _worth(self, dealt: Dealt) -> tuple[int, int]:
        """Return what first trips cost, and for how long lorries are not free."""
        cost = busy = 0
        for number, one in dealt.items():
            kind = self._task.problem.vehicle_types[number]
            matrix = self._task.problem.distance[kind.profile]
            depot = kind.start_depot
            driven = sum(int(matrix[depot, s] + matrix[s, depot]) for (s,) in one.trips)
            cost += kind.fixed_cost + kind.distance_cost * driven
            busy += one.visits[-1].leaves_s - kind.earliest
        return cost, busy
