"""What is known of batteries that are graded: of each figure its value, evidence and day.

A figure stands in the column that a rule names; ``COLUMN_date`` is the day of its evidence, else
``evidence_date`` is; ``COLUMN_evidence`` names what it rests on. A flag is 0 or 1, no or yes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import EMPTY, shown
from cellchain.services.circle.grading_rules import Gate
from cellchain.services.circle.recycling_packs import chemistry_name
from cellchain.services.circle.value_packs import day_or_none

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from cellchain.services.analysis.table import Table
    from cellchain.services.circle.grading_rules import Looked, Rules

PACK, CHEMISTRY, PARENT, LEVEL, KWH = "pack", "chemistry", "parent", "level", "capacity_kwh"
LEVELS = ("pack", "module", "cell")
DAY = "evidence_date"
FINDINGS_MAX = 2_000_000
"""Of batteries and rules."""
KWH_MAX = 1e6
FLAGS = {"0": 0.0, "no": 0.0, "false": 0.0, "1": 1.0, "yes": 1.0, "true": 1.0}


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure of a battery."""

    value: float | None
    """Of a flag 0 or 1, of a day its ordinal; ``None`` where it is not told."""
    evidence: str = ""
    day: date | None = None


NOTHING = Fact(None)


@dataclass(frozen=True, slots=True)
class Graded:
    """A battery, module or cell that is graded."""

    name: str
    chemistry: str
    parent: str
    level: str
    kwh: float | None
    facts: dict[str, Fact]
    """By column."""


def columns_of(rules: Rules) -> tuple[str, ...]:
    """Return the columns of an empty file for these rules."""
    looked = dict.fromkeys(one.column for one in rules.looked)
    return (PACK, CHEMISTRY, *looked, DAY, PARENT, LEVEL, KWH)


def texts_of(rules: Rules) -> tuple[str, ...]:
    """Return the columns that are text, whatever they hold."""
    columns = {one.column for one in rules.looked}
    days = {one.column for one in rules.gates if one.kind in {"day", "flag"}}
    more = (f"{one}_{what}" for one in columns for what in ("date", "evidence"))
    return (PACK, CHEMISTRY, PARENT, LEVEL, DAY, *sorted(days), *sorted(more))


def graded_of(table: Table, rules: Rules) -> list[Graded]:
    """Return the batteries of a table.

    Raises:
        Refused: ``table.…``; ``grade.key``, ``grade.twice``, ``grade.size``, ``grade.number``,
            ``grade.flag``, ``grade.date``, ``grade.level``, ``grade.quantiles``: what cannot be,
            with its row.
    """
    if table.rows * len(rules.looked) > FINDINGS_MAX:
        told = (
            f"{table.rows} batteries by {len(rules.looked)} rules; at most {FINDINGS_MAX} of both"
        )
        raise Refused("grade.size", told, remedy="give fewer at once")
    names = _names(table)
    chemistries, parents = _cells(table, CHEMISTRY), _cells(table, PARENT)
    levels, kwh = _levels(table), _numbers(table, KWH, (0.0, KWH_MAX))
    facts = {rule.column: _facts(table, rule) for rule in rules.looked}
    _check_rising(facts)
    return [
        Graded(
            name=name, chemistry=chemistry_name(chemistries[row]), parent=parents[row],
            level=levels[row], kwh=kwh[row],
            facts={column: found[row] for column, found in facts.items()},
        )
        for row, name in enumerate(names)
    ]  # fmt: skip


def _check_rising(facts: Mapping[str, Sequence[Fact]]) -> None:
    """Refuse quantiles that cross: a lower one above a higher one of the same figure."""
    for low, high in (("_p10", "_p50"), ("_p50", "_p90"), ("_p10", "_p90")):
        for column in (one for one in facts if one.endswith(low)):
            other = column.removesuffix(low) + high
            pairs = zip(facts[column], facts.get(other, ()), strict=False)
            for row, (below, above) in enumerate(pairs, start=1):
                lo, hi = below.value, above.value
                if lo is not None and hi is not None and lo > hi:
                    raise Refused(
                        "grade.quantiles",
                        f"row {row}: {column} {lo:g} is above {other} {hi:g}",
                        remedy="give the lower quantile in the lower column",
                    )


def _facts(table: Table, rule: Looked) -> list[Fact]:
    if rule.column not in table.columns:
        return [NOTHING] * table.rows
    kind = rule.kind if isinstance(rule, Gate) else "least"
    values: list[float | None]
    if kind == "flag":
        values = _flags(table, rule.column)
    elif kind == "day":
        days = _days(table, rule.column)
        values = [None if one is None else float(one.toordinal()) for one in days]
    else:
        values = _numbers(table, rule.column, rule.limits)
    own = f"{rule.column}_date"
    dated = _days(table, own if own in table.columns else DAY)
    evidence = _cells(table, f"{rule.column}_evidence")
    return [
        Fact(value, told, day) for value, told, day in zip(values, evidence, dated, strict=True)
    ]


def _names(table: Table) -> list[str]:
    names = table.texts(PACK)
    if (names.codes == EMPTY).any():
        row = int((names.codes == EMPTY).argmax())
        raise Refused("grade.key", f"row {row + 1}: no battery is named")
    if len(names.labels) < table.rows:
        told = f"{shown(names.labels[int(np.bincount(names.codes).argmax())])} is there twice"
        raise Refused("grade.twice", told, remedy="give each battery a row and a name of its own")
    return [one or "" for one in names.cells()]


def _cells(table: Table, column: str) -> list[str]:
    if column not in table.columns:
        return [""] * table.rows
    return [(one or "").strip() for one in table.texts(column).cells()]


def _levels(table: Table) -> list[str]:
    found = [one.lower() or LEVELS[0] for one in _cells(table, LEVEL)]
    for row, one in enumerate(found):
        if one not in LEVELS:
            raise Refused(
                "grade.level", f"row {row + 1}: level {shown(one)!a}",
                remedy=f"say one of {', '.join(LEVELS)}",
            )  # fmt: skip
    return found


def _numbers(table: Table, column: str, limits: tuple[float, float]) -> list[float | None]:
    if column not in table.columns:
        return [None] * table.rows
    found = table.numbers(column)
    wrong = ~(np.isnan(found) | ((found >= limits[0]) & (found <= limits[1])))
    if wrong.any():
        row = int(wrong.argmax())
        raise Refused(
            "grade.number", f"row {row + 1}: {shown(column)} is {found[row]:g}",
            remedy=f"give a number from {limits[0]:g} to {limits[1]:g}",
        )  # fmt: skip
    return [None if one != one else one for one in found.tolist()]  # noqa: PLR0124  # NaN


def _flags(table: Table, column: str) -> list[float | None]:
    found: list[float | None] = []
    for row, text in enumerate(_cells(table, column)):
        if text and text.lower() not in FLAGS:
            raise Refused(
                "grade.flag", f"row {row + 1}: {shown(column)} is {shown(text)!a}",
                remedy="write 0 or 1, no or yes, or leave it empty where nobody knows",
            )  # fmt: skip
        found.append(FLAGS[text.lower()] if text else None)
    return found


def _days(table: Table, column: str) -> list[date | None]:
    found: list[date | None] = []
    for row, text in enumerate(_cells(table, column)):
        day = day_or_none(text)
        if text and day is None:
            raise Refused(
                "grade.date", f"row {row + 1}: {shown(column)} {shown(text)!a} is no day",
                remedy="write YYYY-MM-DD",
            )  # fmt: skip
        found.append(day)
    return found
