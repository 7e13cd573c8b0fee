r"""What products emit, of what they are made, to any depth, for a whole fleet at once.

With $ M_{pq} $ the amount of product q that a unit of p takes and $ F_{pf} $ that of the input f,
which emits $ c_f $ a unit, products emit

$$ x = M x + F c \quad\Longrightarrow\quad (I - M) \, x = F c $$

one sparse factorisation for all of them (Heijungs and Suh, The Computational Structure of Life
Cycle Assessment, 2002, ch. 2, by rows instead of columns). Products may take each other in a circle
as long as that is productive: what is asked for a unit of all can be made (Hawkins and Simon,
Econometrica 17 (1949) 245). Amounts and factors are at least 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.science.extra import extra_part

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

INPUTS_AT_ONCE = 64
"""Columns that are solved for together: what bounds the memory."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Inventory:
    """Who takes how much of what, a row a flow."""

    product: NDArray[np.intp]
    """That takes, shape [flows]."""
    source: NDArray[np.intp]
    """Product that is taken, or the number of products and that of the input, shape [flows]."""
    amount: Floats
    """Units of the source a unit of the product, at least 0, shape [flows]."""
    evident: NDArray[np.bool_]
    """Whether the amount is evident: measured and documented, shape [flows]."""
    factor_kg: Floats
    """kg of CO2 equivalent a unit of each input, at least 0, shape [inputs]."""
    log_deviation: Floats
    """Standard deviation of the logarithm of each factor, shape [inputs]."""
    products: int


@dataclass(frozen=True, slots=True, eq=False)
class Emitted:
    """What a unit of each product emits, shape [products] each."""

    kg: Floats
    lo_kg: Floats
    hi_kg: Floats
    primary_share: Floats
    """Of the kilograms, those of amounts that are evident all the way down, 0 to 1."""


class NotProductive(Exception):
    """Products take each other in circles that consume more than they make, or numbers overflow."""

    def __init__(self, products: NDArray[np.intp]) -> None:
        super().__init__(products)
        self.products = products
        """Numbers of those in the circles; none where amounts multiply beyond all numbers."""


def emitted(inventory: Inventory, level: float) -> Emitted:
    r"""Return what a unit of each product emits, with its interval.

    A factor is the median of a lognormal number, and one unknown in all products: what is emitted
    is a sum of such numbers, with the means and variances of these, and taken as lognormal again
    (Fenton, IRE Trans. Commun. Syst. 8 (1960) 57). Amounts count as exact.

    Args:
        inventory: As documented there.
        level: Of the interval, 0 to 1.

    Raises:
        NotProductive: There is no answer.
        Refused: ``footprint.no_scipy``.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused below
        return _emitted(inventory, level)


def _emitted(inventory: Inventory, level: float) -> Emitted:
    solve = _solver(inventory, np.ones(len(inventory.amount), bool))
    _check_productive(inventory, solve)
    kg, mean, variance = np.zeros((3, inventory.products))
    for first in range(0, len(inventory.factor_kg), INPUTS_AT_ONCE):
        some = slice(first, first + INPUTS_AT_ONCE)
        taken = np.maximum(solve(_direct(inventory, some)), 0.0)  # below 0 by rounding alone
        each = taken * inventory.factor_kg[some]
        kg += each.sum(axis=1)
        square = inventory.log_deviation[some] ** 2
        means = each * np.exp(square / 2)
        mean += means.sum(axis=1)
        variance += (means**2 * np.expm1(square)).sum(axis=1)
    own_kg = np.where(inventory.evident, _own_kg(inventory), 0.0)
    direct = np.zeros(inventory.products)
    np.add.at(direct, inventory.product, own_kg)
    known = np.maximum(_solver(inventory, inventory.evident)(direct), 0.0)
    if not np.isfinite(variance).all():
        raise NotProductive(np.empty(0, np.intp))
    log_variance = np.log1p(_ratio(variance, mean**2, 0.0))
    share = np.minimum(_ratio(known, kg, 1.0), 1.0)
    beyond = NormalDist().inv_cdf((1 + level) / 2) * np.sqrt(log_variance)
    middle = mean * np.exp(-log_variance / 2)
    return Emitted(kg, middle * np.exp(-beyond), middle * np.exp(beyond), share)


def _ratio(part: Floats, whole: Floats, of_nothing: float) -> Floats:
    return np.divide(part, whole, out=np.full_like(whole, of_nothing), where=whole > 0)


def carried_kg(inventory: Inventory, kg: Floats) -> Floats:
    """Return what each flow carries into its product, kg a unit of it, shape [flows]."""
    worth = np.append(kg, inventory.factor_kg)
    found: Floats = inventory.amount * worth[inventory.source]
    return found


def _solver(inventory: Inventory, counted: NDArray[np.bool_]) -> Callable[[Floats], Floats]:
    """Return what solves (I − M) x = b, with the flows of M that are counted.

    Only products that others take are in the factorisation; a fleet of packs is not.
    """
    sparse = extra_part("scipy.sparse", "footprint.no_scipy")
    linalg = extra_part("scipy.sparse.linalg", "footprint.no_scipy")
    among = counted & (inventory.source < inventory.products)
    taken, place = np.unique(inventory.source[among], return_inverse=True)
    size = (inventory.products, len(taken))
    where = (inventory.product[among], place)
    takes = sparse.csr_array((inventory.amount[among], where), size)
    if not len(taken):
        return lambda direct: direct
    try:
        inner = linalg.splu(sparse.csc_matrix(sparse.identity(len(taken)) - takes[taken]))
    except RuntimeError as error:  # exactly singular
        raise NotProductive(_in_circles(inventory)) from error
    return lambda direct: direct + takes @ inner.solve(direct[taken])


def _check_productive(inventory: Inventory, solve: Callable[[Floats], Floats]) -> None:
    needed = solve(np.ones(inventory.products, np.float64))
    if not (np.isfinite(needed).all() and (needed >= 1 - _ROUNDING).all()):
        raise NotProductive(_in_circles(inventory))


def _in_circles(inventory: Inventory) -> NDArray[np.intp]:
    """Return the products that take themselves, at once or through others."""
    sparse = extra_part("scipy.sparse", "footprint.no_scipy")
    graph = extra_part("scipy.sparse.csgraph", "footprint.no_scipy")
    among = (inventory.source < inventory.products) & (inventory.amount > 0)
    taker, taken = inventory.product[among], inventory.source[among]
    size = (inventory.products, inventory.products)
    links = sparse.csr_array((inventory.amount[among], (taker, taken)), size)
    _, group = graph.connected_components(links, directed=True, connection="strong")
    itself = np.zeros(inventory.products, bool)
    itself[taker[taker == taken]] = True
    members = np.flatnonzero(itself | (np.bincount(group)[group] > 1))
    wrong = [one for one in np.unique(group[members]) if not _is_productive(links, group == one)]
    found: NDArray[np.intp] = np.flatnonzero(np.isin(group, wrong))
    return found


def _is_productive(links: Any, members: NDArray[np.bool_]) -> bool:
    """Whether a circle alone makes more than it needs."""
    places = np.flatnonzero(members)
    inner = links[places][:, places].toarray()
    try:
        needed = np.linalg.solve(np.eye(len(places)) - inner, np.ones(len(places)))
    except np.linalg.LinAlgError:
        return False
    return bool((needed >= 1 - _ROUNDING).all())


def _direct(inventory: Inventory, some: slice) -> Floats:
    """Return how much of some inputs each product takes itself, shape [products, inputs]."""
    first, until = some.start, min(some.stop, len(inventory.factor_kg))
    column = inventory.source - inventory.products - first
    there = (column >= 0) & (column < until - first)
    found = np.zeros((inventory.products, until - first))
    np.add.at(found, (inventory.product[there], column[there]), inventory.amount[there])
    return found


def _own_kg(inventory: Inventory) -> Floats:
    """Return what each flow of an input emits, kg a unit of its product; 0 for a product's."""
    return carried_kg(inventory, np.zeros(inventory.products))
