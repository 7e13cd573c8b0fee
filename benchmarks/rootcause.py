"""How often the planted cause is found first: ``python benchmarks/rootcause.py [RUNS] [--heavy]``.

One line a figure: found first, found first and significant, the oracle of the first factory; then
how often something is significant with nothing planted. The time is ``science.rootcause``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from cellchain.science.rootcause.search import root_causes
from tests.unit.science.rootcause_plants import KINDS, oracle_choice, planted

COLUMNS = ((3000, 6), (3000, 3), (1000, 6))


def found(plant):
    """Return the findings on a factory."""
    return root_causes(plant.bad, categories=plant.categories, numbers=plant.numbers)


def rates(kind, *, cells, strength, runs, heavy, seed):
    """Return how often the cause is first; first and significant; the oracle's choice."""
    score = np.zeros(3)
    for run in range(runs):
        rng = np.random.default_rng([seed, run])
        plant = planted(kind, cells=cells, strength=strength, rng=rng, heavy=heavy)
        first = found(plant)[0]
        right = plant.named_by(first.candidate)
        oracle = not heavy and plant.named_by(oracle_choice(plant, strength=strength))
        score += (right, right and first.significant, oracle)
    return score / runs


def false_rate(*, runs, heavy, seed):
    """Return how often something is significant with nothing planted."""
    wrong = 0
    for run in range(runs):
        rng = np.random.default_rng([seed, run])
        plant = planted("none", cells=3000, strength=1, rng=rng, heavy=heavy)
        wrong += any(one.significant for one in found(plant))
    return wrong / runs


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=int, nargs="?", default=100)
    parser.add_argument("--heavy", action="store_true", help="the factory of heavier tails")
    parser.add_argument("--seed", type=int, default=11)
    asked = vars(parser.parse_args())
    for cells, strength in COLUMNS:
        for kind in KINDS:
            first, proven, oracle = rates(kind, cells=cells, strength=strength, **asked)
            print(
                f"x{strength} N {cells} {kind:9} first {first:.3f}  "
                f"and significant {proven:.3f}"
                + ("" if asked["heavy"] else f"  oracle {oracle:.3f}"),
                flush=True,
            )
    print(f"none: significant in {false_rate(**asked):.3f} of runs", flush=True)


if __name__ == "__main__":
    main()
