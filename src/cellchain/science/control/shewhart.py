r"""Shewhart charts of one quantity, with the Western Electric rules.

The centre line and the standard deviation come from samples taken while the process was in order;
the deviation is that *within* neighbours or subgroups, so that a drift does not widen the limits.

Sources: Montgomery, Introduction to Statistical Quality Control, 6th ed. (2009), §6.2 to 6.4;
Western Electric, Statistical Quality Control Handbook (1956), pp. 25-28.
Valid for independent, nearly normal samples; correlated ones alarm more often than the rules say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cellchain.core.errors import refuse_unless
from cellchain.science.control.checked import series, table, within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

Flags: TypeAlias = "NDArray[np.bool_]"

_MOVING_RANGE = 2.0 / math.sqrt(math.pi)
"""Mean range of two standard normal values: the constant d₂ of two, 1.128."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Centre line and standard deviation of the points on a chart, in the unit of the quantity."""

    centre: float
    deviation: float

    def __post_init__(self) -> None:
        refuse_unless(
            math.isfinite(self.centre) and 0.0 < self.deviation < math.inf,
            "control.constant",
            f"points around {self.centre} with a standard deviation of {self.deviation}",
            remedy="take samples that vary",
        )

    @property
    def limits(self) -> tuple[float, float]:
        """Return the lower and the upper limit, three standard deviations from the centre."""
        return self.centre - 3.0 * self.deviation, self.centre + 3.0 * self.deviation

    def standardised(self, points: Floats) -> Floats:
        """Return points as standard deviations from the centre, shape (n,)."""
        found: Floats = (series(points) - self.centre) / self.deviation
        return found


def individuals(values: Floats) -> Chart:
    r"""Return the chart of single values.

    $$ \hat\sigma = \overline{MR} / d_2, \qquad MR_n = |x_n - x_{n-1}| $$

    Args:
        values: In order of time, shape (n,), n at least 2.

    Raises:
        Refused: ``control.constant``, and as `checked.series`.
    """
    found = series(values, least=2)
    return Chart(float(found.mean()), float(np.abs(np.diff(found)).mean()) / _MOVING_RANGE)


def averages(subgroups: Floats) -> Chart:
    r"""Return the chart of the means of subgroups.

    $$ \hat\sigma_{\bar x} = \bar s / (c_4(k) \sqrt k) $$

    Args:
        subgroups: A row each subgroup, shape (n, k), k at least 2.

    Raises:
        Refused: ``control.constant``, and as `checked.table`.
    """
    found = table(subgroups)
    size = found.shape[1]
    refuse_unless(size > 1, "control.shape", "subgroups of one value; see `individuals`")
    deviation = float(found.std(axis=1, ddof=1).mean()) / unbiasing(size)
    return Chart(float(found.mean()), deviation / math.sqrt(size))


def unbiasing(size: int) -> float:
    r"""Return c₄, the mean standard deviation of ``size`` standard normal values, from 2.

    $$ c_4(k) = \sqrt{\tfrac{2}{k-1}} \; \Gamma(\tfrac k2) / \Gamma(\tfrac{k-1}2) $$
    """
    within("size", size, 1, math.inf)
    gammas = math.exp(math.lgamma(size / 2) - math.lgamma((size - 1) / 2))
    return math.sqrt(2.0 / (size - 1)) * gammas


@dataclass(frozen=True, slots=True)
class Rule:
    """``count`` of the last ``of`` points lie on one side, more than ``beyond`` deviations out."""

    name: str
    count: int
    of: int
    beyond: float

    def signals(self, standardised: Floats) -> Flags:
        """Return where the rule is broken, shape (n,): known once that point is, the last out."""
        over = self._side(standardised > self.beyond)
        under = self._side(standardised < -self.beyond)
        return over | under

    def _side(self, out: Flags) -> Flags:
        counts = np.concatenate([[0], np.cumsum(out)])
        since = np.maximum(np.arange(1, len(counts)) - self.of, 0)
        found: Flags = out & (counts[1:] - counts[since] >= self.count)
        return found


WESTERN_ELECTRIC = (
    Rule("beyond_limits", 1, 1, 3.0),
    Rule("two_of_three_beyond_two", 2, 3, 2.0),
    Rule("four_of_five_beyond_one", 4, 5, 1.0),
    Rule("eight_on_one_side", 8, 8, 0.0),
)


def signals(chart: Chart, points: Floats) -> dict[str, Flags]:
    """Return where each of the Western Electric rules is broken, by the rule's name.

    Args:
        chart: From samples taken while the process was in order.
        points: Single values or means of subgroups, as the chart, in order of time, shape (n,).
    """
    standardised = chart.standardised(points)
    return {rule.name: rule.signals(standardised) for rule in WESTERN_ELECTRIC}
