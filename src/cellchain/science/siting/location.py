r"""Capacitated facility location by SciPy's integer program (HiGHS), with an honest bound.

$$ \min \sum_j f_j y_j + \sum_{ij} c_{ij} x_{ij}, \quad \sum_j x_{ij} = 1, \quad
\sum_i s_i x_{ij} \le k_j y_j, \quad x_{ij} \le y_j, \quad x \ge 0, \quad y \in \{0, 1\} $$

with the share $x_{ij}$ of source *i* that goes to site *j*, supply $s_i$ and capacity $k_j$. The
rows $x_{ij} \le y_j$ say nothing new and tighten the relaxation (Cornuéjols, Sridharan and Thizy
1991). Once it is known which sites are open, what goes where is a transport problem in whole
kilograms, whose vertices are whole: no rounding moves a gram.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.science.extra import extra_part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.allocation.values import Integers
    from cellchain.science.portable import Floats

NO_SCIPY = "site.no_scipy"
LEAST_COST = 1e-9
FINER = 10.0
"""Where the cost is so many times smaller than what money was divided by, it is all done again: the
program's tolerances are absolute, and suit numbers near 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Location:
    """Sources, sites that may be opened, and what it costs."""

    supply_kg: Integers
    """Of each source a year, above 0."""
    capacity_kg: Integers
    """Of each site a year, at least 0."""
    fixed: Floats
    """Of each site a year where it is open, money, at least 0."""
    per_kg: Floats
    """Of a kilogram from a source in a site, at least 0, shape [sources, sites]; NaN: no way."""
    fewest: int
    """Sites that must be open."""
    most: int
    """Sites that may be open."""


@dataclass(frozen=True, slots=True, eq=False)
class Sited:
    """What is open, and what goes where."""

    is_open: NDArray[np.bool_]
    """Of each site."""
    kg: Integers
    """A year, shape [sources, sites]."""
    bound: float
    """No choice of sites costs less, to a hundred-thousandth of the cost: the tolerance of the
    program is a millionth of what money is divided by (`FINER`)."""

    def cost(self, asked: Location) -> float:
        """Return what it costs a year."""
        moved = np.where(self.kg > 0, asked.per_kg, 0.0) * self.kg
        return float(asked.fixed[self.is_open].sum() + moved.sum())


class Unsited(Enum):
    """Why there is no answer."""

    INFEASIBLE = "there is none"
    """Proved by the program."""
    NO_TIME = "none was found in the time"


def sited(asked: Location, seconds: float) -> Sited | Unsited:
    """Return the cheapest choice of sites that was found, with what bounds every choice.

    Args:
        asked: At least one source and site.
        seconds: Of the wall that the integer program may take.

    Raises:
        Refused: ``site.no_scipy``.
    """
    optimize = extra_part("scipy.optimize", NO_SCIPY, extra="circle")
    sites = len(asked.fixed)
    ways = np.flatnonzero(~np.isnan(asked.per_kg).ravel())
    source, site = np.divmod(ways, sites)
    moved = asked.per_kg[source, site] * asked.supply_kg[source]
    cost = np.concatenate([moved, asked.fixed])
    constraints = _constraints(asked, source, site, optimize)
    scale = max(float(cost.max(initial=0.0)), LEAST_COST)
    until_s = time.monotonic() + seconds
    best: Sited | None = None
    while (left_s := until_s - time.monotonic()) > 0:
        found = optimize.milp(
            cost / scale,
            integrality=np.concatenate([np.zeros(len(ways)), np.ones(sites)]),
            bounds=optimize.Bounds(0, 1),
            constraints=constraints,
            options={"time_limit": left_s, "mip_rel_gap": 0.0},
        )
        if found.x is None:
            proved = found.status == 2 and best is None  # noqa: PLR2004
            return best or (Unsited.INFEASIBLE if proved else Unsited.NO_TIME)
        is_open = found.x[len(ways) :] > 0.5  # noqa: PLR2004
        kg = _transported(asked, is_open, optimize)
        if kg is None:  # shares of all hid some kilograms: another choice
            constraints.append(_other_than(is_open, len(ways), optimize))
            continue
        is_open = _used(asked, is_open, kg)
        here = Sited(is_open, kg, 0.0)
        paid = here.cost(asked)
        fine = paid * FINER > scale
        if fine:  # else the tolerances may hide a cheaper choice, and nothing is known but 0
            here = replace(here, bound=float(found.mip_dual_bound) * scale)
        if best is None or paid <= best.cost(asked):
            best = here
        if fine or paid == 0:
            break
        scale = paid
    return best or Unsited.NO_TIME


def _other_than(is_open: NDArray[np.bool_], ways: int, optimize: Any) -> Any:
    """Return what keeps any choice of sites but this one."""
    factors = np.concatenate([np.zeros(ways), np.where(is_open, -1.0, 1.0)])
    return optimize.LinearConstraint(factors, 1 - int(is_open.sum()), np.inf)


def _used(asked: Location, is_open: NDArray[np.bool_], kg: Integers) -> NDArray[np.bool_]:
    """Return open sites without those that take nothing, as far as enough are left."""
    idle = np.flatnonzero(is_open & (kg.sum(axis=0) == 0))
    spare = max(0, int(is_open.sum()) - asked.fewest)
    found = is_open.copy()
    found[idle[np.argsort(-asked.fixed[idle], kind="stable")][:spare]] = False
    return found


def _constraints(asked: Location, source: Integers, site: Integers, optimize: Any) -> list[Any]:
    sparse = extra_part("scipy.sparse", NO_SCIPY, extra="circle")
    sources, sites = asked.per_kg.shape
    ways = len(source)
    way, every = np.arange(ways), np.arange(sites)

    def rows(many: int, *cells: tuple[Any, Any, Any]) -> Any:
        row, column, factor = (np.concatenate(one) for one in zip(*cells, strict=True))
        return sparse.csr_array((factor, (row, column)), shape=(many, ways + sites))

    ones = np.ones(ways)
    whole = asked.supply_kg.sum()  # shares of it: numbers near 1
    load = asked.supply_kg[source] / whole
    room = np.minimum(asked.capacity_kg, whole) / whole
    return [
        optimize.LinearConstraint(rows(sources, (source, way, ones)), 1, 1),
        optimize.LinearConstraint(
            rows(sites, (site, way, load), (every, ways + every, -room)), -np.inf, 0
        ),
        optimize.LinearConstraint(
            rows(ways, (way, way, ones), (way, ways + site, -ones)), -np.inf, 0
        ),
        optimize.LinearConstraint(
            rows(1, (np.zeros(sites, int), ways + every, np.ones(sites))), asked.fewest, asked.most
        ),
    ]  # fmt: skip


def _transported(asked: Location, is_open: NDArray[np.bool_], optimize: Any) -> Integers | None:
    """Return what goes to open sites at least cost, in whole kilograms."""
    sparse = extra_part("scipy.sparse", NO_SCIPY, extra="circle")
    sources, sites = asked.per_kg.shape
    able = ~np.isnan(asked.per_kg) & is_open
    source, site = np.nonzero(able)
    way, ones = np.arange(len(source)), np.ones(len(source))
    found = optimize.linprog(
        asked.per_kg[source, site],
        A_eq=sparse.csr_array((ones, (source, way)), shape=(sources, len(way))),
        b_eq=asked.supply_kg,
        A_ub=sparse.csr_array((ones, (site, way)), shape=(sites, len(way))),
        b_ub=asked.capacity_kg,
        method="highs-ds",
    )
    if found.x is None:
        return None
    kg = np.zeros((sources, sites), np.int64)
    kg[source, site] = np.rint(found.x).astype(np.int64)
    return kg
