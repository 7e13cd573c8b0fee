"""A problem as a file gave it: with the file's numbers of places and vehicles, and its costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cellchain.science.routing.problem import Problem, Route
    from cellchain.services.circle.routing_files.rounding import Rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instance:
    """A file that was read."""

    name: str
    problem: Problem
    numbers: tuple[int, ...]
    """Of each place, in the file."""
    vehicles: tuple[tuple[int, ...], ...]
    """Of each vehicle type, the numbers of its vehicles in the file, from 1."""
    alike: bool
    """Whether the file tells vehicles apart in nothing: each is then number 1."""
    rounding: Rounding
    cost_per_unit: int = 1
    """By what costs are divided as they are published."""
    exact: NDArray[np.float64] | None = None
    """Distances in double precision, where these are what counts."""

    def cost(self, routes: Sequence[Route]) -> float:
        """Return what routes cost by the file's rule, as it is published."""
        whole = sum(self._cost(route) for route in routes)
        if self.cost_per_unit == 1:
            return whole
        return whole / self.cost_per_unit

    def _cost(self, route: Route) -> float:
        kind = self.problem.vehicle_types[route.vehicle_type]
        path = np.array(route.path(kind))
        edges = path[:-1], path[1:]
        if self.exact is None:
            driven = int(self.problem.distance[kind.profile][edges].sum())
            return kind.fixed_cost + kind.distance_cost * driven
        return kind.fixed_cost / self.rounding.scale + kind.distance_cost * float(
            self.exact[edges].sum()
        )
