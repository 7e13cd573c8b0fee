"""Levels, numbers and pairs with their evidence and significance.

One prior serves twice, fixed before looking: six tenths for single causes, four for pairs; of each,
equal shares for categories and numbers, then for columns, then for the levels or cut points of a
column. Times the Bayes factor it ranks the candidates; as the share of false discoveries of each
test it decides what is significant.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.rootcause.columns import Kind
from cellchain.science.rootcause.evidence import log_bayes_factor
from cellchain.science.rootcause.pairs import both_needed_p, overlaps
from cellchain.science.rootcause.screening import fisher_p, number_p

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.science.portable import Floats
    from cellchain.science.rootcause.columns import Column, Condition, Flags, Integers

PAIRS_TESTED = 200
"""Pairs of most evidence; the others keep p = 1, which makes no q smaller."""
PARTS_MAX = 1000
"""Conditions that are paired, those of most evidence; reached by some twenty categories and two
hundred numbers."""
_SINGLE, _PAIR = 0.6, 0.4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A level, a number at its best cut, or a pair."""

    kind: Kind
    conditions: tuple[Condition, ...]
    share: float
    """Of the prior, and of false discoveries."""
    evidence: float
    """ln(prior × Bayes factor) of the candidate alone."""
    score: float
    """Of a single one, the evidence of pairs with it added; of a pair, that of its better part."""
    p: float

    def holds(self, columns: Sequence[Column]) -> Flags:
        """Return for each cell whether it is of the candidate."""
        result: Flags = np.logical_and.reduce([one.holds(columns) for one in self.conditions])
        return result

    @property
    def parts(self) -> tuple[str, ...]:
        """What it is made of, for people."""
        return tuple(condition.text for condition in self.conditions)


def candidates(columns: Sequence[Column], bad: Flags) -> list[Candidate]:
    """Return every level and number, and the pairs of most evidence.

    Args:
        columns: At least one.
        bad: Shape (n,), some set and some not.
    """
    conditions = [one for column in columns for one in column.conditions]
    counts = np.concatenate([_counts(column, bad) for column in columns], axis=1)
    share = _shares(columns, conditions)
    alone = np.log(_SINGLE * share) + log_bayes_factor(*counts)
    suspect = _suspects(columns)
    pooled = np.full(suspect[-1] + 1, -np.inf)
    np.logaddexp.at(pooled, suspect, alone)
    own = pooled.copy()
    pairs = _pairs(columns, conditions, bad, suspect, pooled)
    p = fisher_p(*counts)
    singles = []
    bounds = np.searchsorted(suspect, np.arange(len(pooled) + 1))
    for number, (since, until) in enumerate(pairwise(bounds.tolist())):
        places = slice(since, until)
        best = conditions[since + int(np.argmax(alone[places]))]
        column = columns[best.column]
        significance = (
            float(p[since]) if column.values is None else number_p(p[places], column.values, bad)
        )
        part = float(_SINGLE * share[places].sum())
        evidence, score = float(own[number]), float(pooled[number])
        singles.append(Candidate(column.kind, (best,), part, evidence, score, significance))
    return singles + pairs


def _pairs(
    columns: Sequence[Column],
    conditions: Sequence[Condition],
    bad: Flags,
    suspect: Integers,
    pooled: Floats,
) -> list[Candidate]:
    """Return the pairs of most evidence; add that of all pairs to their parts in ``pooled``."""
    places = np.array([n for n, one in enumerate(conditions) if one.pairable], dtype=np.intp)
    strongest = np.argsort(-pooled[suspect[places]], kind="stable")[:PARTS_MAX]
    places = places[np.sort(strongest)]
    parts = [conditions[place] for place in places]
    if not parts:
        return []
    shared = overlaps(columns, parts, bad)
    share = _shares(columns, parts)
    joint = 2.0 * _PAIR * np.outer(share, share)
    evidence = np.log(joint) + log_bayes_factor(
        shared.inside, shared.bad_inside, float(len(bad)), float(np.count_nonzero(bad))
    )
    column = np.array([part.column for part in parts])
    evidence[column[:, None] == column] = -np.inf
    np.logaddexp.at(pooled, suspect[places], np.logaddexp.reduce(evidence, axis=1))
    evidence[np.tril_indices(len(parts))] = -np.inf
    best = np.argsort(-evidence, axis=None, kind="stable")[:PAIRS_TESTED]
    first, second = np.unravel_index(best[np.isfinite(evidence.ravel()[best])], evidence.shape)
    score = np.maximum(pooled[suspect[places[first]]], pooled[suspect[places[second]]])
    p = both_needed_p(shared, first, second)
    return [
        Candidate(
            Kind.PAIR,
            (parts[a], parts[b]),
            float(joint[a, b]),
            float(evidence[a, b]),
            float(score[n]),
            float(p[n]),
        )
        for n, (a, b) in enumerate(zip(first.tolist(), second.tolist(), strict=True))
    ]


def _counts(column: Column, bad: Flags) -> Floats:
    """Return n, k, N, K of each condition of a column, shape (4, conditions)."""
    present = column.codes >= 0
    until = []
    for codes in (column.codes[present], column.codes[present & bad]):
        counts = np.bincount(codes, minlength=1 + max(one.high for one in column.conditions))
        until.append(np.concatenate([[0], np.cumsum(counts)]))
    low = np.array([one.low for one in column.conditions])
    high = np.array([one.high for one in column.conditions]) + 1
    inside = [total[high] - total[low] for total in until]
    every = [np.full(len(low), total[-1]) for total in until]
    return np.array([*inside, *every], dtype=np.float64)


def _suspects(columns: Sequence[Column]) -> Integers:
    """Return the candidate of each condition: a level is one, so is a number with all its cuts."""
    suspects: list[int] = []
    for column in columns:
        since = suspects[-1] + 1 if suspects else 0
        steps = (
            range(len(column.conditions)) if column.values is None else [0] * len(column.conditions)
        )
        suspects.extend(since + step for step in steps)
    return np.array(suspects)


def _shares(columns: Sequence[Column], conditions: Sequence[Condition]) -> Floats:
    """Return the share of each condition: equal by sort of column, by column, by condition."""
    column = np.array([one.column for one in conditions])
    present, place, each = np.unique(column, return_inverse=True, return_counts=True)
    numeric = np.array([columns[one].values is not None for one in present])
    sorts = len(np.unique(numeric))
    alike = np.where(numeric, np.count_nonzero(numeric), np.count_nonzero(~numeric))
    result: Floats = (1.0 / (sorts * alike * each))[place]
    return result
