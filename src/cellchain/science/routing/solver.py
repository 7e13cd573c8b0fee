"""The way to a plan: a search over all stops, from nothing or from another plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.science.routing.budget import Budget
from cellchain.science.routing.model import Model
from cellchain.science.routing.pool import Pool
from cellchain.science.routing.problem import Plan
from cellchain.science.routing.search import searched
from cellchain.science.routing.trips import has_trips, packed, with_a_vehicle_a_trip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from cellchain.science.routing.problem import Problem, Route


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
        cpu_s: Seconds of ``clock`` to spend, at least about what the first plan needs.
        seed: The same one gives the same plan after the same number of steps.
        clock: CPU seconds of this process, such as ``time.process_time``.
        start: A complete plan to begin with, feasible or not.
        progress: Called with the hundredths that are spent; what it raises ends the search.

    Returns:
        A plan that serves every stop; it may be infeasible where none else was found, and says so.

    Raises:
        Refused: ``route.no_pyvrp``: the extra is not installed; ``route.nothing``: no stop.
    """
    if not problem.stops:
        raise Refused("route.nothing", "there is no stop to be visited", remedy="add one")
    budget = Budget.of(clock, cpu_s)
    model = Model(problem)

    def moved() -> None:
        progress(min(100, int(100 * budget.spent_s / cpu_s)) if cpu_s else 100)

    if start is None and has_trips(problem):
        start = _by_trips(problem, budget, seed=seed, progress=moved)
    known = None if start is None else model.solution(start)
    return plan_of(model, _recombined(model, budget, seed=seed, start=known, progress=moved))


APART = 0.6, 0.9
"""Shares of the time after which trips that were planned apart are packed into days: if they fit
the first time, they are planned apart until the second.
"""


def _by_trips(
    problem: Problem, budget: Budget, *, seed: int, progress: Callable[[], None]
) -> tuple[Route, ...]:
    """Return days of trips that were planned as if each had a vehicle."""
    model = Model(with_a_vehicle_a_trip(problem))
    whole = budget.left_s
    first, second = (budget.part(whole * share) for share in APART)
    found = _recombined(model, first, seed=seed, start=None, progress=progress)
    days, late = packed(problem, model.routes(found))
    LOG.append(("packed", late, _cost(found), len(model.routes(found))))
    if late:
        return days
    found = _recombined(model, second, seed=seed, start=found, progress=progress)
    again, late = packed(problem, model.routes(found))
    LOG.append(("packed", late, _cost(found), len(model.routes(found))))
    return days if late else again


SEARCH = 0.8
"""Share of the time after which the routes that were met are recombined."""
CHOICE = 0.1
"""Share of the time that this may take."""
PER_RESTART = 40.0
"""Stops that a second of search does justice to."""
RESTARTS_MAX = 6


def _recombined(
    model: Model, budget: Budget, *, seed: int, start: Any, progress: Callable[[], None]
) -> Any:
    """Search, choose the best of all routes that were met, and search on from there."""
    pool = Pool(model)
    whole = budget.left_s
    tries = max(1, min(RESTARTS_MAX, int(whole * PER_RESTART / len(model.stops))))
    first = budget.part(whole * SEARCH)
    all_found = []
    for number in range(tries):
        part = first.part(first.left_s / (tries - number))
        all_found.append(searched(model, part, seed=seed + 100*number, start=start, pool=pool, progress=progress).solution)
    best = min(all_found, key=_rank)
    if start is not None:
        best = min(start, best, key=_rank)
    t=budget.spent_s
    chosen = pool.best(min(whole * CHOICE, budget.left_s)) if tries > 1 else None
    if chosen is not None:
        one = model.solution(chosen)
        LOG.append((len(pool), [_cost(x) for x in all_found], _cost(one), t, budget.spent_s))
        best = min(best, one, key=_rank)
    last = searched(model, budget, seed=seed + 1, start=best, progress=progress).solution
    return min(best, last, key=_rank)


def _rank(solution: Any) -> tuple[bool, int]:
    return not solution.is_feasible(), _cost(solution)


LOG = []

def _cost(solution: Any) -> int:
    return int(
        solution.distance_cost() + solution.duration_cost() + solution.fixed_vehicle_cost()
    )


def evaluated(problem: Problem, routes: Sequence[Route]) -> Plan:
    """Return routes as a plan: what they cost together, and whether they are feasible."""
    model = Model(problem)
    return plan_of(model, model.solution(routes))


def plan_of(model: Model, solution: Any) -> Plan:
    """Return a solution of PyVRP as a plan; trips without stops are dropped before it is costed."""
    routes = model.routes(solution)
    tidy = model.solution(routes)
    cost = tidy.distance_cost() + tidy.duration_cost() + tidy.fixed_vehicle_cost()
    return Plan(routes, int(cost), bool(tidy.is_feasible()))
