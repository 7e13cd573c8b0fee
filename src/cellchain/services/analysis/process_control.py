"""Is the process as it was: a row for each sample, from limits of fault-free ones.

In: ``sample``, in order of time, and a column of numbers for each variable. Out: ``sample``;
``alarm``, 1 where any chart is beyond its limit; ``chart``, that with the largest score ÷ limit,
with ``score`` and ``limit``; ``contributions`` of the variables to that score as JSON, the largest
first; ``reason``, what is missing. A sample that lacks a value has no answer; of those after it,
charts that look back are silent until their past is whole again.
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
from cellchain.services.analysis.table import SHOWN_MAX, Table, Texts, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

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
        table: Of the samples, in order of time; those that lack a value are left out.
        rate: Of fault-free samples that may alarm, all charts together.

    Raises:
        Refused: ``control.…``, ``table.…``.
    """
    variables = tuple(name for name in table.names if name != SAMPLE)
    if not variables:
        raise Refused("control.shape", "no column but sample", remedy="add one for each variable")
    samples = _samples(table, variables)
    if table.rows and not _whole(samples).any():
        gaps = np.isnan(samples).sum(axis=0)
        raise Refused(
            "control.few_rows",
            f"every sample lacks a value, {gaps.max()} of {table.rows} that of "
            f"{shown(variables[int(gaps.argmax())])!r}",
            remedy="leave out the column, or fill it",
        )
    with named(variables):
        return ProcessLimits(variables, fit(*_runs(samples), plan=Plan(rate=rate)))


def incomplete(table: Table) -> int:
    """Return how many samples lack a value: `fitted` leaves them out."""
    variables = tuple(name for name in table.names if name != SAMPLE)
    return int(np.count_nonzero(~_whole(_samples(table, variables))))


def _runs(samples: Floats) -> list[Floats]:
    """Return the samples cut where one lacks a value, without that one."""
    whole = _whole(samples)
    parts = np.split(np.arange(len(samples)), np.flatnonzero(np.diff(whole)) + 1)
    return [samples[rows] for rows in parts if not len(rows) or whole[rows[0]]]


def controlled(table: Table, limits: ProcessLimits) -> Table:
    """Return what the charts say of each sample, from that sample and those before.

    Raises:
        Refused: ``control.…``, ``table.…``.
    """
    samples = _samples(table, limits.variables)
    found = watch(limits.limits, samples)
    whole = _whole(samples)
    charts = [form.name for form in limits.limits.model.forms]
    told = zip(found.chart, found.contributions, found.silent, samples, whole, strict=True)
    texts = [
        (chart, _told(parts, limits.variables), _listed("without its past", silent, charts))
        if answered
        else (None, None, _listed("no value", np.isnan(sample), limits.variables))
        for chart, parts, silent, sample, answered in told
    ]
    chart, contributions, reason = zip(*texts, strict=True) if texts else ((), (), ())
    return Table(
        {
            SAMPLE: table.column(SAMPLE),
            "alarm": np.where(whole, found.alarm, np.nan),
            "chart": Texts.of(chart),
            "score": found.score,
            "limit": np.where(whole, found.limit, np.nan),
            "contributions": Texts.of(contributions),
            "reason": Texts.of(reason),
        }
    )


def _whole(samples: Floats) -> NDArray[np.bool_]:
    """Return which samples lack no value."""
    found: NDArray[np.bool_] = np.all(np.isfinite(samples), axis=1)
    return found


def _listed(what: str, which: NDArray[np.bool_], names: Sequence[str]) -> str | None:
    """Return what is the matter with some of ``names``; nothing if with none."""
    places = np.flatnonzero(which).tolist()
    if not places:
        return None
    first = ", ".join(shown(names[place]) for place in places[:SHOWN_MAX])
    others = len(places) - SHOWN_MAX
    return f"{what}: {first}{f' and {others} more' if others > 0 else ''}"


def _samples(table: Table, variables: tuple[str, ...]) -> Floats:
    columns = {name: table.numbers(name) for name in variables}
    for name, values in columns.items():
        check_finite(name, values, gaps=True)
    return np.column_stack(list(columns.values()))


def _told(contributions: Floats, variables: tuple[str, ...]) -> str:
    order = np.argsort(-contributions, kind="stable").tolist()
    parts = {variables[n]: float(f"{contributions[n]:.{DIGITS}g}") for n in order}
    return msgspec.json.encode(parts).decode()
