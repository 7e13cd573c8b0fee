"""Two conditions together, and whether both are needed.

All pairs of broad conditions are counted at once, as a product of matrices. A pair is a cause of
its own only where each part adds to the other: Fisher's test of one part within the cells of the
other, both ways, the larger p counting (an intersection-union test: Berger, Technometrics 24 (1982)
295). A single cause, whose partner adds nothing, therefore is no pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.rootcause.screening import fisher_p

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.science.portable import Floats
    from cellchain.science.rootcause.columns import Column, Condition, Flags, Integers

_BLOCK_VALUES = 1 << 24
"""Of a matrix of conditions and cells, held at a time; counts of a block are exact in float32."""


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Cells that two conditions share, shape (m, m); on the diagonal a condition's own."""

    inside: Floats
    bad_inside: Floats


def overlaps(columns: Sequence[Column], conditions: Sequence[Condition], bad: Flags) -> Overlaps:
    """Count the cells, and the bad cells, of every two ``conditions``."""
    many, cells = len(conditions), len(bad)
    inside, bad_inside = np.zeros((many, many)), np.zeros((many, many))
    block = max(1, _BLOCK_VALUES // max(1, many))
    holding = [condition.holds(columns) for condition in conditions]
    for since in range(0, cells, block):
        part = slice(since, since + block)
        held = np.array([one[part] for one in holding], dtype=np.float32).reshape(many, -1)
        held_bad = held[:, bad[part]]
        inside += held @ held.T
        bad_inside += held_bad @ held_bad.T
    return Overlaps(inside, bad_inside)


def both_needed_p(shared: Overlaps, first: Integers, second: Integers) -> Floats:
    """Return the p that one part adds nothing to the other, of pairs given by two indices each."""
    inside, bad_inside = shared.inside[first, second], shared.bad_inside[first, second]
    within = [
        fisher_p(inside, bad_inside, shared.inside[part, part], shared.bad_inside[part, part])
        for part in (first, second)
    ]
    return np.maximum(*within)
