"""One ranked candidate: its effect, its interval, what to check next."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import TYPE_CHECKING

from cellchain.science.rootcause.columns import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

SIGNIFICANT_BELOW = 0.05
"""The q of a significant finding."""
_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A candidate for the cause of bad cells."""

    candidate: str
    """``coater=B``, ``slurry_viscosity>1.3``, ``a & b``."""
    kind: Kind
    effect: float
    """Risk ratio: bad cells per cell where it holds ÷ elsewhere."""
    lo: float
    """Of the 95 % interval of the risk ratio."""
    hi: float
    p: float
    """Significance, the choice of a cut point accounted for; of a pair, that both are needed."""
    q: float
    """Rate of false discoveries over everything that was tested."""
    support: int
    """Cells where it holds."""
    confounded_with: tuple[str, ...]
    """Candidates that hold for nearly the same cells, best first."""
    next_check: str
    """What to do on the floor, one sentence."""

    @property
    def significant(self) -> bool:
        """Whether ``q`` is below 0.05."""
        return self.q < SIGNIFICANT_BELOW


def risk_ratio(
    inside: float, bad_inside: float, cells: float, bad: float
) -> tuple[float, float, float]:
    r"""Return the risk ratio and its 95 % interval.

    $$ \rho = \frac{(k + ½) / (n + ½)}{(K - k + ½) / (N - n + ½)}, \quad
       \ln \rho \pm 1.96 \sqrt{\tfrac{1}{k+½} - \tfrac{1}{n+½} + \tfrac{1}{K-k+½} -
       \tfrac{1}{N-n+½}} $$

    Args:
        inside: n, cells of the condition.
        bad_inside: k, bad ones among them.
        cells: N, all cells.
        bad: K, all bad ones.

    Source: Katz et al., Biometrics 34 (1978) 469, method C, with the half of Walter, Biometrika 62
    (1975) 371. Not corrected for the choice of the candidate: the best of many looks stronger than
    it is.
    """
    k, n = bad_inside + 0.5, inside + 0.5
    other_k, other_n = bad - bad_inside + 0.5, cells - inside + 0.5
    middle = log(k / n) - log(other_k / other_n)
    half = _NORMAL_95 * sqrt(1 / k - 1 / n + 1 / other_k - 1 / other_n)
    return exp(middle), exp(middle - half), exp(middle + half)


def next_check(
    kind: Kind, parts: Sequence[str], confounded_with: Sequence[str], bad_inside: int
) -> str:
    """Return what separates the candidate from chance, and from what it is tied to."""
    candidate = " & ".join(parts)
    if confounded_with:
        return (
            f"Make cells with {candidate} but without {confounded_with[0]}, and the reverse: "
            "so far both come together."
        )
    look = f"Open the {bad_inside} bad cells with {candidate}"
    if kind is Kind.CATEGORY:
        return f"{look} beside good ones and inspect what sets {candidate} apart from its siblings."
    if kind is Kind.DRIFT:
        return f"Look up what was changed, repaired or delivered at the turn {candidate}."
    if kind is Kind.NUMBER:
        return f"Check the gauge, then make a batch on either side of {candidate}."
    return f"Make a batch with {parts[0]} without {parts[1]}, and the reverse: neither should harm."
