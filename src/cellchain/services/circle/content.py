"""``circle content``: recycled content of batteries against the targets of the law.

In: ``plant, year, model, material, recycled_kg, total_kg, source_evidence``. Out, the same rows:
the share, the target that is in force for that year, what is missing to it, and by which clause.
Shares are compared as decimals, as they are written in the file.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import EMPTY, Table, Texts, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cellchain.services.analysis.table import Column

PLANT, YEAR, MODEL, MATERIAL, RECYCLED, TOTAL, EVIDENCE = COLUMNS = (
    "plant", "year", "model", "material", "recycled_kg", "total_kg", "source_evidence",
)  # fmt: skip
TEXTS = (PLANT, MODEL, MATERIAL, EVIDENCE)
YEAR_MIN, YEAR_MAX = 2000, 2100
KG_MAX = 1e12
NAN = float("nan")


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the law asks from a day on, percent of each material."""

    begin: date = msgspec.field(name="from")
    clause: str
    percent: dict[str, int]


class Law(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``content.toml``."""

    law: str
    known_from: date
    unit: str
    source: str
    materials: dict[str, tuple[str, ...]]
    targets: tuple[Target, ...]

    def in_force(self, year: int) -> Target | None:
        """Return the target of a year: the last that begins in it or before."""
        begun = [one for one in self.targets if one.begin.year <= year]
        return max(begun, key=lambda one: one.begin, default=None)

    def material(self, given: str) -> str | None:
        """Return the symbol of a material with targets, None of any other."""
        name = given.strip().lower()
        return next((one for one, names in self.materials.items() if name in names), None)


@cache
def content_law() -> Law:
    """Return the targets of recycled content."""
    data = files(f"{__package__}.tables").joinpath("content.toml").read_bytes()
    return msgspec.toml.decode(data, type=Law)


class Row(NamedTuple):
    """What is told of a material of a model of a plant in a year."""

    plant: str
    year: int
    model: str
    material: str
    recycled_kg: float
    """NaN where it is not told, as of the total."""
    total_kg: float
    evidence: str


class Said(NamedTuple):
    """What is said of a row; NaN where there is no answer."""

    share_percent: float = NAN
    target_percent: float = NAN
    gap_points: float = NAN
    gap_kg: float = NAN
    met: float = NAN
    clause: str | None = None
    reason: str = ""


def judged(table: Table, day: date) -> Table:
    """Return each row of a table with its share, target and gap.

    Args:
        table: With `COLUMNS`.
        day: Of what is known: no law before its own, and no year is over that is not.

    Raises:
        Refused: ``table.…``; ``content.key``, ``content.year``, ``content.mass``,
            ``content.twice``: what cannot be, with its row.
    """
    rows = list(_rows(table))
    held: dict[tuple[str, int, str], set[str]] = {}
    for row in rows:
        name = content_law().material(row.material)
        if name is not None:
            held.setdefault((row.plant, row.year, row.model), set()).add(name)
    said = [_said(row, held.get((row.plant, row.year, row.model), set()), day) for row in rows]
    numbers = Said._fields[:5]
    given: dict[str, Column] = {name: table.texts(name) for name in (PLANT, MODEL, MATERIAL)}
    figures: dict[str, Column] = {
        name: np.array([getattr(one, name) for one in said], np.float64) for name in numbers
    }
    return Table(
        {
            PLANT: given[PLANT],
            YEAR: table.numbers(YEAR),
            MODEL: given[MODEL],
            MATERIAL: given[MATERIAL],
            RECYCLED: table.numbers(RECYCLED),
            TOTAL: table.numbers(TOTAL),
            **figures,
            "clause": Texts.of(one.clause for one in said),
            EVIDENCE: table.texts(EVIDENCE),
            "reason": Texts.of(one.reason or None for one in said),
        }
    )


def _said(row: Row, held: set[str], day: date) -> Said:
    remarks = list(_remarks(row, held))
    asked = _asked(row, day)
    if np.isnan(row.recycled_kg) or np.isnan(row.total_kg) or not row.total_kg:
        return _explained(asked, *remarks)
    recycled, total = _exact(row.recycled_kg), _exact(row.total_kg)
    share = float(100 * recycled / total)
    if np.isnan(asked.target_percent):
        return _explained(asked._replace(share_percent=share), *remarks)
    least = _exact(asked.target_percent)
    lacking = max(Decimal(0), least * total - 100 * recycled) / 100
    answer = asked._replace(
        share_percent=share,
        gap_points=float(100 * lacking / total),
        gap_kg=float(lacking),
        met=float(not lacking) if row.evidence else NAN,
    )
    return _explained(answer, *remarks)


def _explained(said: Said, *remarks: str) -> Said:
    return said._replace(reason="; ".join(filter(None, (said.reason, *remarks))))


def _asked(row: Row, day: date) -> Said:
    """Return the target of a row, with why there is none or what is to be known of it."""
    law, material = content_law(), content_law().material(row.material)
    target = law.in_force(row.year)
    if day < law.known_from:
        told = f"on {day} there is no {law.law}: it is in force from {law.known_from}"
    elif material is None:
        told = f"{law.law} has no target of {shown(row.material)}"
    elif target is None:
        told = f"no target before {law.targets[0].begin}"
    else:
        told = _when(row, target, day)
        return Said(
            target_percent=float(target.percent[material]),
            clause=f"{law.law.removesuffix('Art. 8')}{target.clause} {material}",
            reason=told,
        )
    return Said(reason=told)


def _when(row: Row, target: Target, day: date) -> str:
    told = []
    if target.begin.year == row.year:
        told.append(f"asked of what is placed on the market from {target.begin}")
    if row.year >= day.year:
        told.append(f"the year is not over on {day}")
    return "; ".join(told)


def _remarks(row: Row, held: set[str]) -> Iterator[str]:
    masses = ((RECYCLED, row.recycled_kg), (TOTAL, row.total_kg))
    if missing := [name for name, kg in masses if np.isnan(kg)]:
        yield f"{' and '.join(missing)} not told"
    elif not row.total_kg:
        yield "the model holds none of it"
    if not row.evidence:
        yield f"{EVIDENCE} not told: a share that nothing shows meets no target"
    if untold := [name for name in content_law().materials if name not in held]:
        yield f"nothing is told of {', '.join(untold)} in this model"


def _rows(table: Table) -> Iterator[Row]:
    texts = {name: table.texts(name) for name in TEXTS}
    for name in (PLANT, MODEL, MATERIAL):
        if (texts[name].codes == EMPTY).any():
            row = int((texts[name].codes == EMPTY).argmax())
            raise Refused("content.key", f"row {row + 1} has no {name}")
    cells: Mapping[str, list[str]] = {
        name: [(one or "").strip() for one in column.cells()] for name, column in texts.items()
    }
    numbers = {name: table.numbers(name).tolist() for name in (YEAR, RECYCLED, TOTAL)}
    seen: set[tuple[str, float, str, str]] = set()
    for place in range(table.rows):
        plant, model, material, evidence = (cells[name][place] for name in TEXTS)
        year, recycled, total = (numbers[name][place] for name in (YEAR, RECYCLED, TOTAL))
        if not (YEAR_MIN <= year <= YEAR_MAX and year == int(year)):
            told = f"row {place + 1}: {YEAR} is {year:g}"
            raise Refused("content.year", told, remedy=f"write {YEAR_MIN} to {YEAR_MAX}")
        _check_masses(place, recycled, total)
        key = (plant, year, model, content_law().material(material) or material.lower())
        if key in seen:
            told = f"row {place + 1}: {material} of {shown(model)}, {shown(plant)}, {year:g} twice"
            raise Refused("content.twice", told, remedy="add up what is one")
        seen.add(key)
        yield Row(plant, int(year), model, material, recycled, total, evidence)


def _check_masses(place: int, recycled: float, total: float) -> None:
    for name, kg in ((RECYCLED, recycled), (TOTAL, total)):
        if not (np.isnan(kg) or 0 <= kg <= KG_MAX):
            told = f"row {place + 1}: {name} is {kg:g}; from 0 to {KG_MAX:g}"
            raise Refused("content.mass", told)
    if recycled > total:
        told = f"row {place + 1}: {RECYCLED} {recycled:g} is more than {TOTAL} {total:g}"
        raise Refused("content.mass", told)


def _exact(number: float) -> Decimal:
    """Return a number as it is written."""
    return Decimal(repr(number))
