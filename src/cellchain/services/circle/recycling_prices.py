"""What things cost: published prices, and those of the one who asks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.science.recycling.lines import Prices
from cellchain.services.analysis.table import EMPTY, shown
from cellchain.services.circle.recycling_packs import CHEMISTRY, PACK, chemistry_name
from cellchain.services.circle.recycling_tables import price_lists

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cellchain.services.analysis.table import Table

PRODUCT, PRICE = PRICE_COLUMNS = ("product", "usd_per_kg")
DEFAULT_YEAR = "2019"
USD_MAX = 1e9


def product_prices(year: str) -> dict[str, float]:
    """Return published prices of products, USD a kilogram.

    Raises:
        Refused: ``recycle.prices``: there are none of that year.
    """
    lists = price_lists().products
    if year not in lists:
        told = f"there are prices of {' and '.join(lists)}, not of {shown(year)}"
        raise Refused("recycle.prices", told, remedy="name one of them, or a table of your own")
    return dict(lists[year].usd_per_kg)


def own_prices(table: Table) -> dict[str, float]:
    """Return the prices of `DEFAULT_YEAR` with those of a table instead, where it has them.

    Raises:
        Refused: ``table.…``; ``recycle.product``, ``recycle.price``, ``recycle.twice``.
    """
    prices = product_prices(DEFAULT_YEAR)
    left = {name.lower(): name for name in prices}
    for given, usd in _priced(table, PRODUCT).items():
        name = left.pop(given.lower(), None)
        if name is None:
            told = f"{shown(given)} is none of the products left: {', '.join(left.values())}"
            raise Refused("recycle.product", told, remedy="name each product once")
        if not usd > 0:
            raise _wrong(given, usd, "above 0")
        prices[name] = usd
    return prices


def dismantling_prices(table: Table) -> tuple[str, dict[str, float]]:
    """Return whether dismantling is priced by pack or by chemistry, and USD per kg of cells.

    Raises:
        Refused: ``table.…``; ``recycle.price``, ``recycle.twice``.
    """
    key = PACK if PACK in table.columns else CHEMISTRY
    found: dict[str, float] = {}
    for given, usd in _priced(table, key).items():
        name = chemistry_name(given) if key == CHEMISTRY else given
        if not usd >= 0:
            raise _wrong(given, usd, "from 0")
        if name in found:
            raise Refused("recycle.twice", f"{shown(given)} has its price twice, as {name} as well")
        found[name] = usd
    return key, found


def prices_of(products: Mapping[str, float], chemistry: str) -> Prices:
    """Return what counts for a chemistry: reagents and spent cells are of 2019 in any case."""
    lists = price_lists()
    fee = lists.spent_cells.usd_per_kg[chemistry]
    return Prices(products, lists.inputs.usd_per_kg, fee)


def _priced(table: Table, key: str) -> dict[str, float]:
    names = table.texts(key)
    if (names.codes == EMPTY).any():
        row = int((names.codes == EMPTY).argmax()) + 1
        raise Refused("recycle.key", f"row {row} has no {key}")
    found: dict[str, float] = {}
    for name, usd in zip(names.cells(), table.numbers(PRICE).tolist(), strict=True):
        assert name is not None
        if name in found:
            raise Refused("recycle.twice", f"{shown(name)} has its price twice")
        if not math.isfinite(usd) or usd > USD_MAX:
            raise _wrong(name, usd, f"to {USD_MAX:g}")
        found[name] = usd
    return found


def _wrong(name: str, usd: float, wanted: str) -> Refused:
    told = f"{shown(name)} costs {usd:g} USD a kilogram"
    return Refused("recycle.price", told, remedy=f"give a number {wanted}")
