"""Is the process as it was: a row for each sample, from limits of fault-free ones.

In: ``sample``, in order of time, and a column of numbers for each variable. Out: ``sample``;
``alarm``, 1 where any chart is beyond its limit; ``chart``, that with the largest score ÷ limit,
with ``score`` and ``limit``; ``contributions`` of the variables to that score as JSON, the largest
first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.control.limits import Limits
from cellchain.science.control.monitoring import Plan, fit, watch
from cellchain.services.analysis.samples import check_finite, named
from cellchain.services.analysis.table import Table, Texts

if TYPE_CHECKING:
    from cellchain.science.portable import Floats

SAMPLE = "sample"
COLUMNS = (SAMPLE, "x01", "x02")
"""Of an empty file; the variables may have any names."""
DIGITS = 6


@dataclass(frozen=True, slots=True, eq=False)
class ProcessLimits:
    """What is usual, for variables of these names."""

    variables: tuple[str, ...]
    limits: Limits

    def to_json(self) -> bytes:
        """Return a file that `parse_limits` reads."""
        return msgspec.json.encode({"variables": self.variables, **self.limits.plain()})


def parse_limits(data: bytes) -> ProcessLimits:
    """Return the limits in a file.

    Raises:
        Refused: ``control.limits_form``, ``control.limits_version``.
    """
    try:
        plain = msgspec.json.decode(data, type=dict[str, Any])
        variables = msgspec.convert(plain.pop("variables", None), tuple[str, ...])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Refused(
            "control.limits_form", f"no limits: {error}", remedy="fit again, with --limits"
        ) from error
    limits = Limits.from_plain(plain)
    if not len(variables) == len(set(variables)) == len(limits.model.mean):
        raise Refused(
            "control.limits_form",
            f"{len(set(variables))} names for {len(limits.model.mean)} variables",
            remedy="fit again, with --limits",
        )
    return ProcessLimits(variables, limits)


def fitted(table: Table, rate: float) -> ProcessLimits:
    """Return the limits of fault-free samples.

    Args:
        table: Of the samples, in order of time, without a gap.
        rate: Of fault-free samples that may alarm, all charts together.

    Raises:
        Refused: ``control.…``, ``table.…``.
    """
    variables = tuple(name for name in table.names if name != SAMPLE)
    if not variables:
        raise Refused("control.shape", "no column but sample", remedy="add one for each variable")
    with named(variables):
        return ProcessLimits(variables, fit(_samples(table, variables), plan=Plan(rate=rate)))


def controlled(table: Table, limits: ProcessLimits) -> Table:
    """Return what the charts say of each sample, from that sample and those before.

    Raises:
        Refused: ``control.…``, ``table.…``.
    """
    found = watch(limits.limits, _samples(table, limits.variables))
    return Table(
        {
            SAMPLE: table.column(SAMPLE),
            "alarm": found.alarm.astype(np.float64),
            "chart": Texts.of(found.chart),
            "score": found.score,
            "limit": found.limit,
            "contributions": Texts.of(_told(row, limits.variables) for row in found.contributions),
        }
    )


def _samples(table: Table, variables: tuple[str, ...]) -> Floats:
    columns = {name: table.numbers(name) for name in variables}
    for name, values in columns.items():
        check_finite(name, values)
    return np.column_stack(list(columns.values()))


def _told(contributions: Floats, variables: tuple[str, ...]) -> str:
    order = np.argsort(-contributions, kind="stable").tolist()
    parts = {variables[n]: float(f"{contributions[n]:.{DIGITS}g}") for n in order}
    return msgspec.json.encode(parts).decode()
