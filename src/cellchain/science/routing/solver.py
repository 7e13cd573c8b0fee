"""The way to a plan: searches from several starts, their routes recombined, and a last search.

A problem with several trips a vehicle begins as one with a vehicle a trip (`trips`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cellchain.core.errors import Refused
from cellchain.science.routing.budget import Budget
from cellchain.science.routing.model import Model
from cellchain.science.routing.pool import Pool
from cellchain.science.routing.problem import CLOSED, Plan
from cellchain.science.routing.search import searched
from cellchain.science.routing.trips import has_trips, packed, with_a_vehicle_a_trip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.science.routing.problem import Problem, Route

SEARCHING = 0.8
"""Share of the time after which the routes that were met are recombined."""
CHOOSING = 0.8
"""Share of what is left then that this may take."""
STOPS_A_SECOND = 40.0
"""To how many stops a second of search does justice: time for more is spent on more starts."""
STARTS_MAX = 6
SMALL = 250
"""Stops up to which several starts, and the choice among their routes, were seen to pay."""
APART = 0.6, 0.9
"""Shares of the time after which trips that were planned apart are packed into days; if they fit
the first time, they are planned apart until the second.
"""


def ignored(_done: int) -> None:
    """Hear of progress, and do nothing."""


def solve(
    problem: Problem,
    *,
    cpu_s: float,
    seed: int,
    clock: Callable[[], float],
    start: Sequence[Route] | None = None,
    progress: Callable[[int], None] = ignored,
) -> Plan:
    """Return the cheapest plan that was found.

    Args:
        problem: What is asked.
        cpu_s: Seconds of ``clock`` to spend; a first plan is made, however few they are.
        seed: The same one gives the same plan after the same number of steps.
        clock: CPU seconds of this process, such as ``time.process_time``.
        start: A complete plan to begin with, feasible or not; the answer is no worse.
        progress: Called with the hundredths that are spent; what it raises ends the search.

    Returns:
        A plan that serves every stop; it may be infeasible where none else was found, and says so.

    Raises:
        Refused: ``route.no_pyvrp``, ``route.no_scipy``: the extra is not installed;
            ``route.nothing``: there is no stop.
    """
    if not problem.stops:
        raise Refused("route.nothing", "there is no stop to be visited", remedy="add one")
    budget = Budget.of(clock, cpu_s)

    def moved() -> None:
        progress(min(100, int(100 * budget.spent_s / cpu_s)) if cpu_s else 100)

    asked = _Asked(seed, moved)
    model = Model(problem)
    if start is None and has_trips(problem):
        start = _by_trips(problem, budget, asked)
    known = None if start is None else model.solution(start)
    return plan_of(model, _recombined(model, budget, asked, known))


def evaluated(problem: Problem, routes: Sequence[Route]) -> Plan:
    """Return routes as a plan: what they cost together, and whether they are feasible."""
    model = Model(problem)
    return plan_of(model, model.solution(routes))


def plan_of(model: Model, solution: Any) -> Plan:
    """Return a solution of PyVRP as a plan; trips without stops are dropped before it is costed."""
    routes = model.routes(solution)
    tidy = model.solution(routes)
    cost = _cost(tidy)
    return Plan(routes, cost, bool(tidy.is_feasible()) and cost < CLOSED)


@dataclass(frozen=True, slots=True)
class _Asked:
    seed: int
    progress: Callable[[], None]


def _by_trips(problem: Problem, budget: Budget, asked: _Asked) -> tuple[Route, ...]:
    """Return days of trips that were planned as if each had a vehicle."""
    model = Model(with_a_vehicle_a_trip(problem))
    whole = budget.left_s
    first, second = (budget.part(whole * share) for share in APART)
    found = _recombined(model, first, asked, None)
    days, late = packed(problem, model.routes(found))
    if late:
        return days
    again, late = packed(problem, model.routes(_recombined(model, second, asked, found)))
    return days if late else again


def _recombined(model: Model, budget: Budget, asked: _Asked, start: Any) -> Any:
    """Search from several starts, choose among all routes that were met, search on from there."""
    pool = Pool(model)
    whole = budget.left_s
    stops = len(model.stops)
    starts = int(whole * STOPS_A_SECOND / stops) if stops <= SMALL else 1
    starts = max(1, min(STARTS_MAX, starts))
    searching = budget.part(whole * SEARCHING) if starts > 1 else budget
    found = [] if start is None else [start]
    for number in range(starts):
        part = searching.part(searching.left_s / (starts - number))
        found.append(
            searched(
                model, part, seed=asked.seed + number * SEEDS, start=start,
                pool=pool if starts > 1 else None, progress=asked.progress,
            )
        )  # fmt: skip
    best = min(found, key=_rank)
    if starts == 1:
        return best
    chosen = pool.best(_cost(best), budget.left_s * CHOOSING)
    if chosen is not None:
        best = min(best, model.solution(chosen), key=_rank)
    last = searched(
        model, budget, seed=asked.seed + starts * SEEDS, start=best, progress=asked.progress
    )
    return min(best, last, key=_rank)


SEEDS = 1_000_003
"""Between the seeds of two searches: those of neighbouring questions share none."""


def _rank(solution: Any) -> tuple[bool, int]:
    return not solution.is_feasible(), _cost(solution)


def _cost(solution: Any) -> int:
    return int(solution.distance_cost() + solution.duration_cost() + solution.fixed_vehicle_cost())
