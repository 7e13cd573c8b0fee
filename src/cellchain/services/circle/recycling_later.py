r"""Packs that are used once more before they are recycled: a way beside the routes.

What a way earns is the value of the second life, told by the file of packs, and what the route
that ends it earns, at prices of today, $y$ years later at a discount $d$:
$V + M / (1 + d)^y$. Its materials and greenhouse gases are those of the route; what using the pack
emits or saves is not counted. It is as lawful as the route that ends it, by the gates of the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Floats, Table

VALUE, YEARS = COLUMNS = ("second_life_value_usd", "second_life_years")
USD_MAX = 1e12
YEARS_MAX = 50.0


@dataclass(frozen=True, slots=True, eq=False)
class SecondLives:
    """Of each pack; NaN where it has none."""

    value_usd: Floats
    years: Floats
    factor: Floats
    """By which later money is multiplied."""

    @property
    def there(self) -> NDArray[np.bool_]:
        """Which packs have one."""
        return ~np.isnan(self.value_usd)


def second_lives(table: Table, discount: float | None) -> SecondLives | None:
    """Return the second lives that a table tells of, None where it has no column of them.

    Args:
        table: Packs.
        discount: Share a year by which later money is worth less.

    Raises:
        Refused: ``table.…``; ``recycle.second_life``, ``recycle.discount``.
    """
    if discount is not None and not 0 <= discount <= 1:
        raise Refused(
            "recycle.discount", f"the discount is {discount:g}", remedy="give a share from 0 to 1"
        )
    if not set(COLUMNS) & set(table.columns):
        return None
    value, years = table.numbers(VALUE), table.numbers(YEARS)
    told = ~np.isnan(value)
    wrong = (told != ~np.isnan(years)) | (
        told & ~((value >= 0) & (value <= USD_MAX) & (years > 0) & (years <= YEARS_MAX))
    )
    if wrong.any():
        row = int(wrong.argmax())
        raise Refused(
            "recycle.second_life",
            f"row {row + 1}: {VALUE} is {value[row]:g}, {YEARS} {years[row]:g}",
            remedy=f"give USD from 0 and years to {YEARS_MAX:g}, or neither",
        )
    if told.any() and discount is None:
        raise Refused(
            "recycle.discount",
            "packs have a second life, and nobody says what later money is worth",
            remedy="give --discount, such as 0.08 for 8 % a year",
        )
    return SecondLives(value, years, (1 + (discount or 0.0)) ** -years)


def best_end(margin: Floats, allowed: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return of each pack the lawful route with most margin, of all where none is lawful.

    Args:
        margin: USD, shape (packs, routes).
        allowed: Likewise.
    """
    counted = np.where(allowed | ~allowed.any(axis=1, keepdims=True), margin, -np.inf)
    found: NDArray[np.intp] = np.where(np.isnan(counted), -np.inf, counted).argmax(axis=1)
    return found
