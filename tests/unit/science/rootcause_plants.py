"""Factories with a planted cause of bad cells, and the oracle that knows how they are made.

A run: cells with 11 categories of 3 to 30 levels, the operator tied to the winder on 60 % of cells,
and 20 numbers in five blocks, correlated by 0.5 within a block. A cell is bad with 2 %; where the
planted cause holds, with `strength` times as much. The cause is drawn column first, then level:

* ``category``: a level of any category;
* ``number``: a number more than 1.3 standard deviations above its median;
* ``pair``: a level of a small category together with a level of another one, or with a number
  above its median;
* ``none``: nothing.

`heavy` is a second factory: Student numbers of three degrees of freedom with 2 % missing, causes
below as well as above, levels of unequal size (the largest several times the smallest),
a base rate that differs by run.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

LEVELS = {
    "calender": 3, "shift": 3, "coater": 4, "slitter": 4, "welder": 5, "winder": 6,
    "operator": 8, "rack": 10, "electrolyte_lot": 12, "anode_lot": 20, "cathode_lot": 30,
}  # fmt: skip
SMALL = [name for name, levels in LEVELS.items() if levels <= 4]
NUMBERS = [f"x{number:02}" for number in range(20)]
KINDS = ("category", "number", "pair")
BASE, BEYOND, TIED = 0.02, 1.3, 0.6


@dataclass(frozen=True)
class Plant:
    """A factory's cells and the truth about them."""

    bad: np.ndarray
    categories: dict[str, tuple[np.ndarray, list[str]]]
    numbers: dict[str, np.ndarray]
    truth: frozenset[str]
    """Parts of the cause: ``coater=B``, ``x03>``, ``x03<``; empty: none was planted."""

    def named_by(self, candidate: str) -> bool:
        """Return whether a finding's text names the cause; of a pair, either part is enough."""
        parts = {_atom(part) for part in candidate.split(" & ")}
        return bool(parts & self.truth) if len(self.truth) > 1 else parts == self.truth


def planted(kind, *, cells, strength, rng, heavy=False):
    """Return a factory with a cause of ``kind`` in it."""
    base = BASE * rng.lognormal(0.0, 0.3) if heavy else BASE
    categories, numbers = _categories(cells, rng, heavy), _numbers(cells, rng, heavy)
    signs = [1, -1] if heavy else [1]
    truth, where = _cause(kind, categories, numbers, signs, rng)
    risk = np.minimum(np.where(where, base * strength, base), 1.0)
    return Plant(rng.random(cells) < risk, categories, numbers, frozenset(truth))


def oracle_choice(plant, *, strength):
    """Return the part most probable to be (in) the cause, knowing all about the first factory.

    It adds the probabilities of all causes that a part would be right for: no method can be right
    more often. It knows strength, base rate, cut points and the way causes are drawn.
    """
    score, gain = {}, (np.log(strength), np.log((1 - BASE * strength) / (1 - BASE)))
    for weight, parts, where in _causes(plant):
        bad = np.count_nonzero(where & plant.bad)
        likelihood = weight * np.exp(bad * gain[0] + (np.count_nonzero(where) - bad) * gain[1])
        for part in parts:
            score[part] = score.get(part, 0.0) + likelihood
    return max(score, key=score.__getitem__)


def _atom(part):
    for sign in "><":
        if sign in part:
            return part.split(sign)[0] + sign
    return part


def _categories(cells, rng, heavy):
    made = {}
    for name, levels in LEVELS.items():
        shares = rng.dirichlet(np.full(levels, 4.0)) if heavy else None
        made[name] = rng.choice(levels, cells, p=shares)
    tied = rng.random(cells) < TIED
    made["operator"] = np.where(tied, made["winder"], made["operator"])
    return {
        n: (codes, [chr(65 + c) if c < 26 else f"A{chr(39 + c)}" for c in range(LEVELS[n])])
        for n, codes in made.items()
    }


def _numbers(cells, rng, heavy):
    own = rng.standard_normal((20, cells))
    common = np.repeat(rng.standard_normal((5, cells)), 4, axis=0)
    values = np.sqrt(0.5) * (own + common)
    if heavy:
        values /= np.sqrt(rng.chisquare(3, (20, cells)) / 3.0)
        values[rng.random((20, cells)) < 0.02] = np.nan
    return dict(zip(NUMBERS, values, strict=True))


def _beyond(values, sign, deviations):
    centred = sign * (values - np.nanmedian(values))
    return np.nan_to_num(centred, nan=-np.inf) > deviations * np.nanstd(values)


def _cause(kind, categories, numbers, signs, rng):
    def level(name):
        codes, labels = categories[name]
        code = rng.integers(len(labels))
        return f"{name}={labels[code]}", codes == code

    def number(deviations):
        name, sign = rng.choice(NUMBERS), rng.choice(signs)
        return f"{name}{'>' if sign > 0 else '<'}", _beyond(numbers[name], sign, deviations)

    if kind == "category":
        parts = [level(rng.choice(list(LEVELS)))]
    elif kind == "number":
        parts = [number(BEYOND)]
    elif kind == "pair":
        first, second = rng.choice(SMALL, 2, replace=False)
        parts = [level(first), level(second) if rng.random() < 0.5 else number(0.0)]
    else:
        return [], np.zeros(len(numbers["x00"]), dtype=bool)
    return [text for text, _ in parts], np.logical_and.reduce([where for _, where in parts])


def _causes(plant):
    """Every cause that could have been planted: its probability, its parts, its cells."""
    levels = {
        name: [(f"{name}={label}", codes == code) for code, label in enumerate(labels)]
        for name, (codes, labels) in plant.categories.items()
    }

    def tails(deviations):
        return [
            (f"{name}>", _beyond(values, 1, deviations)) for name, values in plant.numbers.items()
        ]

    for atoms in levels.values():
        yield from ((1 / len(levels) / len(atoms), [part], where) for part, where in atoms)
    yield from ((1 / len(NUMBERS), [part], where) for part, where in tails(BEYOND))
    small = [atom for name in SMALL for atom in levels[name]]
    pairs = list(combinations(SMALL, 2))
    for first, second in pairs:
        weight = 0.5 / len(pairs) / len(levels[first]) / len(levels[second])
        for a, b in ((a, b) for a in levels[first] for b in levels[second]):
            yield weight, [a[0], b[0]], a[1] & b[1]
    for tail, beyond in tails(0.0):
        for part, where in small:
            weight = 0.5 / len(NUMBERS) / len(SMALL) / len(levels[part.split("=")[0]])
            yield weight, [part, tail], where & beyond
