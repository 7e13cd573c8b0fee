"""A footprint as a waterfall: what each input adds, until all together are the product's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.services.analysis.shapes import Picture, Step, amount_shown, shown_name
from cellchain.services.footprint.product import INPUT, PRODUCT

if TYPE_CHECKING:
    from cellchain.services.analysis.table import Table

STEPS_MAX = 12
"""Those that add most; the others are one step."""
SAID_MAX = 3


def waterfall(answer: Table, tree: Table) -> Picture | None:
    """Return what the inputs of a product add, the most first; nothing without a product.

    Of many products it is the one that emits most among those that no other takes.

    Args:
        answer: See `product.footprints`.
        tree: Likewise.
    """
    kg = answer.numbers("kg_co2e")
    if not answer.rows:
        return None
    names = answer.texts(PRODUCT).cells()
    taken = {one for one in tree.texts(INPUT).labels if one in set(names)}
    last = np.array([one not in taken for one in names])
    whole = int(np.argmax(np.where(last, kg, -np.inf) if last.any() else kg))
    total, name = float(kg[whole]), names[whole] or "?"
    column = tree.texts(PRODUCT)
    rows = np.flatnonzero(np.array([*(one == name for one in column.labels), False])[column.codes])
    carried = tree.numbers("kg_co2e")[rows]
    order = np.argsort(-np.abs(carried), kind="stable")
    inputs = tree.texts(INPUT).cells()
    parts = [(shown_name(inputs[rows[one]] or "?"), float(carried[one])) for one in order.tolist()]
    if len(parts) > STEPS_MAX:
        rest = sum(one for _, one in parts[STEPS_MAX - 1 :])
        parts = [*parts[: STEPS_MAX - 1], (f"{len(parts) - STEPS_MAX + 1} others", rest)]
    lo, hi = (float(answer.numbers(one)[whole]) for one in ("lo", "hi"))
    level = float(answer.numbers("level")[whole])
    steps = (*_falling(parts), Step("total", 0.0, total, total=True, lo=lo, hi=hi))
    told = ", ".join(f"{one} {amount_shown(added)}" for one, added in parts[:SAID_MAX])
    more = f" and {len(parts) - SAID_MAX} more" if len(parts) > SAID_MAX else ""
    said = (
        f"A unit of {shown_name(name)} emits {amount_shown(total)} kg CO2e, between"
        f" {amount_shown(lo)} and {amount_shown(hi)} at {level:.0%}; most by {told}{more}."
    )
    title = f"What makes the footprint of {shown_name(name)}"
    return Picture(title, "kg CO2e a unit", "", steps=steps, said=said)


def _falling(parts: list[tuple[str, float]]) -> tuple[Step, ...]:
    at, steps = 0.0, []
    for name, added in parts:
        steps.append(Step(name, at, at + added))
        at += added
    return tuple(steps)
