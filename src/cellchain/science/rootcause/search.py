"""The question: arrays in, ranked findings out.

The evidence of pairs counts for their parts, so that a part of a pair is found before there are
cells enough to prove the pair; a significant pair stands before its parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.rootcause.candidates import Candidate, candidates
from cellchain.science.rootcause.columns import Kind, coded_columns
from cellchain.science.rootcause.discovery import false_discovery_rates
from cellchain.science.rootcause.finding import SIGNIFICANT_BELOW, Finding, next_check, risk_ratio
from cellchain.science.rootcause.groups import groups

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cellchain.science.portable import Floats
    from cellchain.science.rootcause.columns import Column, Flags, Integers

FINDINGS_MAX = 10
GROUPED_MAX = 1000
"""Candidates that are put into groups."""


def root_causes(
    bad: NDArray[np.generic],
    *,
    categories: Mapping[str, tuple[Integers, Sequence[str]]],
    numbers: Mapping[str, Floats],
    times_ms: NDArray[np.generic] | None = None,
) -> tuple[Finding, ...]:
    """Return the candidates for the cause of bad cells, the best of each group, best first.

    Ten of them where there are as many; "no cause found" is that none is significant. A constant
    column is no candidate. The order of rows and of columns changes nothing.

    Args:
        bad: 0 or 1 for each cell, shape (n,).
        categories: By name: codes, shape (n,), −1 where missing, and the label of each code.
        numbers: By name: values, shape (n,), any unit, NaN where missing.
        times_ms: When each cell was made, shape (n,), milliseconds since 1970, to find drift.

    Raises:
        Refused: ``rootcause.flag`` or ``rootcause.one_sided``: nothing can be explained; or as
            `coded_columns`.

    Domain: causes that at least double the rate of bad cells, alone or two together; limits of
    numbers that 5 to 50 % of the cells exceed (a rarer excess is seen less well). What is found
    goes together with bad cells; a cause that no column records is found as whatever goes with it.
    """
    flags = _flags(bad)
    columns = coded_columns(len(flags), categories, numbers, times_ms)
    if not columns:
        return ()
    tested = candidates(columns, flags)
    q = false_discovery_rates(
        np.array([one.p for one in tested]), np.array([one.share for one in tested])
    )
    order = sorted(range(len(tested)), key=lambda n: _rank(tested[n], float(q[n])))[:GROUPED_MAX]
    found = groups(((n, tested[n].holds(columns)) for n in order), most=FINDINGS_MAX)
    return tuple(
        _finding(
            tested[one.leader],
            float(q[one.leader]),
            [tested[n] for n in one.members],
            columns,
            flags,
        )
        for one in found
    )


def _flags(bad: NDArray[np.generic]) -> Flags:
    bad = np.asarray(bad)
    if bad.ndim != 1 or bad.dtype.kind not in "biuf" or not np.isin(bad, (0, 1)).all():
        raise Refused(
            "rootcause.flag",
            f"the flags of bad cells, shape {bad.shape}, are not one 0 or 1 for each cell",
            remedy="Mark bad cells by 1 and good ones by 0; leave out cells that nobody judged.",
        )
    count = int(np.count_nonzero(bad))
    if count in {0, len(bad)}:
        raise Refused(
            "rootcause.one_sided",
            f"{count} of {len(bad)} cells are bad: there is nothing to compare",
            remedy="Give good cells and bad ones of the same factory.",
        )
    return bad.astype(bool)


def _rank(one: Candidate, q: float) -> tuple[float, bool, float, tuple[str, ...]]:
    """Return what sorts candidates, best first: a significant pair before its parts."""
    if one.kind is not Kind.PAIR:
        return -one.score, True, 0.0, one.parts
    if q < SIGNIFICANT_BELOW:
        return -one.score, False, -one.evidence, one.parts
    return -one.evidence, True, 0.0, one.parts


def _finding(
    one: Candidate, q: float, tied: Sequence[Candidate], columns: Sequence[Column], bad: Flags
) -> Finding:
    holds = one.holds(columns)
    inside, bad_inside = int(np.count_nonzero(holds)), int(np.count_nonzero(holds & bad))
    effect, lo, hi = risk_ratio(inside, bad_inside, len(bad), int(np.count_nonzero(bad)))
    own = {condition.column for condition in one.conditions}
    others = [
        " & ".join(other.parts)
        for other in tied
        if own.isdisjoint(condition.column for condition in other.conditions)
    ]
    return Finding(
        candidate=" & ".join(one.parts),
        kind=one.kind,
        effect=effect,
        lo=lo,
        hi=hi,
        p=one.p,
        q=q,
        support=inside,
        confounded_with=tuple(others),
        next_check=next_check(one.kind, one.parts, others, bad_inside),
    )
