"""Seconds to value a thousand batteries, beside one pass of NumPy over the same arrays.

``python benchmarks/circle_value.py [--report]``: the figure ``circle.value``; with ``--report`` how
much smaller antithetic pairs and a sequence of Sobol make the error of a premium.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.figure import Figure, interleaved, median_ratio
from cellchain.science.value.channels import Way, worth
from cellchain.science.value.lock import lock
from cellchain.science.value.paths import Health, Quantiles, index, normal_middles
from cellchain.services.circle.value import valued
from cellchain.services.circle.value_draws import Asked
from cellchain.services.circle.value_market import parse_market, shipped_market
from cellchain.services.circle.value_packs import Pack

PACKS, PATHS = 1_000, 100_000


def packs() -> list[Pack]:
    """Batteries of four chemistries, from nearly new to nearly spent; an assumption."""
    rng = np.random.default_rng(2027)
    found = []
    for place in range(PACKS):
        soh, years = rng.uniform(0.6, 0.98), rng.uniform(2, 10)
        kwh = rng.uniform(24, 90)
        found.append(
            Pack(
                name=f"p{place}", chemistry=("LFP", "NMC111", "NMC622", "NMC811")[place % 4],
                kwh=kwh, soh=Quantiles(soh - 0.05, soh, soh + 0.03),
                rul_years=Quantiles(years * 0.6, years, years * 1.5), mass_kg=kwh * 6.5,
                recycling_value=kwh * 2, recycling_source="as told", locked_value=kwh * 15,
                car_price=25_000, new_price=kwh * 110, evidence=date(2026, 6, 1),
                recycled_share=0.1, co2e_kg_per_kwh=65,
            )
        )  # fmt: skip
    return found


def circle_value() -> Figure:
    """Worth, lock, lease, buy-back and loan of each pack, on paths that a chemistry shares."""
    asked = Asked(market=parse_market(shipped_market("anchors_2024")), day=date(2026, 11, 30))
    batteries = packs()

    def ours(_round: int) -> float:
        since = time.process_time()
        valued(batteries, asked)
        return time.process_time() - since

    paths = np.random.default_rng(1).random(PATHS)
    worths, mean = np.empty(PATHS), 0.0

    def one_pass(_round: int) -> float:
        nonlocal mean
        since = time.process_time()
        for place in range(PACKS):
            np.multiply(paths, place, out=worths)
            mean += float(worths.mean())
        return time.process_time() - since

    found, plain = interleaved(ours, one_pass, rounds=3)
    return Figure(
        name="circle.value",
        value=float(np.median(found)),
        ceiling=float(np.median(plain)),
        ratio=median_ratio(found, plain),
        unit="CPU s",
        goal="≤ 5 s",
        note=f"{PACKS} packs, {PATHS} paths, two horizons; beside: each path times one number, and"
        " the mean",
    )


FIGURES = {"circle.value": circle_value}


def report() -> None:
    """Print the error of a premium over 200 seeds of 2,048 draws, by how they are drawn."""
    from scipy.stats import norm, qmc  # noqa: PLC0415  # for the comparison alone

    health = Health(Quantiles(0.78, 0.82, 0.85), Quantiles(3, 6, 9), 0.6)
    ways = (Way(3_000, 385, 0.8), Way(1_320, 365, 0.65, 3, 1), Way(1_080, 305, 0.6, 1, 1))
    draws, years = 2_048, 3.0

    def premium(normals: np.ndarray, motion: np.ndarray) -> float:
        rising = np.argsort(normals, kind="stable")
        soh, left = health.after(years, *health.paths(normals[rising]))
        prices = index(motion[rising] * np.sqrt(years), years, -0.08, 0.25)[0]
        return lock(worth(soh, left, prices, ways, 100.0), 600.0, years, 0.08).premium

    def plain(seed: int) -> float:
        return premium(*np.random.default_rng(seed).standard_normal((2, draws)))

    def pairs(seed: int) -> float:
        half = np.random.default_rng(seed).standard_normal((2, draws // 2))
        return premium(*np.concatenate([half, -half], axis=1))

    def pairs_and_shares(seed: int) -> float:
        half = np.random.default_rng(seed).standard_normal(draws // 2)
        return premium(normal_middles(draws), np.concatenate([half, -half[::-1]]))

    def sobol(seed: int) -> float:
        return premium(*norm.ppf(qmc.Sobol(2, seed=seed).random(draws)).T)

    errors = {
        draw.__name__: np.std([draw(seed) for seed in range(200)])
        for draw in (plain, pairs, pairs_and_shares, sobol)
    }
    for name, error in errors.items():
        print(f"{name:16} standard deviation {error:.3f}, {error / errors['plain']:.2f} of plain")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", action="store_true")
    if parser.parse_args().report:
        report()
    else:
        for figure in FIGURES.values():
            print(figure().line())
