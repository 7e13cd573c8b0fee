"""Is one quantity as it was: Shewhart's chart with the Western Electric rules, EWMA and CUSUM.

In: ``sample``, in order of time, and the quantity. Out: ``sample``; ``alarm``, 1 where any chart
alarms; ``chart``, that with the largest score ÷ limit: ``shewhart``, ``ewma`` or ``cusum``, with
``score`` and ``limit``, in standard deviations of the fault-free samples; ``reason``, every rule
that is broken. A sample without a value has no score, and the sums go on after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.control.capability import Capability, capability
from cellchain.science.control.cusum import DECISION, cusum
from cellchain.science.control.ewma import ewma
from cellchain.science.control.shewhart import Chart, individuals, signals
from cellchain.services.analysis.samples import check_finite, named
from cellchain.services.analysis.table import Table, Texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.control.shewhart import Flags
    from cellchain.science.portable import Floats

SAMPLE = "sample"
COLUMNS = (SAMPLE, "value")
SHEWHART_LIMIT = 3.0
MISSING = "no value"


@dataclass(frozen=True, slots=True)
class Tolerances:
    """Between which the quantity must lie, in its unit."""

    lower: float
    upper: float


def quantity_of(table: Table, name: str | None) -> str:
    """Return the name of the quantity: the one that is wanted, or the only one.

    Raises:
        Refused: ``control.quantity``: there are several, or none.
    """
    others = [one for one in table.names if one != SAMPLE]
    if name is not None and name != SAMPLE:
        table.column(name)
        return name
    if len(others) != 1 or name == SAMPLE:
        raise Refused(
            "control.quantity", f"{len(others)} columns besides {SAMPLE}: which one?",
            remedy="name the quantity with --of; many at once are for `quality control`",
        )  # fmt: skip
    return others[0]


def usual(table: Table, quantity: str) -> Chart:
    """Return centre and deviation of fault-free samples; those without a value are left out.

    Raises:
        Refused: ``control.constant``, ``control.few_rows``, ``table.…``.
    """
    return individuals(_known(table, quantity))


def capable(table: Table, quantity: str, tolerances: Tolerances, level: float) -> Capability:
    """Return how well fault-free samples fit between the tolerances.

    Raises:
        Refused: ``control.tolerances``, ``control.setting``, ``control.constant``, ``table.…``.
    """
    values = _known(table, quantity)
    with named((quantity,)):
        return capability(values, lower=tolerances.lower, upper=tolerances.upper, level=level)


def charted(table: Table, quantity: str, chart: Chart) -> Table:
    """Return what the charts say of each sample, from that sample and those before.

    Raises:
        Refused: ``control.not_finite``: an infinite value; ``table.…``.
    """
    values = table.numbers(quantity)
    check_finite(quantity, values, gaps=True)
    rows = np.flatnonzero(~np.isnan(values))
    names, scores, limits, broken = _scored(values[rows], chart) if len(rows) else _NOTHING
    largest = np.argmax(scores / limits, axis=1)
    each = np.arange(len(rows))
    chart_of, reasons = np.full(table.rows, -1), np.full(table.rows, MISSING, dtype=object)
    chart_of[rows] = largest
    reasons[rows] = [
        ", ".join(name for name, where in broken.items() if where[place]) or None
        for place in each.tolist()
    ]
    return Table(
        {
            SAMPLE: table.column(SAMPLE),
            "alarm": np.array([one not in {None, MISSING} for one in reasons], dtype=np.float64),
            "chart": Texts(chart_of.astype(np.int32), names),
            "score": _spread(scores[each, largest], rows, table.rows),
            "limit": _spread(limits[each, largest], rows, table.rows),
            "reason": Texts.of(reasons.tolist()),
        }
    )


_Scored: TypeAlias = "tuple[tuple[str, ...], Floats, Floats, dict[str, Flags]]"
_NOTHING: _Scored = ((), np.ones((0, 1)), np.ones((0, 1)), {})


def _scored(values: Floats, chart: Chart) -> _Scored:
    """Return the names of the charts, scores and limits, shape (n, 3), and the rules by name."""
    averages, sums = ewma(chart, values), cusum(chart, values)
    scores = (
        np.abs(chart.standardised(values)),
        np.abs(averages.average - chart.centre) / chart.deviation,
        np.maximum(sums.upper, sums.lower),
    )
    limits = (
        np.full(len(values), SHEWHART_LIMIT),
        averages.reach / chart.deviation,
        np.full(len(values), DECISION),
    )
    broken = {**signals(chart, values), "ewma": averages.alarm, "cusum": sums.alarm}
    names = ("shewhart", "ewma", "cusum")
    return names, np.column_stack(scores), np.column_stack(limits), broken


def _spread(found: Floats, rows: NDArray[np.intp], count: int) -> Floats:
    out = np.full(count, np.nan)
    out[rows] = found
    return out


def _known(table: Table, quantity: str) -> Floats:
    values = table.numbers(quantity)
    check_finite(quantity, values, gaps=True)
    known: Floats = values[~np.isnan(values)]
    if len(known) < 2:  # noqa: PLR2004  # a deviation needs two
        raise Refused(
            "control.few_rows", f"{len(known)} values", remedy="give more fault-free samples"
        )
    return known
