"""Iterated local search over a problem or a part of it: PyVRP's, with penalties to its scale.

PyVRP begins in the middle of its range of penalties, 50,000 a unit of load or time, whatever a unit
is, and lowers them by a tenth every 500 steps; where a unit is worth less it spends most of ten
seconds on that. Here a unit of load begins at the cost of a mean edge over the mean load of a stop,
and a unit of time at the cost of a mean edge over its duration. PyVRP's parameters suit minutes;
these suit seconds.

Source of the search: N. Wouda, L. Lan, W. Kool, "PyVRP: a high-performance VRP solver package",
INFORMS Journal on Computing 36 (2024); the scale of penalties: T. Vidal, "Hybrid genetic search for
the CVRP", Computers & Operations Research 140 (2022), section 3.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.science.extra import extra_part
from cellchain.science.routing.problem import mean_edge

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.science.routing.budget import Budget
    from cellchain.science.routing.model import Model
    from cellchain.science.routing.pool import Pool

NEIGHBOURS = 20
"""Stops next to which a stop is tried."""
HISTORY = 50
"""Steps of late acceptance: no step is accepted that is dearer than the plan so long ago."""
UPDATES, UPDATES_OF_MANY = 500, 100
"""Steps after which penalties follow; with hours and many stops, where few plans are feasible."""
MANY = 300


def searched(
    model: Model,
    budget: Budget,
    *,
    seed: int,
    start: Any = None,
    pool: Pool | None = None,
    progress: Callable[[], None] = lambda: None,
) -> Any:
    """Return the best solution of PyVRP that was met until the budget was over.

    Args:
        model: The problem, or a part of it.
        budget: When to stop; a start is always made, however little is left.
        seed: The same seed, start and number of steps give the same solution.
        start: A solution to begin with; without one, a random one is improved.
        pool: Takes the routes that are met.
        progress: Called between steps; what it raises ends the search.
    """
    pyvrp, search = model.pyvrp, extra_part("pyvrp.search", "route.no_pyvrp", extra="circle")
    dice = pyvrp.RandomNumberGenerator(seed=seed)
    near = search.NeighbourhoodParams(num_neighbours=NEIGHBOURS)
    local = search.LocalSearch(model.data, dice, search.compute_neighbours(model.data, near))
    for operator in search.OPERATORS:
        if operator.supports(model.data):
            local.add_operator(operator(model.data))
    many = len(model.stops) >= MANY and model.data.has_time_windows()
    adapting = pyvrp.PenaltyParams(solutions_between_updates=UPDATES_OF_MANY if many else UPDATES)
    penalties = pyvrp.PenaltyManager(first_penalties(model), adapting)
    if start is None:
        random = pyvrp.Solution.make_random(model.data, dice)
        start = local(random, penalties.max_cost_evaluator(), exhaustive=True)

    def over(_cost: float) -> bool:
        progress()
        return budget.is_over

    parameters = pyvrp.IteratedLocalSearchParams(
        exhaustive_on_best=False, history_length=HISTORY, callbacks=_keeping(pool)
    )
    run = pyvrp.IteratedLocalSearch(model.data, penalties, local, start, parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that no feasible plan is near, the answer says
        return run.run(over, collect_stats=False).best


def _keeping(pool: Pool | None) -> Any:
    """Return callbacks of PyVRP that keep what is met."""
    pyvrp = extra_part("pyvrp", "route.no_pyvrp", extra="circle")
    found = pyvrp.IteratedLocalSearchCallbacks()
    if pool is not None:
        found.on_iteration = lambda _current, candidate, _best, costs: pool.add(
            candidate, costs.penalised_cost(candidate)
        )
    return found


def first_penalties(model: Model) -> tuple[list[float], float, float]:
    """Return what a unit of each load dimension, of lateness and of distance costs at first."""
    edge, hours = mean_edge(model.problem)
    clients = model.data.clients()
    loads = np.array([np.maximum(one.delivery, one.pickup) for one in clients], np.float64)
    means = loads.reshape(len(clients), model.data.num_load_dimensions).mean(axis=0)
    return [edge / max(1.0, mean) for mean in means.tolist()], edge / max(1.0, hours), 1.0
