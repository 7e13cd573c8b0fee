r"""Fleets of which much is still running: cells of a stated law, seen until the day of asking.

The fade of a cell at the share x of its life is

$$ 0.15 \, \Big( w_1 \sqrt x + w_2 x + w_3 \frac{e^{\beta x} - 1}{e^{\beta} - 1} \Big) $$

with w drawn around (0.4, 0.35, 0.25) and $ \beta $ around 8: a slow beginning, a straight middle
and an exponential end, as reviewed by Attia et al., J. Electrochem. Soc. 169 (2022) 060517. Lives
of a group are lognormal with a spread of 0.3, or of as heavy tails as Student's t of three degrees
of freedom has: twice to thrice what 48 equal cells under equal load showed (Baumhöfer et al.,
J. Power Sources 247 (2014) 332), as of cells in the hands of many users. Cells came into use at
any time before the day of asking, so how long one was seen says nothing of how long it lives.
"""

from __future__ import annotations

import numpy as np

from cellchain.science.remaining.course import Course

SPREAD = 0.3
MIDDLES = {"short": 250.0, "long": 500.0}
"""Median life of each group, cycles."""


def fleet(seed, cells=12, *, seen=(0.5, 1.3), heavy=False, middles=MIDDLES):
    """Cells of each group, and how long they truly live.

    Args:
        seed: Of the draws.
        cells: Of each group.
        seen: Between which shares of the group's median life a cell is watched; it stops early.
            None: each to a tenth after its end.
        heavy: Whether lives have heavy tails.
        middles: Median life of each group, cycles.
    """
    dice = np.random.default_rng(seed)
    courses, lives = [], []
    for group, middle in middles.items():
        for _ in range(cells):
            tail = dice.standard_t(3) / np.sqrt(3.0) if heavy else dice.normal()
            life = middle * np.exp(np.clip(SPREAD * tail, -1.5, 1.5))
            whole = int(1.1 * life)
            until = whole if seen is None else min(int(middle * dice.uniform(*seen)), whole)
            courses.append(Course(group, _capacity_ah(dice, life, until), np.empty((until, 0))))
            lives.append(life)
    return courses, np.array(lives)


def _capacity_ah(dice, life, until):
    """Of each cycle: fade, a slow wandering and scatter of a few parts in a thousand."""
    age = np.arange(1.0, until + 1.0) / life
    shares = np.array([0.4, 0.35, 0.25]) * np.exp(0.3 * dice.normal(size=3))
    beta = 8.0 * np.exp(0.2 * dice.normal())
    parts = np.array([np.sqrt(age), age, np.expm1(beta * age) / np.expm1(beta)])
    fade = 0.15 * (shares / shares.sum()) @ parts
    wandering = np.zeros(until)
    steps = 0.0004 * dice.normal(size=until)
    for n in range(1, until):
        wandering[n] = 0.97 * wandering[n - 1] + steps[n]
    return 2.0 * (1.0 - fade + wandering + 0.002 * dice.normal(size=until))
