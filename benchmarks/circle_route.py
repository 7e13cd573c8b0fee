"""How far plans of routes are from the best that are known, beside what PyVRP alone reaches.

``python benchmarks/circle_route.py [--report] [--only NAME] [--cpu 10]``: with ``--report`` every
instance and seed; else the figure ``circle.route``, the mean gap of a class beside that of PyVRP
alone in as many CPU seconds. Instances of others are read from a folder beside the project; where
they are not there, nothing is measured. The thousand stops are drawn here, in the manner of
Homberger's R1 and of Uchoa's X: for them no best value is known, and the gap is to a search of
``LONG`` times as many seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.figure import Figure
from cellchain.science.routing.model import Model
from cellchain.services.circle.routes import routed
from cellchain.services.circle.routing_files.reading import read_instance

SEEDS = (1, 2, 3)
LONG = 4
CLASSES = {
    "capacitated": (("X-n120-k6.vrp", "X-n256-k16.vrp", "X-n502-k39.vrp"), 0.6),
    "windows": (("R101.txt", "RC101.txt", "C201.txt", "R205.txt", "RC206.txt"), 0.3),
    "heterogeneous": (("X110-HD.vrp",), 0.8),
    "multi-depot": (("PR11A.vrp",), 4.0),
    "multi-trip": (("C201R0.25.vrp", "C2_2_01R0.25.vrp"), 4.0),
}
"""Class → instances, and the mean gap that is wanted, in hundredths."""
FEWEST = ("rc1_2_1.txt", "r1_4_1.txt")
"""Only the best of the fewest vehicles is known: told apart, and no goal."""


def folder():
    """Return where the instances lie, or nothing."""
    for parent in Path(__file__).resolve().parents:
        found = parent / "shared" / "data" / "circular" / "vrp"
        if found.is_dir():
            return found
    return None


def best_known(where, name):
    """Return the best value that is known of an instance."""
    for one in json.loads((where / "BKS.json").read_text()):
        if one["file"] == name:
            return one.get("bks") or one.get("bks_distance") or one["bks_hierarchical"]
    raise KeyError(name)


def gap(data, best, *, cpu_s, seed):
    """Return by how many hundredths a plan is dearer than the best, and its CPU seconds."""
    since = time.process_time()
    cost = routed(data, cpu_s=cpu_s, seed=seed, clock=time.process_time).plan.cost
    return 100 * (cost / best - 1), time.process_time() - since


def bare_gap(data, best, *, cpu_s, seed):
    """Return the same of PyVRP alone, with what it ships with."""
    from pyvrp import solve  # noqa: PLC0415  # an extra

    since = time.process_time()
    instance = read_instance(data)
    model = Model(instance.problem)
    found = solve(
        model.data, lambda _cost: time.process_time() - since > cpu_s, seed=seed,
        collect_stats=False,
    ).best  # fmt: skip
    if not found.is_feasible():
        return float("inf")
    return 100 * (instance.cost(model.routes(found)) / best - 1)


def thousand(kind, seed, stops=1_000):
    """Return an instance of a thousand stops as a file.

    ``R``: places uniform in a square of 500, windows of 10, horizon 1,925, demands 1 to 35,
    capacity 200, as Homberger's R1 sets have it. ``X``: a square of 1,000, the depot anywhere,
    demands 1 to 100, 23 stops a route, as Uchoa's generator has it.
    """
    dice = np.random.default_rng(seed)
    if kind == "X":
        xy, demand = dice.integers(0, 1001, (stops + 1, 2)), dice.integers(1, 101, stops + 1)
        demand[0] = 0
        rows = [f"{k} {x} {y}" for k, (x, y) in enumerate(xy.tolist(), start=1)]
        loads = [f"{k} {one}" for k, one in enumerate(demand.tolist(), start=1)]
        head = ["NAME : X", "TYPE : CVRP", f"DIMENSION : {stops + 1}", "EDGE_WEIGHT_TYPE : EUC_2D",
                f"CAPACITY : {int(23 * demand[1:].mean())}", "NODE_COORD_SECTION"]  # fmt: skip
        return "\n".join([*head, *rows, "DEMAND_SECTION", *loads, "DEPOT_SECTION", "1", "-1"])
    xy = dice.integers(0, 501, (stops + 1, 2))
    xy[0] = 250
    far = np.ceil(np.hypot(*(xy - xy[0]).T)).astype(int)
    middle = dice.integers(far, 1_915 - far + 1)
    rows = ["0 250 250 0 0 1925 0"]
    for k in range(1, stops + 1):
        early, late = max(far[k], middle[k] - 5), min(1_915 - far[k], middle[k] + 5)
        rows.append(f"{k} {xy[k, 0]} {xy[k, 1]} {dice.integers(1, 36)} {early} {late} 10")
    return "\n".join(["R", "VEHICLE", "NUMBER CAPACITY", "250 200", "CUSTOMER", *rows])


def circle_route() -> Figure:
    """The multi-depot instance, where PyVRP alone falls short the most."""
    where = folder()
    if where is None:
        raise SystemExit("the instances of routing are not on this machine")
    data, best = (where / "PR11A.vrp").read_bytes(), best_known(where, "PR11A.vrp")
    ours = float(np.mean([gap(data, best, cpu_s=10, seed=seed)[0] for seed in SEEDS]))
    bare = float(np.mean([bare_gap(data, best, cpu_s=10, seed=seed) for seed in SEEDS]))
    return Figure(
        name="circle.route", value=ours, ceiling=bare, ratio=ours / bare, unit="% to best known",
        goal="≤ 4 %", note="360 stops, 4 depots, 10 CPU s, seeds 1 to 3; beside: PyVRP alone",
    )  # fmt: skip


FIGURES = {"circle.route": circle_route} if folder() else {}


def report(only: str, cpu_s: float) -> None:
    """Print every gap of every class, the mean and the worst beside the goal."""
    where = folder()
    known = CLASSES if where else {}
    for name, (files, goal) in known.items():
        if not name.startswith(only):
            continue
        every = []
        for file in files:
            data, best = (where / file).read_bytes(), best_known(where, file)
            gaps, spent = zip(
                *(gap(data, best, cpu_s=cpu_s, seed=one) for one in SEEDS), strict=True
            )
            every += gaps
            told = " ".join(f"{one:6.2f}" for one in gaps)
            print(f"  {file:18} {told}  {max(spent):.1f} CPU s", flush=True)
        print(f"{name}: mean {np.mean(every):.2f} %, worst {max(every):.2f} %, goal {goal} %")
    if where and "fewest".startswith(only):
        for file in FEWEST:
            data, best = (where / file).read_bytes(), best_known(where, file)
            found = gap(data, best, cpu_s=cpu_s, seed=1)[0]
            print(f"  {file:18} {found:6.2f} % to the value of fewest vehicles: no goal")
    if "thousand".startswith(only):
        for kind in "RX":
            data = thousand(kind, 1).encode()
            best = routed(data, cpu_s=60 * LONG, seed=9, clock=time.process_time).plan.cost
            found = [gap(data, best, cpu_s=60, seed=one)[0] for one in SEEDS]
            told = " ".join(f"{one:6.2f}" for one in found)
            print(f"thousand {kind}: {told} % to {60 * LONG} CPU s, goal 5 %", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--cpu", type=float, default=10.0)
    asked = parser.parse_args()
    if asked.report:
        report(asked.only, asked.cpu)
    else:
        print(circle_route().line())
