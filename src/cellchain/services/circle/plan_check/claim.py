"""What a plan says of itself, read from JSON of anybody, and the verdict on it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cellchain.core.errors import Refused
from cellchain.services.circle.plan_check.facts import BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Route = TypeVar("Route")

FAULTS_MAX = 20
"""As many are told."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is to be said of a plan."""

    cost: float
    """Recomputed."""
    faults: tuple[str, ...]
    """What does not hold; empty where all does."""


@dataclass(frozen=True, slots=True)
class Claim(Generic[Route]):
    """What a plan says of itself."""

    cost: float
    feasible: Any
    routes: list[Route]

    def judged(self, cost: float, faults: Sequence[str], tolerance: float) -> Judged:
        """Return the verdict on it.

        Args:
            cost: Recomputed.
            faults: What does not hold.
            tolerance: By how much the cost that is claimed may differ.
        """
        found = list(faults)
        if not abs(cost - self.cost) <= tolerance:
            found.append(f"the cost is {cost:.12g}, and the plan says {self.cost:.12g}")
        if self.feasible is not True:
            found.append("the plan calls itself infeasible")
        return Judged(cost, tuple(found[:FAULTS_MAX]))


def claim_in(data: bytes, vehicles: int, route: Callable[[Any], Route]) -> Claim[Route]:
    """Return what a plan says.

    Args:
        data: The plan.
        vehicles: How many there are.
        route: Reads a route.

    Raises:
        Refused: ``verify.plan``: it is no plan.
    """
    if len(data) > BYTES_MAX:
        raise Refused("verify.plan", f"the plan has more than {BYTES_MAX >> 20} MiB")
    try:
        plan = json.loads(data, object_pairs_hook=once)
        if len(plan["routes"]) > vehicles:
            raise ValueError(f"{len(plan['routes'])} routes, and {vehicles} vehicles")
        return Claim(number_in(plan["cost"]), plan["feasible"], [*map(route, plan["routes"])])
    except (
        ValueError, KeyError, TypeError, RecursionError, AttributeError, OverflowError
    ) as error:  # fmt: skip
        raise Refused("verify.plan", f"this is no plan of routes: {error!r}") from error


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; of two readers each may believe another of two equal names."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return dict(pairs)


def whole_in(told: Any) -> int:
    """Return a whole number of JSON; a `TypeError` for anything else."""
    if type(told) is not int:
        raise TypeError(f"{told!a} is no whole number")
    return told


def number_in(told: Any) -> float:
    """Return a number of JSON; a `TypeError` for anything else."""
    if type(told) not in {int, float} or not isfinite(told):
        raise TypeError(f"{told!a} is no number")
    return float(told)
