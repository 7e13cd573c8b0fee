"""The way to a plan: a search over all stops, from nothing or from another plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.science.routing.budget import Budget
from cellchain.science.routing.model import Model
from cellchain.science.routing.problem import Plan
from cellchain.science.routing.search import searched

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

    known = None if start is None else model.solution(start)
    found = searched(model, budget, seed=seed, start=known, progress=moved)
    return plan_of(model, found.solution)


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
