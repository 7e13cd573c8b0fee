"""A tax as it is answered: base, rate, amount, law, and every step that led there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from cellchain.science.tax.exact import HALF_UP, to_rate

if TYPE_CHECKING:
    from decimal import Decimal

    from cellchain.services.tax.rulebook import Rule

Role: TypeAlias = Literal["due", "part", "credit", "sum", "shown", "check"]
"""``due`` is to be paid, ``part`` is contained in a row that is due, ``credit`` is received,
``sum`` compares or reconciles, ``shown`` is not due, ``check`` measures a target."""


@dataclass(frozen=True, slots=True)
class Step:
    """One number of a working."""

    name: str
    working: str
    """By which numbers, as text; empty where it is told."""
    value: str


@dataclass(slots=True)
class Working:
    """Steps as they are made, and the rules that they follow."""

    rules: list[Rule] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """Why a person has to look again."""

    def follow(self, rule: Rule) -> Rule:
        """Cite a rule."""
        if rule not in self.rules:
            self.rules.append(rule)
        return rule

    @property
    def doubts(self) -> tuple[str, ...]:
        """What of the rules is unverified, each with its reason, once."""
        told = (f"{one.id}: {one.why}" for one in self.rules if one.unverified)
        return tuple(dict.fromkeys(told))

    def step(self, name: str, value: Decimal, working: str = "") -> Decimal:
        """Note a number."""
        self.steps.append(Step(name, working, plain(value)))
        return value


@dataclass(frozen=True, slots=True)
class Answer:
    """One row."""

    firm: str
    jurisdiction: str
    period: str
    regime: str
    kind: str
    role: Role
    authority: str
    unit: str
    tax: Decimal | None
    """Nothing where `error` says what is missing."""
    base: Decimal | None = None
    rate: Decimal | None = None
    working: Working = field(default_factory=Working)
    error: str = ""

    @property
    def rounding(self) -> str:
        """As the rule says."""
        return self.working.rules[0].rounding if self.working.rules else HALF_UP

    @property
    def unverified(self) -> str:
        """What is not sure, and why; empty where nothing is."""
        return "; ".join((*self.working.doubts, *self.working.remarks))


def plain(value: Decimal) -> str:
    """Return a number without an exponent: as it is, or to twelve places if it has more."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return f"{to_rate(value) if exponent < -12 else value:f}"  # noqa: PLR2004  # places of a rate
