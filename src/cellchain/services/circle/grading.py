"""``circle grade``: where each battery may go next, by which rule, value and evidence, until when.

Hard gates are asked first: the first that fails, in the order of the rules, decides, and no score
outweighs it. A failure stands until newer evidence; what passes counts only while its evidence
does. Then figures are scored, and the best channel whose needs are met is granted. What is not
known may be anything: a channel is granted only if nothing that is unknown could lower it, else the
battery waits for the test that narrows what is possible most.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cellchain.services.circle.grading_rules import RECYCLING, TESTS, Gate, Metric
from cellchain.services.circle.recycling_packs import chemistry_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cellchain.services.circle.grading_packs import Fact, Graded
    from cellchain.services.circle.grading_rules import Channel, Looked, Rules

PASSED, FAILED, UNKNOWN, SCORED, NOT_ASKED = "passed", "failed", "unknown", "scored", "not asked"
OUTCOMES = (PASSED, FAILED, UNKNOWN, SCORED, NOT_ASKED)
FULL_SCORE = 100.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of a battery."""

    rule: Looked
    value: float | None
    """``None`` where nobody tells it, or its evidence no longer counts."""
    told: Fact
    outcome: str
    reason: str
    expires: date | None
    """The last day on which it is so; for ever where there is none."""


@dataclass(frozen=True, slots=True)
class Grade:
    """Where a battery may go."""

    channel: str
    score: float | None
    """0 to 100; ``None`` where a figure is unknown, or a gate has decided."""
    score_lo: float
    score_hi: float
    decided_by: str
    reason: str
    expires: date | None
    possible: tuple[str, ...]
    """Where it may still end."""
    next_test: str
    decides: str
    findings: tuple[Finding, ...]


def graded(pack: Graded, rules: Rules, day: date) -> Grade:
    """Return the grade of a battery on a day.

    Args:
        pack: What is known of it.
        rules: Those in force on that day, the best channel first.
        day: Of the question.
    """
    findings = tuple(_finding(pack, rule, day) for rule in rules.looked)
    values = {
        one.rule.id: one.value
        for one in findings
        if not isinstance(one.rule, Gate) and one.outcome != NOT_ASKED
    }
    metrics = [one for one in rules.metrics if one.id in values]
    low, high = _score(metrics, values)
    failed = [one for one in findings if one.outcome == FAILED]
    open_gates = [one.rule for one in findings if _is_open_gate(one)]
    reached = _reachable(rules, metrics, values)
    possible = _joined(open_gates, reached)
    known = None if low != high else round(low, 2)
    if failed:
        first = failed[0].rule
        assert isinstance(first, Gate)
        others = f"; fails as well: {', '.join(one.rule.id for one in failed[1:])}"
        return Grade(
            first.fails_to, None, low, high, first.id,
            failed[0].reason + (others if failed[1:] else ""), failed[0].expires,
            (first.fails_to,), "", "", findings,
        )  # fmt: skip
    if len(possible) == 1:
        by, why = _decision(rules, metrics, values, possible[0])
        return Grade(
            possible[0], known, low, high, by, why, _expiry(findings, rules, possible[0]),
            possible, "", "", findings,
        )  # fmt: skip
    rule, told = _next_test(rules, findings, metrics, values)
    unknown = [one for one in findings if one.outcome == UNKNOWN]
    why = "; ".join(f"{one.rule.id}: {one.reason}" for one in unknown)
    return Grade(
        TESTS, known, low, high, rule.id, why, None, possible, rule.test, told, findings
    )  # fmt: skip


def _is_open_gate(one: Finding) -> bool:
    return isinstance(one.rule, Gate) and one.outcome == UNKNOWN


def _finding(pack: Graded, rule: Looked, day: date) -> Finding:
    fact = pack.facts[rule.column]
    meant = {chemistry_name(one) for one in rule.chemistries}
    if meant and pack.chemistry and pack.chemistry not in meant:
        return Finding(rule, None, fact, NOT_ASKED, f"not for {pack.chemistry}", None)
    if fact.value is None or (meant and not pack.chemistry):
        what = rule.column if fact.value is None else "the chemistry"
        return Finding(rule, None, fact, UNKNOWN, f"{what} is not told", None)
    told = _told(rule, fact.value)
    if isinstance(rule, Gate) and not rule.passes(fact.value, day):
        return Finding(rule, fact.value, fact, FAILED, told, None)
    stale, expires = _staleness(rule, fact, day)
    if stale:
        return Finding(rule, None, fact, UNKNOWN, stale, expires)
    if isinstance(rule, Gate) and rule.kind == "day":
        last = date.fromordinal(int(fact.value))
        expires = last if expires is None else min(last, expires)
    outcome = PASSED if isinstance(rule, Gate) else SCORED
    return Finding(rule, fact.value, fact, outcome, told, expires)


def _staleness(rule: Looked, fact: Fact, day: date) -> tuple[str, date | None]:
    """Return why evidence does not count, and until when it does."""
    if fact.day is not None and fact.day > day:
        return f"the evidence is of {fact.day}, later than {day}", None
    if rule.lifetime_days is None:
        return "", None
    if fact.day is None:
        return f"the evidence has no day, and lasts {rule.lifetime_days} days", None
    end = fact.day.toordinal() + rule.lifetime_days
    last = date.fromordinal(min(end, date.max.toordinal()))
    return (f"the evidence of {fact.day} expired on {last}" if last < day else "", last)


def _told(rule: Looked, value: float) -> str:
    unit = f" {rule.unit}" if rule.unit else ""
    if isinstance(rule, Metric):
        return f"{value:g}{unit}: {rule.points(value):.2f} of 1"
    assert isinstance(rule, Gate)
    if rule.kind == "day":
        return f"{rule.column} is {date.fromordinal(int(value))}"
    asked = {"flag": "", "least": "at least ", "most": "at most "}[rule.kind]
    return f"{rule.column} is {value:g}{unit}, {asked}{rule.threshold:g} is asked"


def _score(metrics: Sequence[Metric], values: Mapping[str, float | None]) -> tuple[float, float]:
    """Return the least and the greatest score, as what is unknown is worst or best."""
    whole = sum(one.weight for one in metrics)
    low = high = 0.0
    for one in metrics:
        value = values[one.id]
        low += one.weight * (0.0 if value is None else one.points(value))
        high += one.weight * (1.0 if value is None else one.points(value))
    return (FULL_SCORE * low / whole, FULL_SCORE * high / whole) if whole else (0.0, 0.0)


def _reachable(
    rules: Rules, metrics: Sequence[Metric], values: Mapping[str, float | None]
) -> tuple[str, ...]:
    """Return the channels that may be granted, the best first, as unknown figures turn out."""
    low, high = _score(metrics, values)
    found = []
    for channel in rules.channels:
        needs = [_meets(channel, name, value) for name, value in values.items()]
        if high < channel.least_score or False in needs:
            continue
        found.append(channel.id)
        if low >= channel.least_score and None not in needs:
            return tuple(found)
    return (*found, RECYCLING)


def _meets(channel: Channel, metric: str, value: float | None) -> bool | None:
    """Return whether a figure meets what a channel needs; ``None`` where nobody knows."""
    if metric in channel.least:
        return None if value is None else value >= channel.least[metric]
    if metric in channel.most:
        return None if value is None else value <= channel.most[metric]
    return True


def _joined(open_gates: Sequence[Looked], reached: Sequence[str]) -> tuple[str, ...]:
    fails = [one.fails_to for one in open_gates if isinstance(one, Gate)]
    return tuple(dict.fromkeys((*reached, *fails)))


def _decision(
    rules: Rules, metrics: Sequence[Metric], values: Mapping[str, float | None], granted: str
) -> tuple[str, str]:
    """Return the rule that decided between what is granted and the next better channel."""
    _, high = _score(metrics, values)
    missed = []
    for channel in rules.channels:
        if channel.id == granted:
            break
        unmet = [
            f"{channel.id} needs {name} {'≥' if name in channel.least else '≤'}"
            f" {channel.least.get(name, channel.most.get(name, 0.0)):g}, it is {value:g}"
            for name, value in values.items()
            if value is not None and _meets(channel, name, value) is False
        ]
        if high < channel.least_score:
            unmet.append(f"{channel.id} needs a score of {channel.least_score:g}, it is {high:.2f}")
        missed.append((channel.id, "; ".join(unmet)))
    if not missed:
        return granted, "every need of the best channel is met"
    return missed[-1]


def _expiry(findings: Sequence[Finding], rules: Rules, granted: str) -> date | None:
    """Return the last day of a grade: that of the first evidence or rule that ends."""
    days = [one.expires for one in findings if one.expires is not None]
    used = [one.rule for one in findings if one.outcome != NOT_ASKED]
    ends = [*used, *(one for one in rules.channels if one.id == granted)]
    days += [one.valid_to - timedelta(1) for one in ends if one.valid_to is not None]
    return min(days, default=None)


def _next_test(
    rules: Rules,
    findings: Sequence[Finding],
    metrics: Sequence[Metric],
    values: Mapping[str, float | None],
) -> tuple[Looked, str]:
    """Return a rule whose test narrows what is possible most, and what would be left.

    A test tells every figure that rules name it for. Of the answers that it may give, the one that
    leaves most counts; then their mean; then the order of the rules.
    """
    tests: dict[str, list[Looked]] = {}
    for one in findings:
        if one.outcome == UNKNOWN:
            tests.setdefault(one.rule.test, []).append(one.rule)
    every = [rule for told in tests.values() for rule in told]
    ranked = []
    for place, told in enumerate(tests.values()):
        still_open = [rule for rule in every if rule not in told and isinstance(rule, Gate)]
        left = [
            _joined(still_open, reached) for reached in _answers(rules, told, metrics, values)
        ] + [(rule.fails_to,) for rule in told if isinstance(rule, Gate)]
        sizes = [len(each) for each in left]
        ranked.append((max(sizes), sum(sizes) / len(sizes), place, told[0], left))
    *_, rule, left = min(ranked, key=lambda one: one[:3])
    return rule, " | ".join(dict.fromkeys(" or ".join(each) for each in left))


def _answers(
    rules: Rules,
    told: Sequence[Looked],
    metrics: Sequence[Metric],
    values: Mapping[str, float | None],
) -> Iterator[tuple[str, ...]]:
    """Yield which channels could be reached after each answer about figures that matters.

    All of them are at their best, as a channel just needs them, or at their worst.
    """
    asked = [one for one in metrics if one in told]
    if not asked:
        yield _reachable(rules, metrics, values)
        return
    for needs in ({}, *({**one.least, **one.most} for one in rules.channels)):
        answer = {one.id: needs.get(one.id, one.best) for one in asked}
        yield _reachable(rules, metrics, {**values, **answer})
    worst = {one.id: one.worst for one in asked}
    yield _reachable(rules, metrics, {**values, **worst})
