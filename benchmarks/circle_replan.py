"""How much dearer a plan is that a tenth of the stops reached late, a second after they came.

``python benchmarks/circle_replan.py [--report]``: the figure ``circle.replan`` is the mean over
seeds, on 255 drawn stops in the manner of Uchoa's X of which a third of each route is driven,
beside a search of ``LONG_S`` seconds for the same rest; with ``--report`` every seed, and X-n256
with nothing driven beside its best known value, where its file lies beside the project.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.circle_route import folder
from benchmarks.figure import Figure
from cellchain.science.routing.problem import Problem, Route, VehicleType
from cellchain.science.routing.replanning import Driven, replanned
from cellchain.science.routing.solver import solve
from cellchain.services.circle.routing_files.reading import read_instance

SEEDS = (1, 2, 3)
LATE = 10
"""One of so many stops is late."""
FIRST_S, LONG_S = 8.0, 20.0
START_S = 0.4
"""What the command line takes before it plans; it counts."""
X_N256 = 18_839
"""Best known value of X-n256-k16."""


def town(seed: int) -> Problem:
    """Return 255 stops in clusters and between, and vehicles of 16 of them on average."""
    dice = np.random.default_rng(seed)
    seeds = dice.integers(0, 1_000, (8, 2))
    near = seeds[dice.integers(0, 8, 128)] + dice.normal(0, 60, (128, 2))
    xy = np.vstack([[[500, 500]], near, dice.integers(0, 1_000, (127, 2))]).round()
    far = np.rint(np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))).astype(np.int64)
    demand = dice.integers(1, 101, (256, 1))
    demand[0] = 0
    kind = VehicleType(capacity=(int(demand.sum() / 15),), start_depot=0, end_depot=0, available=18)
    return Problem(
        distance=(far,), duration=(far,), depots=(0,), demand=demand, vehicle_types=(kind,),
        coordinates=xy,
    )  # fmt: skip


def morning(problem: Problem, seed: int, share: float) -> list[Driven]:
    """Return a plan of who was known in the morning, and how far it is driven."""
    late = set(random.Random(seed).sample(problem.stops, len(problem.stops) // LATE))
    kept = np.array([place for place in range(problem.places) if place not in late])
    number = {place: one for one, place in enumerate(kept.tolist())}
    edges = np.ix_(kept, kept)
    known = replace(
        problem, distance=tuple(one[edges] for one in problem.distance),
        duration=tuple(one[edges] for one in problem.duration), demand=problem.demand[kept],
        depots=tuple(number[one] for one in problem.depots),
        coordinates=None if problem.coordinates is None else problem.coordinates[kept],
    )  # fmt: skip
    plan = solve(known, cpu_s=FIRST_S, seed=seed, clock=time.process_time)
    routes = [
        Route(one.vehicle_type, tuple(tuple(kept[list(trip)].tolist()) for trip in one.trips))
        for one in plan.routes
    ]
    return [Driven(one, int(len(one.stops) * share)) for one in routes]


def measured(problem: Problem, seed: int, share: float, best: float = 0) -> tuple[float, float]:
    """Return by how many hundredths ours and insertion are dearer than the best that is known.

    Without a best known value: than what ``LONG_S`` seconds find for the same rest.
    """
    driven = morning(problem, seed, share)
    asked = {"seed": seed, "clock": time.process_time}
    ours = replanned(problem, driven, cpu_s=1.0 - START_S, **asked)
    cost, plain = (_cost(problem, one.routes) for one in (ours.plan, ours.inserted))
    if not best:
        long = replanned(problem, driven, cpu_s=LONG_S, **asked)
        best = min(cost, _cost(problem, long.plan.routes))
    assert ours.plan.feasible
    return 100 * (cost / best - 1), 100 * (plain / best - 1)


def _cost(problem: Problem, routes) -> int:
    legs = [route.path(problem.vehicle_types[0]) for route in routes]
    return sum(int(problem.distance[0][path[:-1], path[1:]].sum()) for path in legs)


def circle_replan() -> Figure:
    """A second after a tenth of the stops came late."""
    found = [measured(town(seed), seed, 1 / 3) for seed in SEEDS]
    ours, plain = np.mean(found, axis=0).tolist()
    return Figure(
        name="circle.replan",
        value=ours,
        ceiling=plain,
        ratio=ours / plain,
        unit="%",
        goal="≤ 1.5 % after 1 s",
        note=f"dearer than {LONG_S:g} s of search, mean of {len(SEEDS)} seeds; beside: insertion",
    )


FIGURES = {"circle.replan": circle_replan}


def report() -> None:
    """Print every seed."""
    for seed in SEEDS:
        ours, plain = measured(town(seed), seed, 1 / 3)
        print(
            f"drawn, a third driven, seed {seed}: {ours:.2f} %; insertion {plain:.2f} %", flush=True
        )
    where = folder()
    if where is not None:
        problem = read_instance((where / "X-n256-k16.vrp").read_bytes()).problem
        for seed in SEEDS:
            ours, plain = measured(problem, seed, 0, X_N256)
            print(f"X-n256, nothing driven, seed {seed}: {ours:.2f} %; insertion {plain:.2f} %",
                  flush=True)  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", action="store_true")
    if parser.parse_args().report:
        report()
    else:
        for figure in FIGURES.values():
            print(figure().line())
