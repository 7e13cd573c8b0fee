"""A plan for a day of collecting: first trips, rounds, breaks, and the judge.

A plan is sought as if nobody took breaks, and put on the clock with them. Where a promise breaks by
that, the search is done again with more `Care`. In the end the judge reads the files anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.science.routing.budget import Budget
from cellchain.science.routing.problem import NEVER, Route
from cellchain.science.routing.solver import ignored, solve
from cellchain.services.circle.collecting.day import PER_EUR
from cellchain.services.circle.collecting.day_clashes import check_day
from cellchain.services.circle.collecting.day_file import DayFiles, read_day
from cellchain.services.circle.collecting.first_trips import first_trips
from cellchain.services.circle.collecting.task import (
    Care,
    day_of,
    faults_of,
    rest_of,
    task_of,
    trips_of,
)
from cellchain.services.circle.plan_check.day_facts import day_facts_of
from cellchain.services.circle.plan_check.day_judging import day_judged
from cellchain.services.circle.routes import RESERVE, Routed, RoutePlan, VehicleRoute, check_effort
from cellchain.services.circle.routing_files.instance import Instance
from cellchain.services.circle.routing_files.rounding import Rounding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cellchain.science.routing.problem import Problem
    from cellchain.services.circle.collecting.first_trips import Dealt
    from cellchain.services.circle.collecting.task import LorryDay, Task, Trips

SHARES = {Care.NONE: 0.3, Care.SHARE: 0.4, Care.SURE: 0.6}
"""Of the time that is left, what a search takes; the rest polishes what keeps its breaks."""
DEALING = 0.1
"""Of the time, what who fetches which critical pack may take."""
LIFTED = 0.25
"""Of the time that is left where nothing was found: for each of the questions why."""


@dataclass(frozen=True, slots=True)
class RoutedDay:
    """A plan, what each lorry does by the clock, and what was assumed."""

    routed: Routed
    task: Task
    lorries: tuple[LorryDay, ...]
    """Those that drive, in the order of the file."""


@dataclass(frozen=True, slots=True)
class _Effort:
    budget: Budget
    seed: int
    progress: Callable[[int], None]


def routed_day(
    files: DayFiles,
    *,
    cpu_s: float,
    seed: int,
    clock: Callable[[], float],
    begun_s: float | None = None,
    progress: Callable[[int], None] = ignored,
) -> RoutedDay:
    """Return the best plan that is found for a day of collecting.

    Args:
        files: Its TOML, and sheets beside.
        cpu_s: CPU seconds for all of it, reading and judging included.
        seed: Of the dice.
        clock: CPU seconds of this process.
        begun_s: What the clock showed when the time began to count; now where None.
        progress: Called with the hundredths of the time that are spent.

    Raises:
        Refused: ``route.cpu``, ``route.seed``; as `read_day`, `check_day`, `first_trips`;
            ``route.breaks``: no plan keeps the breaks or driving limits; ``route.infeasible``: none
            was found; ``route.unsound``: the judge found a fault.
    """
    since = clock() if begun_s is None else begun_s
    check_effort(cpu_s, seed)
    reading = clock()
    day = read_day(files)
    judging_s = clock() - reading  # it reads them as well
    task = task_of(day)
    check_day(task)
    left_s = max(0.0, cpu_s * (1 - RESERVE) - judging_s - (clock() - since))

    def spent(_part: int) -> None:
        progress(min(100, int(100 * (clock() - since) / cpu_s)))

    effort = _Effort(Budget.of(clock, left_s), seed, spent)
    found = _found(task, effort)
    plan = _plan_of(task, found)
    facts = day_facts_of(files.day, files.stops, files.lorries, files.distances)
    verdict = day_judged(plan.to_bytes(), facts)
    if verdict.faults:
        raise Refused("route.unsound", f"the plan does not hold: {'; '.join(verdict.faults)}")
    return RoutedDay(Routed(plan, _instance_of(task)), task, tuple(found))


def _found(task: Task, effort: _Effort) -> list[LorryDay]:
    dealing = effort.budget.part(effort.budget.left_s * DEALING)

    def is_over() -> bool:
        effort.progress(0)
        return dealing.is_over

    dealt = first_trips(task, is_over)
    if len(task.critical) == len(task.day.stops):
        return [dealt[0][number] for number in sorted(dealt[0])]
    broken: list[str] = []
    for first in dealt:
        search = _Search(task, first, effort)
        days = search.careful()
        if days is not None:
            return days
        broken = broken or search.broken
    if broken:
        raise Refused(
            "route.breaks",
            "a plan was found that keeps all but the driver's hours (Regulation (EC) 561/2006,"
            f" articles 6 and 7), and none that keeps these: {'; '.join(broken[:3])}",
            remedy="widen a window, add a lorry, or give more seconds",
        )
    raise Refused(
        "route.infeasible",
        f"no plan was found that keeps every promise; {_which(task, dealt[0], effort)}",
        remedy="give more seconds, more lorries, or wider windows",
    )


@dataclass(slots=True)
class _Search:
    """For the rounds that follow one way to fetch the critical packs."""

    task: Task
    first: Dealt
    effort: _Effort
    broken: list[str] = field(default_factory=list)
    """What the first plan breaks by its breaks."""
    _too_long: bool = False
    _bounded: bool = False
    """Whether distances are bounded, because drivers drove too long."""

    def careful(self) -> list[LorryDay] | None:
        """Return days that keep every promise on the clock; None where none are found."""
        for care in Care:
            found = self._with(care)
            if found is None and self._too_long and not self._bounded:
                self._bounded = True
                found = self._with(care)
            if found is not None or not self.broken:  # breaks make nothing easier
                return found
        return None

    def _with(self, care: Care) -> list[LorryDay] | None:
        routes = self._routes(care, SHARES[care])
        if routes is None:
            return None
        days = _joined(self.task, self.first, *routes)
        faults = [fault for one in days for fault in faults_of(self.task, one)]
        if not faults:
            return self._polished(days, care, routes[0])
        self.broken = self.broken or faults
        most = self.task.day.lorries
        self._too_long = any(one.driven_s > most[one.lorry].drive_s_max for one in days)
        return None

    def _routes(
        self, care: Care, share: float, start: Sequence[Route] | None = None
    ) -> tuple[tuple[Route, ...], list[int]] | None:
        rest, places = rest_of(self.task, self.first, care, bounded=self._bounded)
        budget = self.effort.budget
        found = solve(
            rest, cpu_s=max(0.0, budget.left_s) * share, seed=self.effort.seed,
            clock=budget.clock, start=start, progress=self.effort.progress,
        )  # fmt: skip
        return (found.routes, places) if found.feasible else None

    def _polished(
        self, days: list[LorryDay], care: Care, start: tuple[Route, ...]
    ) -> list[LorryDay]:
        """Return a cheaper plan that keeps its breaks as well, if the time that is left has one."""
        again = self._routes(care, 1.0, start)
        if again is None:
            return days
        better = _joined(self.task, self.first, *again)
        if any(True for one in better for _ in faults_of(self.task, one)):
            return days
        return better if _cost(self.task, better) < _cost(self.task, days) else days


def _joined(
    task: Task, first: Dealt, routes: Sequence[Route], places: Sequence[int]
) -> list[LorryDay]:
    rounds = trips_of(routes, places)
    before: dict[int, Trips] = {number: one.trips for number, one in first.items()}
    return [
        day_of(task, number, (*before.get(number, ()), *rounds.get(number, ())))
        for number in sorted({*before, *rounds})
    ]


def _which(task: Task, first: Dealt, effort: _Effort) -> str:
    """Return which promises, if they were dropped, would let a plan be found."""
    rest, _ = rest_of(task, first, Care.NONE)
    helped = []
    for what, easier in _lifted(rest):
        seconds = max(0.0, effort.budget.left_s) * LIFTED
        found = solve(easier, cpu_s=seconds, seed=effort.seed, clock=effort.budget.clock)
        if found.feasible:
            helped.append(what)
    if not helped:
        return "dropping any one sort of them does not help either"
    return f"one was found without {', or without '.join(helped)}"


def _lifted(rest: Problem) -> Iterator[tuple[str, Problem]]:
    kinds = rest.vehicle_types
    yield "the hours of stops", replace(rest, earliest=None, latest=None)
    most = tuple((rest.demand.sum(axis=0) + 1).tolist())
    roomy = tuple(replace(one, capacity=most) for one in kinds)
    yield "what lorries can carry", replace(rest, vehicle_types=roomy)
    tireless = tuple(
        replace(one, earliest=0, latest=NEVER, distance_max=NEVER) for one in kinds
    )  # fmt: skip
    yield "shifts and driving limits", replace(rest, vehicle_types=tireless)


def _cost(task: Task, days: Sequence[LorryDay]) -> int:
    of = task.problem
    cost = 0
    for one in days:
        kind = of.vehicle_types[one.lorry]
        path = _route_of(task, one).path(kind)
        matrix = of.distance[kind.profile]
        driven = sum(int(matrix[edge]) for edge in pairwise(path))
        cost += kind.fixed_cost + kind.distance_cost * driven
    return cost


def _route_of(task: Task, one: LorryDay) -> Route:
    depot = task.problem.vehicle_types[one.lorry].start_depot
    return Route(one.lorry, one.trips, (depot,) * (len(one.trips) - 1))


def _plan_of(task: Task, days: Sequence[LorryDay]) -> RoutePlan:
    """Return the plan in the numbers of the file: depots from 1 in its order, then stops."""
    routes = []
    for one in days:
        depot = task.problem.vehicle_types[one.lorry].start_depot + 1
        routes.append(
            VehicleRoute(
                vehicle_type=one.lorry + 1,
                start_depot=depot,
                end_depot=depot,
                trips=tuple(tuple(place + 1 for place in trip) for trip in one.trips),
                reloads=(depot,) * (len(one.trips) - 1),
            )
        )
    return RoutePlan(cost=_cost(task, days) / PER_EUR, feasible=True, routes=tuple(routes))


def _instance_of(task: Task) -> Instance:
    of = task.problem
    return Instance(
        name=f"collecting on {task.day.date.isoformat()}",
        problem=of,
        numbers=tuple(range(1, of.places + 1)),
        vehicles=tuple((number,) for number in range(1, len(of.vehicle_types) + 1)),
        alike=False,
        rounding=Rounding("round"),  # every number of the problem is whole
        cost_per_unit=PER_EUR,
    )
