"""Feasible routes that a search has met, and the best choice among them.

A search that ends with one plan throws away the good routes of a thousand others. Which of all the
routes together serve every stop once at least cost is a set partitioning problem:

    minimise    sum over routes of cost × taken
    such that   each stop is on exactly one route that is taken,
                and of each vehicle type no more are taken than there are

It is solved by branch and bound (HiGHS by ``scipy.optimize.milp``), bounded in time.

Source: Y. Rochat, E. Taillard, "Probabilistic diversification and intensification in local search
for vehicle routing", Journal of Heuristics 1 (1995) 147; A. Subramanian, E. Uchoa, L. Ochi, "A
hybrid algorithm for a class of vehicle routing problems", Computers & Operations Research 40 (2013)
2519.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.science.extra import extra_part

if TYPE_CHECKING:
    from cellchain.science.routing.model import Model
    from cellchain.science.routing.problem import Route

COLUMNS_MAX = 1_200
"""Routes among which is chosen: those of the cheapest solutions."""


@dataclass(slots=True)
class _Met:
    cost: int
    best: int
    """Cost of the cheapest solution that it was part of."""
    route: Any
    """PyVRP's."""


@dataclass(slots=True)
class Pool:
    """Routes over the stops of one model."""

    model: Model
    _met: dict[tuple[int, str], _Met] = field(default_factory=dict)

    def add(self, solution: Any, cost: int) -> None:
        """Keep the feasible routes of a solution that costs so much, penalties included."""
        texts = str(solution).split("\n")
        for route, text in zip(solution.routes(), texts, strict=False):
            key = route.vehicle_type(), text.partition(": ")[2]
            known = self._met.get(key)
            if known is not None:
                known.best = min(known.best, cost)
            elif route.is_feasible():
                own = route.distance_cost() + route.duration_cost() + route.fixed_vehicle_cost()
                self._met[key] = _Met(own, cost, route)

    def __len__(self) -> int:
        return len(self._met)

    def best(self, seconds: float) -> tuple[Route, ...] | None:
        """Return the cheapest routes that serve every stop once, or nothing where none was found.

        Args:
            seconds: When to stop, of the wall clock: the solver knows no other.
        """
        chosen = sorted(self._met.values(), key=lambda one: one.best)[:COLUMNS_MAX]
        taken = _chosen(self.model, chosen, seconds)
        return None if taken is None else self.model.routes_of(one.route for one in taken)


def _chosen(model: Model, met: list[_Met], seconds: float) -> list[_Met] | None:
    if not met or seconds <= 0:
        return None
    optimize = extra_part("scipy.optimize", "route.no_scipy", extra="circle")
    sparse = extra_part("scipy.sparse", "route.no_scipy", extra="circle")
    rows: list[int] = []
    columns: list[int] = []
    stops = len(model.stops)
    for column, one in enumerate(met):
        visits = [visit.idx for visit in one.route if visit.is_client()]
        rows += [*visits, stops + one.route.vehicle_type()]
        columns += [column] * (len(visits) + 1)
    kinds = model.data.vehicle_types()
    least = np.concatenate([np.ones(stops), np.zeros(len(kinds))])
    most = np.concatenate([np.ones(stops), [one.num_available for one in kinds]])
    shape = (stops + len(kinds), len(met))
    matrix = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    found = optimize.milp(
        c=np.array([one.cost for one in met], np.float64),
        integrality=np.ones(len(met)),
        bounds=optimize.Bounds(0, 1),
        constraints=optimize.LinearConstraint(matrix, least, most),
        options={"time_limit": seconds},
    )
    if found.x is None:
        return None
    return [met[column] for column in np.flatnonzero(found.x > 0.5).tolist()]  # noqa: PLR2004
