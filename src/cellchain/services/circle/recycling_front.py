"""What routes of recycling earn and emit by kilogram of cell, and which of them nothing beats.

The front is of the lawful ones, in the two goals that are drawn: no other earns as much and emits
as little. The column ``pareto`` of an answer is of one battery and counts critical materials too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.services.analysis.shapes import Course, Picture, shown_name
from cellchain.services.circle.recycling_packs import PACK, packs_of
from cellchain.services.circle.recycling_tables import cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Floats, Table

ROUTES_MAX = 4
POINTS_MAX = 400
"""Of a route, different ones."""
DIGITS = 6
INK = 7
"""Hue of the front, which is of no route."""
EARNED, EMITTED = "margin, USD per kg of cell", "kg CO2e per kg of cell"
FRONT = "the front, lawful and beaten by none"


def front_picture(packs: Table, answer: Table) -> Picture | None:
    """Return routes by what they earn and emit a kilogram; nothing where no row has both.

    Args:
        packs: What was asked, see `recycling_packs`.
        answer: See `recycling.recycled`.
    """
    kg = _mass_kg(packs, answer)
    usd, co2e = (answer.numbers(one) / kg for one in ("net_margin_usd", "co2e_kg"))
    known = np.isfinite(usd + co2e)
    lawful = answer.numbers("lawful") == 1
    if not known.any():
        return None
    routes = answer.texts("route")
    points = np.column_stack([_rounded(co2e), _rounded(usd)])
    courses: list[Course] = []
    drawn = np.zeros(answer.rows, bool)
    for hue, route in enumerate(_most(routes.codes[known & lawful], routes.codes[known]), 1):
        for allowed, word in ((lawful, "lawful"), (~lawful, "not lawful")):
            mine = known & allowed & (routes.codes == route)
            if mine.any():
                found = np.unique(points[mine], axis=0)[:POINTS_MAX]
                drawn |= mine
                name = shown_name(f"{routes.labels[route]}, {word}")
                courses.append(_course(name, found, hue, crosses=word != "lawful"))
    best = front(points[drawn & lawful])
    if len(best):
        courses.append(Course(FRONT, _row(best[:, 0]), _row(best[:, 1]), hue=INK))
    said = _said(best, int((drawn & lawful).sum()), int((drawn & ~lawful).sum()))
    title = "What routes earn and emit a kilogram"
    return Picture(title, EMITTED, EARNED, courses=tuple(courses), said=said)


def front(points: Floats) -> Floats:
    """Return the points that none beats, by what they emit; each once.

    Args:
        points: kg CO2e and USD, shape [n, 2].
    """
    if not len(points):
        return points
    sorted_by = np.lexsort((-points[:, 1], points[:, 0]))
    ordered = points[sorted_by]
    before = np.concatenate([[-np.inf], np.maximum.accumulate(ordered[:, 1])[:-1]])
    best: Floats = ordered[ordered[:, 1] > before]
    return best


def _mass_kg(packs: Table, answer: Table) -> Floats:
    """Return the mass of cells of the battery of each row."""
    found = packs_of(packs, tuple(cells().cells))
    by_name = dict(zip(found.names.cells(), found.cell_kg.tolist(), strict=True))
    column = answer.texts(PACK)
    of_label = np.array([by_name[one] for one in column.labels], np.float64)
    mass: Floats = of_label[column.codes]
    return np.where(mass > 0, mass, np.nan)


def _most(lawful: NDArray[np.int32], known: NDArray[np.int32]) -> list[int]:
    """Return the routes that are drawn: those with most lawful rows, then with most rows."""
    count = int(known.max()) + 1
    counts = [np.bincount(one, minlength=count) for one in (lawful, known)]
    order = np.lexsort((-counts[1], -counts[0])).tolist()
    return [one for one in order if counts[1][one]][:ROUTES_MAX]


def _course(name: str, found: Floats, hue: int, *, crosses: bool) -> Course:
    return Course(name, _row(found[:, 0]), _row(found[:, 1]), dots=True, crosses=crosses, hue=hue)


def _said(best: Floats, lawful: int, others: int) -> str:
    counts = f"{lawful} lawful rows and {others} that are not"
    if not len(best):
        return f"{counts}: no route is lawful, so there is no front."
    least, most = best[0], best[-1]
    if len(best) == 1:
        return (
            f"{counts}. One beats all lawful others: {most[1]:,.3g} USD and {most[0]:,.3g} kg CO2e"
            " by kilogram of cell."
        )
    return (
        f"{counts}. Nothing beats {len(best)} of them, from {least[1]:,.3g} USD at {least[0]:,.3g}"
        f" kg CO2e to {most[1]:,.3g} USD at {most[0]:,.3g} kg CO2e by kilogram of cell."
    )


def _rounded(values: Floats) -> Floats:
    """Return values to so many digits: rows that differ by rounding alone are one point."""
    known = np.isfinite(values) & (values != 0)
    size = np.ceil(np.log10(np.abs(np.where(known, values, 1.0))))
    scale = 10.0 ** (DIGITS - size)
    return np.where(known, np.round(values * scale) / scale, values)


def _row(values: Floats) -> tuple[float, ...]:
    return tuple(values.tolist())
