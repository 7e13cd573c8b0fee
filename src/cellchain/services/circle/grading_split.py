"""Whether a battery is worth more in parts: pack to modules, module to cells.

currency, source
[value_per_kwh]   of each channel, of a kilowatt-hour at full health; recycling as well
[dismantling]     pack, module: what taking one apart costs
[test]            module, cell: what testing one part costs
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import shown
from cellchain.services.analysis.toml_file import decoded
from cellchain.services.circle.grading_packs import LEVELS
from cellchain.services.circle.grading_rules import RECYCLING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cellchain.services.circle.grading import Grade
    from cellchain.services.circle.grading_packs import Graded
    from cellchain.services.circle.grading_rules import Rules

MONEY_MAX = 1e9
HEALTH = "soh_p50"
"""The column by which a channel pays."""


class Figures(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What parts earn and cost."""

    currency: str
    source: str
    value_per_kwh: dict[str, float]
    dismantling: dict[str, float]
    test: dict[str, float]


@dataclass(frozen=True, slots=True)
class Split:
    """What taking a battery apart would do; ``None`` where there is no figure."""

    whole: float | None = None
    parts: float | None = None
    pays: bool = False
    reason: str = ""

    @property
    def best(self) -> float | None:
        """What it is worth, taken apart or not."""
        return self.parts if self.pays else self.whole


def parse_figures(data: bytes, rules: Rules) -> Figures:
    """Return the figures in a file.

    Raises:
        Refused: ``grade.figures``: they are none, or say what cannot be.
    """
    try:
        found = decoded(data, Figures)
    except ValueError as error:
        raise _wrong(
            f"no figures: {error}",
            "give currency, source, value_per_kwh, dismantling, test",
        ) from error
    if not found.currency.strip() or not found.source.strip():
        raise _wrong("there is no currency or no source", 'name both; "assumption" where it is one')
    channels = {RECYCLING, *(one.id for one in rules.channels)}
    for what, known in (("value_per_kwh", channels), ("dismantling", set(LEVELS[:2])),
                        ("test", set(LEVELS[1:]))):  # fmt: skip
        for name, value in getattr(found, what).items():
            if name not in known:
                raise _wrong(f"{what} of {shown(name)!a}", f"name {', '.join(sorted(known))}")
            low = -MONEY_MAX if name == RECYCLING else 0.0
            if not (isfinite(value) and low <= value <= MONEY_MAX):
                raise _wrong(f"{what} of {name} is {value:g}", f"give {low:g} to {MONEY_MAX:g}")
    return found


def check_parents(packs: Sequence[Graded]) -> None:
    """Refuse parts whose whole is none, or is no greater than they.

    Raises:
        Refused: ``grade.parent``.
    """
    levels = {one.name: LEVELS.index(one.level) for one in packs}
    for row, one in enumerate(packs):
        if not one.parent:
            continue
        if one.parent not in levels:
            told = f"row {row + 1}: there is no {shown(one.parent)}, parent of {shown(one.name)}"
            raise Refused("grade.parent", told, remedy="give it a row, or leave parent empty")
        if levels[one.parent] + 1 != levels[one.name]:
            raise Refused(
                "grade.parent",
                f"row {row + 1}: a {one.level} is no part of a {LEVELS[levels[one.parent]]}",
                remedy="modules are parts of packs, cells of modules: fill in level",
            )


def splits(
    packs: Sequence[Graded], grades: Mapping[str, Grade], figures: Figures | None
) -> dict[str, Split]:
    """Return of each battery whether taking it apart pays, the smallest parts first."""
    parts: dict[str, list[Graded]] = {}
    for one in packs:
        if one.parent:
            parts.setdefault(one.parent, []).append(one)
    found: dict[str, Split] = {}
    for one in sorted(packs, key=lambda each: -LEVELS.index(each.level)):
        mine = parts.get(one.name, [])
        if figures is None:
            reason = "taking it apart is not considered: no figures" if mine else ""
            found[one.name] = Split(reason=reason)
        else:
            found[one.name] = _split(one, mine, grades, figures, found)
    return found


def _split(
    one: Graded,
    parts: Sequence[Graded],
    grades: Mapping[str, Grade],
    figures: Figures,
    found: Mapping[str, Split],
) -> Split:
    whole, why = _worth(one, grades[one.name].channel, figures)
    if not parts:
        return Split(whole, reason=why)
    level = parts[0].level
    if one.level not in figures.dismantling or level not in figures.test:
        told = f"no figure of dismantling a {one.level}, or of testing a {level}"
        return Split(whole, reason=f"taking it apart is not considered: {told}")
    earned = 0.0
    for part in parts:
        value = found[part.name].best
        if value is None:
            told = f"{part.name}: {found[part.name].reason}"
            return Split(whole, reason=f"taking it apart is not considered: {told}")
        earned += value - figures.test[level]
    earned -= figures.dismantling[one.level]
    if whole is None:
        return Split(None, earned, reason=f"apart {earned:.2f}, as a whole unknown: {why}")
    pays = earned > whole
    told = f"apart {earned:.2f}, as a whole {whole:.2f} {figures.currency}"
    return Split(whole, earned, pays, told)


def _worth(one: Graded, channel: str, figures: Figures) -> tuple[float | None, str]:
    if channel not in figures.value_per_kwh:
        return None, f"no value of {channel}"
    if one.kwh is None:
        return None, "capacity_kwh is not told"
    if channel == RECYCLING:
        return figures.value_per_kwh[channel] * one.kwh, ""
    fact = one.facts.get(HEALTH)
    if fact is None or fact.value is None:
        return None, f"{HEALTH} is not told"
    return figures.value_per_kwh[channel] * one.kwh * fact.value, ""


def _wrong(what: str, remedy: str) -> Refused:
    return Refused("grade.figures", what, remedy=remedy)
