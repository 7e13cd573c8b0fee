"""Rules of ``circle grade``, in TOML: hard gates, figures that are scored, channels; each dated.

    title, as_of
    [[gates]]     id, column, kind, threshold, unit, fails_to, test
                  kind: flag (0 or 1, as the threshold), least, most, or day (not before today)
    [[metrics]]   id, column, unit, worst, best, weight, test
    [[channels]]  id, title, rank, least_score, least = {metric = …}, most = {metric = …}

Of each: source, clause, status, valid_from; if you like valid_to (the first day on which it holds
no longer) and, of gates and metrics, lifetime_days of the evidence, limits = [low, high] of the
value, chemistries.
"""

from __future__ import annotations

from datetime import date  # msgspec reads it
from functools import cache
from importlib.resources import files
from math import isfinite
from typing import TYPE_CHECKING, Literal

import msgspec

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import shown
from cellchain.services.analysis.toml_file import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable

RECYCLING, INSPECTION, HOLD, TESTS = "recycling", "inspection", "hold", "test queue"
ELSEWHERE = (RECYCLING, INSPECTION, HOLD, TESTS)
"""Where a battery goes that is granted no channel."""
RULES_MAX = 200
DAYS_MAX = 36_500
NUMBER_MAX = 1e12
STATUSES = ("verified", "reported", "unverified", "assumption")


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every rule says of itself."""

    id: str
    source: str
    clause: str
    status: str
    valid_from: date
    valid_to: date | None = None
    """The first day on which it no longer holds."""

    def holds(self, day: date) -> bool:
        """Whether it is in force."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class Looked(Rule, frozen=True, kw_only=True):
    """A rule that looks at a figure of a battery."""

    column: str
    unit: str
    test: str
    """What tells the figure where nobody does."""
    lifetime_days: int | None = None
    """How long its evidence counts; for ever where nothing is said."""
    limits: tuple[float, float] = (-NUMBER_MAX, NUMBER_MAX)
    """Beyond, a value is of another unit."""
    chemistries: tuple[str, ...] = ()
    """Those that it is for; all where none is named."""


class Gate(Looked, frozen=True, kw_only=True):
    """A rule that decides where it is not met."""

    kind: Literal["flag", "least", "most", "day"]
    fails_to: str
    threshold: float | None = None

    def passes(self, value: float, day: date) -> bool:
        """Whether a value meets it; of a day, its ordinal."""
        if self.kind == "day":
            return value >= day.toordinal()
        assert self.threshold is not None
        if self.kind == "flag":
            return value == self.threshold
        return value >= self.threshold if self.kind == "least" else value <= self.threshold


class Metric(Looked, frozen=True, kw_only=True):
    """A figure that is scored: nothing at ``worst``, all at ``best``."""

    worst: float
    best: float
    weight: float

    @property
    def rises(self) -> bool:
        """Whether more is better."""
        return self.best > self.worst

    def points(self, value: float) -> float:
        """Return from 0 to 1 how good a value is."""
        return min(max((value - self.worst) / (self.best - self.worst), 0.0), 1.0)


class Channel(Rule, frozen=True, kw_only=True):
    """What a battery is good for, and what that needs."""

    title: str
    rank: int
    """A greater one is better."""
    least_score: float
    least: dict[str, float] = {}
    most: dict[str, float] = {}


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of rules."""

    title: str
    as_of: date
    gates: tuple[Gate, ...] = ()
    metrics: tuple[Metric, ...] = ()
    channels: tuple[Channel, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Of every rule, in order."""
        return tuple(one.id for one in (*self.gates, *self.metrics, *self.channels))

    @property
    def looked(self) -> tuple[Looked, ...]:
        """The rules that look at a figure."""
        return (*self.gates, *self.metrics)

    def on(self, day: date) -> Rules:
        """Return those in force on a day, the best channel first.

        Raises:
            Refused: ``grade.no_rule``: no gate, figure or channel is; ``grade.rules``: two of one
                id are, or a channel needs a figure that is none.
        """
        gates = tuple(one for one in self.gates if one.holds(day))
        metrics = tuple(one for one in self.metrics if one.holds(day))
        channels = tuple(one for one in self.channels if one.holds(day))
        if not (gates and metrics and channels):
            raise Refused(
                "grade.no_rule",
                f"on {day} {len(gates)} gates, {len(metrics)} metrics and {len(channels)} channels"
                " are in force",
                remedy="ask for a later day, or add rules of then",
            )
        found = Rules(
            title=self.title, as_of=self.as_of, gates=gates, metrics=metrics,
            channels=tuple(sorted(channels, key=lambda one: -one.rank)),
        )  # fmt: skip
        _check_once(f"ids in force on {day}", found.ids)
        _check_once(f"ranks in force on {day}", [str(one.rank) for one in channels])
        _check_needs(found)
        _check_columns(found)
        return found


def parse_rules(data: bytes) -> Rules:
    """Return the rules in a file.

    Raises:
        Refused: ``grade.rules``: they are none, or say what cannot be.
    """
    try:
        found = decoded(data, Rules)
    except ValueError as error:
        raise _wrong(f"no rules: {error}", "look at those that ship") from error
    if len(found.ids) > RULES_MAX:
        raise _wrong(f"{len(found.ids)} rules", f"give at most {RULES_MAX}")
    _check_once("ids and days", [f"{one.id} {one.valid_from}" for one in _every(found)])
    for rule in _every(found):
        _check_said(rule)
    for gate in found.gates:
        _check_gate(gate)
    for metric in found.metrics:
        _check_metric(metric)
    for channel in found.channels:
        numbers = (channel.least_score, *channel.least.values(), *channel.most.values())
        if not all(map(_sane, numbers)) or not 0 <= channel.least_score <= 100:  # noqa: PLR2004
            raise _wrong(
                f"{shown(channel.id)} needs {numbers}", "give finite numbers, score to 100"
            )
        if channel.id in ELSEWHERE:
            raise _wrong(f"{channel.id} is no channel that can be added", "name it otherwise")
    return found


def rules_with(own: Rules | None) -> tuple[Rules, tuple[str, ...], tuple[str, ...]]:
    """Return the rules that ship with those of somebody's own, by id.

    Returns:
        All, the ids that are replaced, and those that are added.
    """
    base = shipped_rules()
    if own is None:
        return base, (), ()
    mine = set(own.ids)
    replaced = tuple(dict.fromkeys(one for one in own.ids if one in set(base.ids)))
    added = tuple(dict.fromkeys(one for one in own.ids if one not in set(base.ids)))
    whole = msgspec.structs.replace(
        own,
        gates=(*(one for one in base.gates if one.id not in mine), *own.gates),
        metrics=(*(one for one in base.metrics if one.id not in mine), *own.metrics),
        channels=(*(one for one in base.channels if one.id not in mine), *own.channels),
    )
    return whole, replaced, added


def rules_file() -> bytes:
    """Return the file of the rules that ship."""
    return files(f"{__package__}.grading_tables").joinpath("rules.toml").read_bytes()


@cache
def shipped_rules() -> Rules:
    """Return the rules that ship."""
    return parse_rules(rules_file())


def _every(found: Rules) -> tuple[Rule, ...]:
    return (*found.gates, *found.metrics, *found.channels)


def _check_said(rule: Rule) -> None:
    texts = [rule.id, rule.source, rule.clause]
    if isinstance(rule, Looked):
        texts += [rule.column, rule.test]
        low, high = rule.limits
        if not (isfinite(low) and isfinite(high) and low < high):
            raise _wrong(f"limits of {shown(rule.id)} are {low:g}, {high:g}", "let them rise")
        if rule.lifetime_days is not None and not 1 <= rule.lifetime_days <= DAYS_MAX:
            raise _wrong(
                f"evidence of {shown(rule.id)} lasts {rule.lifetime_days} days",
                f"give 1 to {DAYS_MAX}",
            )
    if not all(one.strip() for one in texts):
        raise _wrong(f"{shown(rule.id)!a} lacks an id, source, clause, column or test", "say all")
    if rule.status not in STATUSES:
        raise _wrong(
            f"the status of {shown(rule.id)} is {shown(rule.status)!a}",
            f"say one of {', '.join(STATUSES)}",
        )
    if rule.valid_to is not None and rule.valid_to <= rule.valid_from:
        raise _wrong(
            f"{shown(rule.id)} holds from {rule.valid_from} until {rule.valid_to}", "let it hold"
        )


def _check_gate(gate: Gate) -> None:
    told = f"gate {shown(gate.id)}"
    if gate.fails_to not in ELSEWHERE:
        raise _wrong(
            f"{told} fails to {shown(gate.fails_to)!a}", f"say one of {', '.join(ELSEWHERE)}"
        )
    if (gate.threshold is None) != (gate.kind == "day"):
        raise _wrong(f"{told} of kind {gate.kind}, threshold {gate.threshold}",
                     "give a threshold, but none to a day")  # fmt: skip
    if gate.threshold is not None and not _sane(gate.threshold):
        raise _wrong(f"{told} has threshold {gate.threshold:g}", "give a finite number")
    if gate.kind == "flag" and gate.threshold not in {0, 1}:
        raise _wrong(f"{told} is a flag with threshold {gate.threshold}", "give 0 or 1")


def _check_metric(metric: Metric) -> None:
    numbers = (metric.worst, metric.best, metric.weight)
    if not all(map(_sane, numbers)) or metric.best == metric.worst or metric.weight <= 0:
        raise _wrong(
            f"metric {shown(metric.id)} from {metric.worst:g} to {metric.best:g},"
            f" weight {metric.weight:g}",
            "give two ends and a weight above 0",
        )


def _check_needs(rules: Rules) -> None:
    known = {one.id: one for one in rules.metrics}
    for channel in rules.channels:
        for needs, rises in ((channel.least, True), (channel.most, False)):
            for name in needs:
                if name not in known or known[name].rises != rises:
                    how = "at least" if rises else "at most"
                    raise _wrong(
                        f"{shown(channel.id)} needs {how} {needs[name]:g} of {shown(name)}",
                        "name a metric in force, in the direction in which it is good",
                    )


def _check_columns(rules: Rules) -> None:
    kinds: dict[str, str] = {}
    for rule in rules.looked:
        kind = rule.kind if isinstance(rule, Gate) and rule.kind in {"flag", "day"} else "number"
        if kinds.setdefault(rule.column, kind) != kind:
            raise _wrong(
                f"column {shown(rule.column)} is a {kinds[rule.column]} to one rule and a {kind}"
                f" to {shown(rule.id)}",
                "look at another column",
            )


def _check_once(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise _wrong(f"{what}: {shown(name)} is there twice", "keep one of them")
        seen.add(name)


def _sane(value: float) -> bool:
    return isfinite(value) and abs(value) <= NUMBER_MAX


def _wrong(what: str, remedy: str) -> Refused:
    return Refused("grade.rules", what, remedy=remedy)
