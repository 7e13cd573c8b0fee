"""The tables of ``circle grade``: a row a battery, and a row a battery and rule.

Out: ``pack, level, parent, chemistry, channel, score, score_lo, score_hi, decided_by, reason,
expires, possible, next_test, decides, value_whole, value_apart, split, split_reason``. Beside it,
of each rule: ``pack, rule, kind, value, unit, threshold, evidence, evidence_date, outcome, expires,
reason, source, clause, status, valid_from, valid_to``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from cellchain.services.analysis.table import Table, Texts
from cellchain.services.circle.grading import graded
from cellchain.services.circle.grading_rules import Gate, Metric
from cellchain.services.circle.grading_split import check_parents, splits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cellchain.services.analysis.table import Column
    from cellchain.services.circle.grading import Finding, Grade
    from cellchain.services.circle.grading_packs import Graded
    from cellchain.services.circle.grading_rules import Channel, Rules
    from cellchain.services.circle.grading_split import Figures, Split


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Both tables, and how many batteries go where."""

    packs: Table
    rules: Table | None
    channels: dict[str, int]


def answered(
    packs: Sequence[Graded],
    rules: Rules,
    day: date,
    figures: Figures | None,
    *,
    traced: bool = True,
    progress: Callable[[int], None] = lambda _: None,
) -> Answer:
    """Return the grades of batteries on a day.

    Args:
        packs: What is known of them.
        rules: Those in force on that day.
        day: Of the question.
        figures: What parts earn and cost; nothing is taken apart without.
        traced: Whether a row of every rule is wanted.
        progress: Told how many are done.

    Raises:
        Refused: ``grade.parent``.
    """
    check_parents(packs)
    grades: dict[str, Grade] = {}
    for place, one in enumerate(packs):
        grades[one.name] = graded(one, rules, day)
        progress(place + 1)
    apart = splits(packs, grades, figures)
    rows = [(one, grades[one.name], apart[one.name]) for one in packs]
    return Answer(
        packs=_packs(rows),
        rules=_rules(rows, rules) if traced else None,
        channels=dict(sorted(Counter(one.channel for one in grades.values()).items())),
    )


def _packs(rows: Sequence[tuple[Graded, Grade, Split]]) -> Table:
    columns: dict[str, Column] = {
        "pack": Texts.of(one.name for one, _, _ in rows),
        "level": Texts.of(one.level for one, _, _ in rows),
        "parent": Texts.of(one.parent or None for one, _, _ in rows),
        "chemistry": Texts.of(one.chemistry or None for one, _, _ in rows),
        "channel": Texts.of(grade.channel for _, grade, _ in rows),
        "score": _numbers(grade.score for _, grade, _ in rows),
        "score_lo": _numbers(round(grade.score_lo, 2) for _, grade, _ in rows),
        "score_hi": _numbers(round(grade.score_hi, 2) for _, grade, _ in rows),
        "decided_by": Texts.of(grade.decided_by for _, grade, _ in rows),
        "reason": Texts.of(grade.reason or None for _, grade, _ in rows),
        "expires": _days(grade.expires for _, grade, _ in rows),
        "possible": Texts.of("; ".join(grade.possible) for _, grade, _ in rows),
        "next_test": Texts.of(grade.next_test or None for _, grade, _ in rows),
        "decides": Texts.of(grade.decides or None for _, grade, _ in rows),
        "value_whole": _numbers(_cents(split.whole) for _, _, split in rows),
        "value_apart": _numbers(_cents(split.parts) for _, _, split in rows),
        "split": _numbers(
            None if split.whole is None or split.parts is None else float(split.pays)
            for _, _, split in rows
        ),
        "split_reason": Texts.of(split.reason or None for _, _, split in rows),
    }
    return Table(columns)


@dataclass(frozen=True, slots=True)
class _Line:
    pack: str
    finding: Finding
    threshold: float | None
    needs: str


def _rules(rows: Sequence[tuple[Graded, Grade, Split]], rules: Rules) -> Table:
    needs = {one.id: _needs(one, rules.channels) for one in rules.metrics}
    lines = [
        _Line(one.name, finding, _threshold(finding), needs.get(finding.rule.id, ""))
        for one, grade, _ in rows
        for finding in grade.findings
    ]
    found = [line.finding for line in lines]
    columns: dict[str, Column] = {
        "pack": Texts.of(line.pack for line in lines),
        "rule": Texts.of(one.rule.id for one in found),
        "kind": Texts.of(one.rule.kind if isinstance(one.rule, Gate) else "metric"
                         for one in found),
        "value": Texts.of(map(_shown, found)),
        "unit": Texts.of(one.rule.unit or None for one in found),
        "threshold": _numbers(line.threshold for line in lines),
        "needs": Texts.of(line.needs or None for line in lines),
        "evidence": Texts.of(one.told.evidence or None for one in found),
        "evidence_date": _days(one.told.day for one in found),
        "outcome": Texts.of(one.outcome for one in found),
        "expires": _days(one.expires for one in found),
        "reason": Texts.of(one.reason for one in found),
        "test": Texts.of(one.rule.test for one in found),
        "source": Texts.of(one.rule.source for one in found),
        "clause": Texts.of(one.rule.clause for one in found),
        "status": Texts.of(one.rule.status for one in found),
        "valid_from": _days(one.rule.valid_from for one in found),
        "valid_to": _days(one.rule.valid_to for one in found),
    }  # fmt: skip
    return Table(columns)


def _needs(metric: Metric, channels: Sequence[Channel]) -> str:
    sign, sides = ("≥", [one.least for one in channels]) if metric.rises else (
        "≤", [one.most for one in channels])  # fmt: skip
    return "; ".join(
        f"{channel.id} {sign} {side[metric.id]:g}"
        for channel, side in zip(channels, sides, strict=True)
        if metric.id in side
    )


def _threshold(finding: Finding) -> float | None:
    return finding.rule.threshold if isinstance(finding.rule, Gate) else None


def _shown(finding: Finding) -> str | None:
    value = finding.told.value
    if value is None:
        return None
    if isinstance(finding.rule, Gate) and finding.rule.kind == "day":
        return date.fromordinal(int(value)).isoformat()
    return f"{value:g}"


def _cents(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _numbers(values: Iterable[float | None]) -> Column:
    return np.array([np.nan if one is None else one for one in values], np.float64)


def _days(days: Iterable[date | None]) -> Texts:
    return Texts.of(None if one is None else one.isoformat() for one in days)
