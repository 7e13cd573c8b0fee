"""``footprint product``: what a unit of each product emits, and through what.

In: flows, ``product, input, amount, unit, evidence``: what a unit of a product takes, where an
input may be another product; factors, ``input, unit, kg_co2e_per_unit, source, date, quality``.
Out: ``product, kg_co2e, lo, hi, level, primary_share``; the tree: ``product, input, amount, unit,
kg_co2e, share, evidence, source, date``, a row a flow, from which every branch follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.footprint.inventory import (
    Inventory,
    NotProductive,
    carried_kg,
    emitted,
)
from cellchain.science.footprint.pedigree import MARKS, log_deviation
from cellchain.science.intervals.conformal import check_level
from cellchain.services.analysis.table import EMPTY, SHOWN_MAX, Table, Texts, shown
from cellchain.services.footprint.columns import amounts, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Column, Floats

PRODUCT, INPUT, AMOUNT, UNIT, EVIDENCE = FLOW_COLUMNS = (
    "product", "input", "amount", "unit", "evidence",
)  # fmt: skip
FACTOR, SOURCE, DATE, QUALITY = "kg_co2e_per_unit", "source", "date", "quality"
FACTOR_COLUMNS = (INPUT, UNIT, FACTOR, SOURCE, DATE, QUALITY)
FLOW_TEXTS = (PRODUCT, INPUT, UNIT, EVIDENCE)
FACTOR_TEXTS = (INPUT, UNIT, SOURCE, DATE, QUALITY)
"""Text, whatever they hold."""
AMOUNT_MAX = 1e15
_DIGITS = frozenset("12345")


def footprints(flows: Table, factors: Table, level: float) -> tuple[Table, Table]:
    """Return what a unit of each product emits, in the order in which products come, and the tree.

    Raises:
        Refused: ``table.…``, ``interval.level``; ``footprint.key``, ``footprint.amount``,
            ``footprint.unit``, ``footprint.twice``, ``footprint.no_factor``, ``footprint.twofold``,
            ``footprint.quality``, ``footprint.circle``, ``footprint.no_scipy``: what clashes.
    """
    check_level(level)
    products, inputs = named(flows, PRODUCT).labels, _inputs(factors)
    both = set(products) & set(inputs)
    if both:
        told = f"{shown(min(both))} has flows and a factor"
        raise Refused("footprint.twofold", told, remedy="keep one of them, or rename one")
    source = _sources(flows, products, inputs)
    _check_units(flows, factors, source, len(products))
    inventory = Inventory(
        product=flows.texts(PRODUCT).codes.astype(np.intp),
        source=source,
        amount=amounts(flows, AMOUNT, AMOUNT_MAX),
        evident=_evident(flows.texts(EVIDENCE)),
        factor_kg=amounts(factors, FACTOR, AMOUNT_MAX),
        log_deviation=np.array([log_deviation(one) for one in _marks(factors)]),
        products=len(products),
    )
    try:
        found = emitted(inventory, level)
    except NotProductive as error:
        if not len(error.products):
            raise Refused(
                "footprint.amount", "amounts and factors multiply beyond all numbers",
                remedy="look at the units these are in",
            ) from error  # fmt: skip
        names = ", ".join(shown(products[one]) for one in error.products[:SHOWN_MAX].tolist())
        raise Refused(
            "footprint.circle",
            f"these take each other in a circle that needs more than it makes: {names}",
            remedy="look at their amounts, and at the units these are in",
        ) from error
    answer: dict[str, Column] = {
        PRODUCT: Texts(np.arange(len(products), dtype=np.int32), products),
        "kg_co2e": found.kg,
        "lo": found.lo_kg,
        "hi": found.hi_kg,
        "level": np.full(len(products), level),
        "primary_share": found.primary_share,
    }
    return Table(answer), _tree(flows, factors, inventory, found.kg)


def _evident(column: Texts) -> NDArray[np.bool_]:
    """Return which rows name where their amount is documented; spaces name nothing."""
    named = np.array([*(bool(one.strip()) for one in column.labels), False])
    found: NDArray[np.bool_] = named[column.codes]  # the last is that of an empty cell
    return found


def _tree(flows: Table, factors: Table, inventory: Inventory, kg: Floats) -> Table:
    carried = carried_kg(inventory, kg)
    whole = kg[inventory.product]
    origin = np.where(inventory.source >= inventory.products, inventory.source, -1)
    place = np.where(origin >= 0, origin - inventory.products, EMPTY)
    share = np.divide(carried, whole, out=np.zeros_like(carried), where=whole > 0)
    return Table(
        {
            **{name: flows.texts(name) for name in (PRODUCT, INPUT)},
            AMOUNT: inventory.amount,
            UNIT: flows.texts(UNIT),
            "kg_co2e": carried,
            "share": share,
            EVIDENCE: flows.texts(EVIDENCE),
            **{name: _of_rows(factors.texts(name), place) for name in (SOURCE, DATE)},
        }
    )


def _of_rows(column: Texts, rows: NDArray[np.intp]) -> Texts:
    codes = np.append(column.codes, EMPTY)[rows]  # the last is that of no row
    return Texts(codes.astype(np.int32), column.labels)


def _inputs(factors: Table) -> tuple[str, ...]:
    column = named(factors, INPUT)
    if len(column.labels) < factors.rows:
        seen = np.bincount(column.codes)
        told = f"{shown(column.labels[int(seen.argmax())])} has its factor twice"
        raise Refused("footprint.twice", told, remedy="keep one of them")
    return column.labels


def _sources(flows: Table, products: Sequence[str], inputs: Sequence[str]) -> NDArray[np.intp]:
    known = {name: place for place, name in enumerate((*products, *inputs))}
    column = named(flows, INPUT)
    unknown = sorted(name for name in column.labels if name not in known)
    if unknown:
        raise Refused(
            "footprint.no_factor",
            f"{', '.join(map(shown, unknown[:SHOWN_MAX]))}: neither a product nor an input with a"
            f" factor, {len(unknown)} in all",
            remedy="add a factor with its source, or the flows that it consists of",
        )
    found: NDArray[np.intp] = np.array([known[one] for one in column.labels], np.intp)[column.codes]
    return found


def _check_units(flows: Table, factors: Table, source: NDArray[np.intp], products: int) -> None:
    """Refuse a flow in another unit than its factor's, or than other flows of the same product."""
    units = flows.texts(UNIT).cells()
    known: dict[int, tuple[str | None, str]] = {
        products + place: (unit, "its factor")
        for place, unit in enumerate(factors.texts(UNIT).cells())
    }
    for row, (one, unit) in enumerate(zip(source.tolist(), units, strict=True)):
        other, whose = known.setdefault(one, (unit, f"row {row + 1}"))
        if unit is None or unit != other:
            told = f"row {row + 1}: {shown(flows.texts(INPUT).cells()[row] or '')} in"
            raise Refused(
                "footprint.unit",
                f"{told} {shown(unit or 'no unit')}, {whose} in {shown(other or 'no unit')}",
                remedy="convert the amounts to one unit",
            )


def _marks(factors: Table) -> list[tuple[int, ...]]:
    """Return the five marks of each factor; one mark stands for all five."""
    found = []
    for name, quality in zip(
        factors.texts(INPUT).cells(), factors.texts(QUALITY).cells(), strict=True
    ):
        digits = (quality or "").replace(" ", "")
        if len(digits) not in (1, MARKS) or not set(digits) <= _DIGITS:
            raise Refused(
                "footprint.quality",
                f"{shown(name or '')} has the quality {shown(quality or '')!a}",
                remedy="give five marks from 1 to 5, such as 21312, or one that stands for all",
            )
        found.append(tuple(map(int, digits * (MARKS // len(digits)))))
    return found
