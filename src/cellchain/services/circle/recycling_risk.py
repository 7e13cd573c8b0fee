"""What prices that move make of margins: ``circle recycle --volatility``.

In: ``product, annual_volatility[, correlation]``, the standard deviation of the logarithm of a
product's price in a year, and its correlation with what moves all of them (0 where it is not
told). Draws are shared by all packs and routes, so that what they say may be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.recycling.price_draws import best_shares, normals, price_changes
from cellchain.services.analysis.spelling import check_spelling
from cellchain.services.analysis.table import EMPTY, shown
from cellchain.services.circle.recycling_prices import DEFAULT_YEAR, product_prices

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from cellchain.science.recycling.lines import Line
    from cellchain.services.analysis.table import Floats, Table

PRODUCT, VOLATILITY, CORRELATION = "product", "annual_volatility", "correlation"
TEXTS = (PRODUCT,)
VOLATILITY_MAX = 5.0
DRAWS, DRAWS_MIN, DRAWS_MAX = 10_000, 100, 200_000
DRAWN_MAX = 20_000_000
"""How many changes of prices are kept at once."""
SEED_MAX = 2**63 - 1
YEARS = 1.0
"""After which what is recycled now is sold."""
QUANTILES = {"margin_p10_usd": 0.1, "margin_p50_usd": 0.5, "margin_p90_usd": 0.9}
BEST = "p_best"


class Sale(NamedTuple):
    """What is sold together: the products of a chemistry and route, in some years."""

    chemistry: str
    route: str
    years: float


@dataclass(frozen=True)
class PriceRisk:
    """How prices move, and how often they are drawn."""

    volatility: Mapping[str, float]
    """Of each product, of a year."""
    correlation: Mapping[str, float]
    """Of each product with what is common."""
    draws: int = DRAWS
    seed: int = 1

    def __post_init__(self) -> None:
        if not DRAWS_MIN <= self.draws <= DRAWS_MAX:
            remedy = f"give a number from {DRAWS_MIN} to {DRAWS_MAX}"
            raise Refused("recycle.draws", f"{self.draws} draws", remedy=remedy)
        if not 0 <= self.seed <= SEED_MAX:
            raise Refused("recycle.seed", f"the seed {self.seed}", remedy="give 0 or more")

    def check(self, balances: Iterable[Sequence[Line]]) -> None:
        """Refuse products that are sold, and of which no volatility is told.

        Raises:
            Refused: ``recycle.volatility``.
        """
        sold = {one.item for lines in balances for one in lines if one.kind == "revenue"}
        if missing := sorted(sold - self.volatility.keys()):
            raise Refused(
                "recycle.volatility",
                f"the volatility of {', '.join(missing)} is not told",
                remedy="give each product that is sold a row, with 0 where its price is fixed",
            )

    def changes_usd(self, lines: Iterable[Line], years: float = YEARS) -> Floats:
        """Return by how much the revenue of a kilogram of cell changes, of each draw."""
        found = np.zeros(self.draws)
        for one in lines:
            if one.kind == "revenue":
                found += one.value * price_changes(
                    self._normals[one.item], self.volatility[one.item], years
                )
        return found

    def sales(
        self,
        names: tuple[Sequence[str], Sequence[str]],
        places: tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]],
        years: Floats,
    ) -> tuple[list[Sale], NDArray[np.intp]]:
        """Return what is sold, each once, and the place of each pack and way among it.

        Args:
            names: Chemistries and routes.
            places: Of the chemistry of each pack, below 0 where there is none; of the route of
                each pack and way; and whether there is that way, shape (packs, ways).
            years: Of use before, shape (packs, ways).

        Raises:
            Refused: ``recycle.many``: it would not fit in memory.
        """
        chemistry, route, there = places
        known: dict[Sale, int] = {}
        sold = np.zeros(route.shape, np.intp)
        for pack, way in np.argwhere(there & (chemistry >= 0)[:, None]).tolist():
            sale = Sale(
                names[0][chemistry[pack]], names[1][route[pack, way]],
                YEARS + float(years[pack, way]),
            )  # fmt: skip
            sold[pack, way] = known.setdefault(sale, len(known))
        if len(known) * self.draws > DRAWN_MAX:
            raise Refused(
                "recycle.many",
                f"{len(known)} different years, chemistries and routes, each of {self.draws} draws",
                remedy=f"ask fewer draws, or round the years: {DRAWN_MAX} prices at most",
            )
        return list(known), sold

    @cached_property
    def _normals(self) -> dict[str, Floats]:
        return normals(self.correlation, self.draws, self.seed)


def risk_of(table: Table, draws: int = DRAWS, seed: int = 1) -> PriceRisk:
    """Return what a table tells of how prices move.

    Raises:
        Refused: ``table.…``; ``recycle.key``, ``recycle.product``, ``recycle.twice``,
            ``recycle.volatility``, ``recycle.correlation``, ``recycle.draws``, ``recycle.seed``.
    """
    check_spelling("risk of prices", table, (PRODUCT, VOLATILITY), (CORRELATION,))
    names = table.texts(PRODUCT)
    if (names.codes == EMPTY).any():
        row = int((names.codes == EMPTY).argmax()) + 1
        raise Refused("recycle.key", f"row {row} has no {PRODUCT}")
    volatility = table.numbers(VOLATILITY)
    correlation = (
        np.nan_to_num(table.numbers(CORRELATION)) if CORRELATION in table.columns
        else np.zeros(table.rows)
    )  # fmt: skip
    spelled = {name.lower(): name for name in product_prices(DEFAULT_YEAR)}
    found: dict[str, tuple[float, float]] = {}
    told = zip(names.cells(), volatility.tolist(), correlation.tolist(), strict=True)
    for given, deviation, joint in told:
        assert given is not None
        name = spelled.get(given.lower())
        if name is None:
            told_of = f"{shown(given)} is none of the products {', '.join(spelled.values())}"
            raise Refused("recycle.product", told_of, remedy="name each product once")
        if name in found:
            raise Refused("recycle.twice", f"{shown(name)} has its volatility twice")
        if not 0 <= deviation <= VOLATILITY_MAX:
            raise Refused(
                "recycle.volatility",
                f"{VOLATILITY} of {shown(name)} is {deviation:g}",
                remedy=f"give a number from 0 to {VOLATILITY_MAX:g}: 0.3 is 30 % a year",
            )
        if not -1 <= joint <= 1:
            raise Refused(
                "recycle.correlation",
                f"{CORRELATION} of {shown(name)} is {joint:g}",
                remedy="give a number from -1 to 1",
            )
        found[name] = deviation, joint
    return PriceRisk(
        {name: deviation for name, (deviation, _) in found.items()},
        {name: joint for name, (_, joint) in found.items()},
        draws,
        seed,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Stakes:
    """What rests on prices, of packs and their ways."""

    margin: Floats
    """At the prices that are told, USD, shape (packs, ways)."""
    weight_kg: Floats
    """Kilograms of cells that are sold, discounted, shape (packs, ways)."""
    allowed: NDArray[np.bool_]
    """Shape (packs, ways)."""
    sold: NDArray[np.intp]
    """Place of what is sold among ``changes``, shape (packs, ways)."""
    per_kg: Floats
    """Margin of a kilogram of cells where nothing but their mass tells packs apart; NaN where
    something else does. Shape (packs, ways)."""


def risked(stakes: Stakes, changes: Sequence[Floats]) -> dict[str, Floats]:
    """Return the columns of `QUANTILES` and `BEST`, shape (packs, ways).

    Args:
        stakes: Of packs; a margin that is NaN has no quantiles.
        changes: Of a kilogram, USD, of each draw.
    """
    found = {}
    for name, share in QUANTILES.items():
        moved = np.array([float(np.quantile(one, share)) for one in changes] or [np.nan])
        found[name] = stakes.margin + stakes.weight_kg * moved[stakes.sold]
    best = np.full(stakes.margin.shape, np.nan)
    known: dict[tuple[bytes, ...], Floats] = {}
    for pack in np.flatnonzero(~np.isnan(stakes.margin).all(axis=1)).tolist():
        allowed, per_kg = stakes.allowed[pack], stakes.per_kg[pack]
        alike = not np.isnan(per_kg[allowed]).any()
        key = (allowed.tobytes(), per_kg.tobytes(), stakes.sold[pack].tobytes())
        if alike and key in known:
            best[pack] = known[key]
            continue
        margin, weight = (
            (per_kg, np.ones(len(allowed))) if alike
            else (stakes.margin[pack], stakes.weight_kg[pack])
        )  # fmt: skip
        moved = np.array([changes[one] for one in stakes.sold[pack]])
        best[pack] = best_shares(margin[:, None] + weight[:, None] * moved, allowed)
        if alike:
            known[key] = best[pack]
    found[BEST] = best
    return found
