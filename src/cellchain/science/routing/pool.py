"""Feasible routes that searches have met, and the best choice among them.

A search that ends with one plan throws away the good routes of a thousand others. Which of all the
routes together serve every stop at least cost is a set partitioning problem:

    minimise    sum over routes of cost × taken
    such that   each stop is on exactly one route that is taken,
                and of each vehicle type no more are taken than there are

Where routes may be halved (a linear programme), each has a reduced cost; where that exceeds what
the best plan costs above the relaxed one, it is in no better plan and is left out. The rest is
chosen by branch and bound (HiGHS by ``scipy.optimize``), bounded in time.

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
    from numpy.typing import NDArray

    from cellchain.science.routing.model import Model
    from cellchain.science.routing.problem import Route

ROUTES_MAX = 5_000
"""Routes that are weighed: those of the cheapest solutions."""
COLUMNS_MAX = 1_200
"""Routes among which is chosen: with more of them the solver does not keep its time."""
RELAXING = 0.3
"""Share of the time that the linear programme may take."""
TAKEN = 0.5
"""A column of 0 or 1 in floating point is 1 above."""


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

    def best(self, bound: int, seconds: float) -> tuple[Route, ...] | None:
        """Return routes that serve every stop once and cost less than ``bound``, if any are found.

        Args:
            bound: Cost of the best plan that is known.
            seconds: When to stop, of the wall clock: the solver knows no other.
        """
        if not self._met or seconds <= 0:
            return None
        met = sorted(self._met.values(), key=lambda one: one.best)[:ROUTES_MAX]
        taken = _Partition(self.model, met).chosen(bound, seconds)
        return None if taken is None else self.model.routes_of(met[one].route for one in taken)


class _Partition:
    """Stops and vehicles as rows, routes as columns."""

    def __init__(self, model: Model, met: list[_Met]) -> None:
        sparse = extra_part("scipy.sparse", "route.no_scipy", extra="circle")
        self._optimize: Any = extra_part("scipy.optimize", "route.no_scipy", extra="circle")
        rows: list[int] = []
        columns: list[int] = []
        self._stops = len(model.stops)
        for column, one in enumerate(met):
            visits = [visit.idx for visit in one.route if visit.is_client()]
            rows += [*visits, self._stops + one.route.vehicle_type()]
            columns += [column] * (len(visits) + 1)
        self._vehicles = np.array([float(one.num_available) for one in model.data.vehicle_types()])
        shape = (self._stops + len(self._vehicles), len(met))
        self._matrix: Any = sparse.csc_array((np.ones(len(rows)), (rows, columns)), shape=shape)
        self._cost = np.array([one.cost for one in met], np.float64)
        self._best = np.array([one.best for one in met], np.float64)

    def chosen(self, bound: int, seconds: float) -> list[int] | None:
        """Return the columns that are taken; nothing where no choice is cheaper than ``bound``."""
        reduced = self._reduced(bound, seconds * RELAXING)
        if reduced is None:
            return None
        kept = np.flatnonzero((reduced < 0) & self._among(reduced, bound))
        once = np.ones(self._stops)
        found = self._optimize.milp(
            c=self._cost[kept],
            integrality=np.ones(len(kept)),
            bounds=self._optimize.Bounds(0, 1),
            constraints=self._optimize.LinearConstraint(
                self._matrix[:, kept],
                np.concatenate([once, np.zeros(len(self._vehicles))]),
                np.concatenate([once, self._vehicles]),
            ),
            options={"time_limit": seconds * (1 - RELAXING)},
        )
        if found.x is None or found.fun >= bound:
            return None
        taken: list[int] = kept[found.x > TAKEN].tolist()
        return taken

    def _among(self, reduced: NDArray[np.float64], bound: int) -> NDArray[np.bool_]:
        """Return the columns of the least reduced costs, and those of the best plans."""
        found: NDArray[np.bool_] = self._best <= bound
        found[np.argsort(reduced, kind="stable")[:COLUMNS_MAX]] = True
        return found

    def _reduced(self, bound: int, seconds: float) -> NDArray[np.float64] | None:
        """Return reduced costs less what ``bound`` leaves room for: below 0, a column may help."""
        found = self._optimize.linprog(
            self._cost,
            A_eq=self._matrix[: self._stops],
            b_eq=np.ones(self._stops),
            A_ub=self._matrix[self._stops :],
            b_ub=self._vehicles,
            method="highs",
            options={"time_limit": seconds},
        )
        if found.status != 0 or found.fun >= bound:
            return None
        prices = np.concatenate([found.eqlin.marginals, found.ineqlin.marginals])
        room = float(bound - found.fun)
        reduced: NDArray[np.float64] = self._cost - self._matrix.T @ prices - room
        return reduced
