r"""Capability of a process: how well one quantity fits between its tolerances.

$$ C_p = \frac{U - L}{6 s}, \qquad C_{pk} = \frac{\min(U - \bar x, \bar x - L)}{3 s} $$

Cp is what the process could do if centred, Cpk what it does. Intervals:

$$ C_p \sqrt{\chi^2_{\alpha/2,\,n-1} / (n-1)} \le C_p^{true} \le
   C_p \sqrt{\chi^2_{1-\alpha/2,\,n-1} / (n-1)} $$
$$ C_{pk} \left( 1 \pm z_{\alpha/2} \sqrt{\tfrac{1}{9 n C_{pk}^2} + \tfrac{1}{2 (n-1)}} \right) $$

Sources: Kane, J. Quality Technology 18 (1986) 41; Bissell, Applied Statistics 39 (1990) 331, for
the second interval, an approximation good from about 25 samples. Valid for independent, normal
samples of a process in order; s is the deviation over all samples (some call these Pp and Ppk).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cellchain.core.errors import refuse_unless
from cellchain.science.control.checked import series, varying, within
from cellchain.science.control.quantiles import special

if TYPE_CHECKING:
    from cellchain.science.portable import Floats


class Index(NamedTuple):
    """An index of capability and its confidence interval."""

    estimate: float
    lo: float
    hi: float


@dataclass(frozen=True, slots=True)
class Capability:
    """Both indices of a process, at one level of confidence."""

    cp: Index
    cpk: Index
    level: float


def capability(values: Floats, *, lower: float, upper: float, level: float = 0.9) -> Capability:
    """Return the capability of a process between two tolerances.

    Args:
        values: Shape (n,), n at least 2, in the unit of the tolerances.
        lower: Lower tolerance.
        upper: Upper tolerance, above the lower.
        level: Of confidence, between 0 and 1.

    Raises:
        Refused: ``control.tolerances``, ``control.setting``, ``control.constant``, and as
            `checked.series`.
    """
    found = series(values, least=2)
    deviation = float(varying(found[:, None])[0])
    refuse_unless(
        -math.inf < lower < upper < math.inf,
        "control.tolerances",
        f"a lower tolerance of {lower} and an upper one of {upper}",
        remedy="give two finite numbers, the lower first",
    )
    within("level", level, 0.0, 1.0)
    nearest = min(upper - float(found.mean()), float(found.mean()) - lower)
    return Capability(
        cp=_potential((upper - lower) / (6.0 * deviation), len(found), level),
        cpk=_actual(nearest / (3.0 * deviation), len(found), level),
        level=level,
    )


def _potential(cp: float, rows: int, level: float) -> Index:
    tail, freedom = (1.0 - level) / 2.0, rows - 1
    lo, hi = (
        math.sqrt(float(special().chdtri(freedom, above)) / freedom) for above in (1.0 - tail, tail)
    )
    return Index(cp, cp * lo, cp * hi)


def _actual(cpk: float, rows: int, level: float) -> Index:
    deviation = math.sqrt(1.0 / (9.0 * rows) + cpk * cpk / (2.0 * (rows - 1)))
    reach = float(special().ndtri((1.0 + level) / 2.0)) * deviation
    return Index(cpk, cpk - reach, cpk + reach)
