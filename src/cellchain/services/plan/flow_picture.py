"""Stock and flow as streams: what flows in, is in use, leaves, is collected and comes back.

Over years that are told, sums of them: $ S_0 + I = S_1 + E $ of what is in use, and
$ C = H + R + L $ of what is collected, where $ H $ stays in second use, $ R $ is recovered and
$ L $ is lost in recycling. What flows into a pool flows on, to rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.stock.projection import (
    COLLECTED,
    DEMAND,
    END_OF_LIFE,
    IN_STOCK,
    INFLOW,
    OUTFLOW,
    RECOVERED,
    SECOND_LIFE,
    STOCK,
)
from cellchain.services.analysis.shapes import Flow, Picture, Pool, Stream, amount_shown, shown_name
from cellchain.services.plan.materials import MATERIAL
from cellchain.services.plan.stock import CHEMISTRY, YEAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.services.analysis.table import Table

PICTURES_MAX = 3
"""Materials, those of which most flows in."""
CHEMISTRIES_MAX = 6
ROUNDING = 1e-9
"""Share of all that flows: less is no stream."""


def material_pictures(flows: Table, until: int | None = None) -> tuple[Picture, ...]:
    """Return the streams of the materials of which most flows in, all years to one together.

    Args:
        flows: A row a year and material, see `materials`.
        until: The last year that counts; the last there is where None.

    Raises:
        Refused: ``stock.year``: there is no such year.
    """
    column = flows.texts(MATERIAL)
    last = _last(flows, until)
    counted = flows.numbers(YEAR) <= last
    inflow = np.bincount(column.codes[counted], flows.numbers(DEMAND)[counted], len(column.labels))
    most = np.argsort(-inflow, kind="stable").tolist()[:PICTURES_MAX]
    drawn = (_material(flows, column.labels[one], column.codes == one, last)
             for one in most if inflow[one] > 0)  # fmt: skip
    return tuple(one for one in drawn if one is not None)


def battery_picture(batteries: Table, until: int | None = None) -> Picture | None:
    """Return the streams of batteries, by the chemistries of which most flows in.

    Args:
        batteries: A row a year and chemistry, see `stock`.
        until: The last year that counts; the last there is where None.

    Raises:
        Refused: ``stock.year``: there is no such year.
    """
    last = _last(batteries, until)
    column, years = batteries.texts(CHEMISTRY), batteries.numbers(YEAR)
    counted, at_end = years <= last, years == last
    came = np.bincount(
        column.codes[counted], batteries.numbers(INFLOW)[counted], len(column.labels)
    )
    left = float(batteries.numbers(OUTFLOW)[counted].sum())
    stay = float(batteries.numbers(STOCK)[at_end].sum())
    before = left + stay - float(came.sum())
    most = np.argsort(-came, kind="stable").tolist()
    named = [(shown_name(column.labels[one]), float(came[one])) for one in most]
    if len(named) > CHEMISTRIES_MAX:
        rest = sum(kwh for _, kwh in named[CHEMISTRIES_MAX - 1 :])
        named = [*named[: CHEMISTRIES_MAX - 1], (f"{len(most) - CHEMISTRIES_MAX + 1} others", rest)]
    ends = [("still in use", stay), ("end of life", left)]
    links = [*((one, "in use", kwh) for one, kwh in named), ("in use before", "in use", before),
             *(("in use", one, kwh) for one, kwh in ends)]  # fmt: skip
    columns = [[*(one for one, _ in named), "in use before"], ["in use"], [one for one, _ in ends]]
    title = f"Batteries, {years.min():.0f} to {last}"
    return _picture(title, columns, links, "kWh")


def _material(flows: Table, name: str, mine: np.ndarray, last: int) -> Picture | None:
    years = flows.numbers(YEAR)
    counted, at_end = mine & (years <= last), mine & (years == last)
    came, left, collected, back = (
        float(flows.numbers(one)[counted].sum())
        for one in (DEMAND, END_OF_LIFE, COLLECTED, RECOVERED)
    )
    stay, held = (float(flows.numbers(one)[at_end].sum()) for one in (IN_STOCK, SECOND_LIFE))
    links = [
        ("flows in", "in use", came),
        ("in use before", "in use", stay + left - came),
        ("in use", "still in use", stay),
        ("in use", "end of life", left),
        ("end of life", "collected", collected),
        ("end of life", "not collected", left - collected),
        ("collected", "recovered", back),
        ("collected", "in second life", held),
        ("collected", "lost in recycling", collected - held - back),
    ]
    columns = [
        ["flows in", "in use before"], ["in use"], ["still in use", "end of life"],
        ["collected", "not collected"], ["recovered", "in second life", "lost in recycling"],
    ]  # fmt: skip
    title = f"{shown_name(name)}, {years[mine].min():.0f} to {last}"
    return _picture(title, columns, links, "kg")


def _picture(
    title: str,
    columns: Sequence[Sequence[str]],
    links: Sequence[tuple[str, str, float]],
    unit: str,
) -> Picture | None:
    """Return streams between pools by name; those that are nothing but rounding are left out."""
    least = ROUNDING * max((kg for *_, kg in links), default=0.0)
    real = [one for one in links if one[2] > least]
    if not real:
        return None
    amounts = {name: max(sum(kg for source, _, kg in real if source == name),
                         sum(kg for _, target, kg in real if target == name))
               for names in columns for name in names}  # fmt: skip
    pools = [Pool(name, place, amounts[name])
             for place, names in enumerate(columns) for name in names if amounts[name]]  # fmt: skip
    at = {one.name: place for place, one in enumerate(pools)}
    streams = tuple(Stream(at[source], at[target], kg) for source, target, kg in real)
    said = f"{title}: {'; '.join(_told(one, unit) for one in pools)}."
    flow = Flow(tuple(pools), streams, unit)
    return Picture(title, "", "", flow=flow, said=said)


def _told(one: Pool, unit: str) -> str:
    return f"{one.name} {amount_shown(one.amount)} {unit}"


def _last(table: Table, until: int | None) -> int:
    years = table.numbers(YEAR)
    first, last = (int(one) for one in (years.min(), years.max()))
    if until is not None and until not in range(first, last + 1):
        raise Refused(
            "stock.year", f"the year {until} is outside {first} to {last}",
            remedy="name one of these",
        )  # fmt: skip
    return last if until is None else until
