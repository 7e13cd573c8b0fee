"""Small problems of routing, and plans for them that a child would make."""

from __future__ import annotations

from itertools import count, pairwise, permutations

import numpy as np
from hypothesis import strategies as st

from cellchain.science.routing.problem import Problem, Route, VehicleType


def ticking(step_s=0.001):
    """Return a clock that moves when it is asked: a search has as many steps each time."""
    ticks = count()
    return lambda: next(ticks) * step_s


def drawn(seed, stops, *, depots=1, dimensions=1, **more):
    """Return a problem of stops in a square; keywords are of the vehicle type."""
    dice = np.random.default_rng(seed)
    xy = dice.integers(0, 100, (stops + depots, 2)).astype(np.float64)
    far = np.rint(np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))).astype(np.int64)
    demand = dice.integers(1, 6, (stops + depots, dimensions))
    demand[:depots] = 0
    kinds = tuple(
        VehicleType(capacity=(12,) * dimensions, start_depot=one, end_depot=one,
                    **{"available": stops} | more)
        for one in range(depots)
    )  # fmt: skip
    return Problem(
        distance=(far,), duration=(far,), depots=tuple(range(depots)), demand=demand,
        vehicle_types=kinds, coordinates=xy,
    )  # fmt: skip


SMALL = st.builds(
    drawn, st.integers(0, 10_000), st.integers(1, 12), depots=st.integers(1, 2),
    dimensions=st.integers(1, 2),
)  # fmt: skip


def nearest(problem):
    """Return routes that go to the nearest stop that still fits, from the first depot."""
    kind, far = problem.vehicle_types[0], problem.distance[0]
    left, routes = set(problem.stops), []
    while left:
        here, load, trip = kind.start_depot, 0, []
        while fits := [s for s in left if (load + problem.demand[s] <= kind.capacity).all()]:
            here = min(fits, key=lambda s: (far[here, s], s))
            load = load + problem.demand[here]
            trip.append(here)
            left.remove(here)
        routes.append(Route(0, (tuple(trip),)))
    return routes


def least_cost(problem):
    """Return what the best plan costs, by trying every order and every cut of it."""
    kind, far = problem.vehicle_types[0], problem.distance[0]

    def of(order):
        best = [0] + [1 << 60] * len(order)
        for end in range(1, len(order) + 1):
            for begin in range(end):
                trip = order[begin:end]
                if (problem.demand[list(trip)].sum(axis=0) <= kind.capacity).all():
                    path = [kind.start_depot, *trip, kind.end_depot]
                    cost = sum(int(far[a, b]) for a, b in pairwise(path))
                    best[end] = min(best[end], best[begin] + cost)
        return best[-1]

    return min(map(of, permutations(problem.stops)))
