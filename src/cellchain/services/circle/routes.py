"""``circle route``: a plan of routes for an instance, judged before it is handed out.

Out, JSON:

    cost      as the file's kind of instance is published
    feasible  always true: another plan is refused
    routes    each of vehicle_type, start_depot, end_depot, trips (numbers of stops, a list a trip)
              and reloads (the depot between each trip and the next)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.science.routing.solver import ignored, solve
from cellchain.services.circle.plan_check.facts import facts_of
from cellchain.services.circle.plan_check.judging import judged
from cellchain.services.circle.route_clashes import check_possible
from cellchain.services.circle.routing_files.reading import read_instance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.science.routing.problem import Route
    from cellchain.services.circle.routing_files.instance import Instance

CPU_MAX_S = 86_400
SEED_MAX = 2**32 - 1
RESERVE = 0.02
"""Share of the time that is kept for judging and writing the plan."""

TEMPLATE = """\
NAME : two stops
TYPE : CVRP
DIMENSION : 3
EDGE_WEIGHT_TYPE : EUC_2D
VEHICLES : 2
CAPACITY : 10
NODE_COORD_SECTION
1 0 0
2 3 4
3 6 8
DEMAND_SECTION
1 0
2 4
3 5
DEPOT_SECTION
1
-1
EOF
"""


class VehicleRoute(msgspec.Struct, frozen=True, kw_only=True):
    """What one vehicle does, in the numbers of the file."""

    vehicle_type: int
    """Its number in the file, from 1; 1 where all are alike."""
    start_depot: int
    end_depot: int
    trips: tuple[tuple[int, ...], ...]
    reloads: tuple[int, ...] = ()
    """One less than there are trips."""


class RoutePlan(msgspec.Struct, frozen=True, kw_only=True):
    """All routes, and what they cost."""

    cost: float
    feasible: bool
    routes: tuple[VehicleRoute, ...]

    def to_bytes(self) -> bytes:
        """Return the plan as a file, a line a route."""
        head = msgspec.json.encode({"cost": self.cost, "feasible": self.feasible})
        rows = b",\n".join(map(msgspec.json.encode, self.routes))
        return head[:-1] + b',"routes":[\n' + rows + b"\n]}\n"


@dataclass(frozen=True, slots=True)
class Routed:
    """A plan and the instance that it is for."""

    plan: RoutePlan
    instance: Instance


def routed(
    data: bytes,
    *,
    rounding: str = "",
    cpu_s: float,
    seed: int,
    clock: Callable[[], float],
    begun_s: float | None = None,
    progress: Callable[[int], None] = ignored,
) -> Routed:
    """Return the best plan that is found for the instance in a file.

    Args:
        data: The file.
        rounding: A rule in place of that of the file's type; none where empty.
        cpu_s: CPU seconds for all of it, reading and judging included.
        seed: Of the dice.
        clock: CPU seconds of this process.
        begun_s: What the clock showed when the time began to count; now where None.
        progress: Called with the hundredths of the time that are spent.

    Raises:
        Refused: ``route.cpu``, ``route.seed``; ``route.…`` of the file; ``route.infeasible`` and
            what else clashes; ``route.unsound``: the judge found a fault.
    """
    since = clock() if begun_s is None else begun_s
    check_effort(cpu_s, seed)
    instance = read_instance(data, rounding)
    check_possible(instance)
    left_s = max(0.0, cpu_s * (1 - RESERVE) - (clock() - since))
    found = solve(instance.problem, cpu_s=left_s, seed=seed, clock=clock, progress=progress)
    if not found.feasible:
        raise Refused(
            "route.infeasible",
            f"in {cpu_s:g} CPU seconds no plan was found that keeps every promise",
            remedy="give more seconds, more vehicles, or wider windows",
        )
    plan = plan_of_routes(instance, found.routes)
    verdict = judged(plan.to_bytes(), facts_of(data, instance.rounding.name))
    if verdict.faults:
        raise Refused("route.unsound", f"the plan does not hold: {'; '.join(verdict.faults)}")
    return Routed(plan, instance)


def check_effort(cpu_s: float, seed: int) -> None:
    """Refuse a time or a seed that is out of range.

    Raises:
        Refused: ``route.cpu``, ``route.seed``.
    """
    if not 0 < cpu_s <= CPU_MAX_S:
        raise Refused("route.cpu", f"{cpu_s:g} CPU seconds", remedy=f"give up to {CPU_MAX_S}")
    if not 0 <= seed <= SEED_MAX:
        raise Refused("route.seed", f"seed {seed}", remedy=f"give 0 to {SEED_MAX}")


def plan_of_routes(instance: Instance, routes: Sequence[Route]) -> RoutePlan:
    """Return routes in the numbers of the file; of vehicles alike the first are taken."""
    free = {kind: list(reversed(ones)) for kind, ones in enumerate(instance.vehicles)}
    found = []
    for route in routes:
        kind = instance.problem.vehicle_types[route.vehicle_type]
        vehicle = free[route.vehicle_type].pop()
        found.append(
            VehicleRoute(
                vehicle_type=1 if instance.alike else vehicle,
                start_depot=instance.numbers[kind.start_depot],
                end_depot=instance.numbers[kind.end_depot],
                trips=tuple(tuple(instance.numbers[stop] for stop in trip) for trip in route.trips),
                reloads=tuple(instance.numbers[depot] for depot in route.reloads),
            )
        )
    order = sorted(found, key=lambda one: (one.vehicle_type, one.trips))
    return RoutePlan(cost=instance.cost(routes), feasible=True, routes=tuple(order))
