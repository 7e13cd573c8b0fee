"""``plan scenario``: how two scenarios of ``plan stock`` differ, and which number makes what of it.

Both at their likeliest values. Out, of each year and material: every figure of the first, of the
second with ``_against``, and second less first with ``_change``. The tornado: ``figure, material,
year, parameter, from, change, share``, one part of the first scenario replaced by that of the
second and all others kept; last of each material ``interaction``, the rest of the whole. All are
rounded to one binary grid, 2⁻⁴⁰ of the greatest, so that their sum is the whole to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.stock.projection import MATERIAL_FIGURES, batteries_and_materials
from cellchain.services.analysis.table import Table, Texts, shown
from cellchain.services.plan.materials import MATERIAL
from cellchain.services.plan.stock import YEAR, by_year

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cellchain.services.analysis.table import Floats
    from cellchain.services.plan.scenario import Scenario

INTERACTION = "interaction"
GRID_BITS = 40
"""Of the greatest of the values that are added up."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs, and why."""

    flows: Table
    tornado: Table


def differences(first: Scenario, second: Scenario, figure: str, year: int) -> Difference:
    """Return how ``second`` differs from ``first``.

    Args:
        first: From which it begins.
        second: Of the same chemistries, materials and years.
        figure: Of `MATERIAL_FIGURES`, for the tornado.
        year: Likewise.

    Raises:
        Refused: ``stock.…``: what clashes; ``stock.unlike``: they cannot be compared.
    """
    years, before = _figures(first)
    others, after = _figures(second)
    _check_alike(first, second, years, others)
    if figure not in MATERIAL_FIGURES:
        raise Refused(
            "stock.figure", f"{shown(figure)!a} is no figure of a material",
            remedy=f"name one of {', '.join(MATERIAL_FIGURES)}",
        )  # fmt: skip
    if year not in years:
        raise Refused(
            "stock.year", f"the year {year} is outside {years[0]} to {years[-1]}",
            remedy="name one of these",
        )  # fmt: skip
    order = [second.metals.index(one) for one in first.metals]
    after = {name: values[:, order] for name, values in after.items()}
    columns = {}
    for name in MATERIAL_FIGURES:
        columns[name] = before[name]
        columns[f"{name}_against"] = after[name]
        columns[f"{name}_change"] = after[name] - before[name]
    row = year - years.start
    moved = {name: _figures(mixed)[1][figure][row] for name, mixed in _one_at_a_time(first, second)}
    return Difference(
        flows=by_year(years, MATERIAL, first.metals, columns),
        tornado=_tornado(first, (figure, year), before[figure][row], after[figure][row], moved),
    )


def _figures(scenario: Scenario) -> tuple[range, dict[str, Floats]]:
    """Return the years, and each figure at the likeliest values, shape [years, materials]."""
    years, projection = scenario.projection()
    likeliest = np.array([[one.range.mode] for one in scenario.parameters])
    found = {name: np.empty((len(years), len(scenario.metals))) for name in MATERIAL_FIGURES}
    for part in batteries_and_materials(projection, scenario.choices(likeliest)):
        for name, values in part.by_name.items():
            if name in found:
                found[name][:, part.place] = values[:, 0]
    return years, found


def _check_alike(first: Scenario, second: Scenario, years: range, others: range) -> None:
    for what, one, other in (
        ("chemistries", first.chemistries, second.chemistries),
        ("materials", first.metals, second.metals),
        ("years", years, others),
        ("first years of growth", _starts(first), _starts(second)),
    ):
        odd = sorted(set(map(str, one)) ^ set(map(str, other)))
        if odd:
            raise Refused(
                "stock.unlike",
                f"the two scenarios differ in {what}: {shown(odd[0])}",
                remedy="give both the same ones; where a growth goes on, repeat it",
            )


def _starts(scenario: Scenario) -> list[int]:
    return [one.first_year for one in scenario.growth]


def _one_at_a_time(first: Scenario, second: Scenario) -> Iterator[tuple[str, Scenario]]:
    """Return the first scenario with each part of the second that is another, by its name."""
    replace = msgspec.structs.replace
    for place, (old, new) in enumerate(zip(first.growth, second.growth, strict=True)):
        if old.mode != new.mode:
            mixed = (*first.growth[:place], new, *first.growth[place + 1 :])
            yield f"growth from {old.first_year}", replace(first, growth=mixed)
    for name, lifetime in first.lifetimes.items():
        if _told(lifetime) != _told(second.lifetimes[name]):
            lives = first.lifetimes | {name: second.lifetimes[name]}
            yield f"lifetime {name}", replace(first, lifetimes=lives)
    for name, recovery in first.recovery.items():
        if recovery.mode != second.recovery[name].mode:
            shares = first.recovery | {name: second.recovery[name]}
            yield f"recovery {name}", replace(first, recovery=shares)
    for part, decides in _WHOLE.items():
        if decides(first) != decides(second):
            yield part.replace("_", " "), replace(first, **{part: getattr(second, part)})


def _told(lifetime: object) -> object:
    """Return what of a lifetime decides: not its range, nor who says so."""
    found = msgspec.to_builtins(lifetime)
    return {**found, "mean_years": found["mean_years"]["mode"]}


def _second_life(scenario: Scenario) -> tuple[float, int]:
    one = scenario.second_life
    return (0.0, 0) if one is None else (one.share.mode, one.years)


_WHOLE: dict[str, Callable[[Scenario], object]] = {
    "collection": lambda one: one.collection.mode,
    "second_life": _second_life,
    "known": lambda one: one.known.inflow_kwh,
    "shares": lambda one: one.shares.by_chemistry,
    "materials": lambda one: one.materials.kg_per_kwh,
}
"""Parts that are replaced as a whole → what of them decides."""


def _tornado(
    first: Scenario,
    asked: tuple[str, int],
    before: Floats,
    after: Floats,
    moved: Mapping[str, Floats],
) -> Table:
    figure, year = asked
    rows: list[tuple[str, str, float, float, float]] = []
    for place, material in enumerate(first.metals):
        values = np.array([before[place], after[place], *(one[place] for one in moved.values())])
        start, end, *each = _on_grid(values).tolist()
        changes = sorted(
            ((name, value - start) for name, value in zip(moved, each, strict=True)),
            key=lambda one: -abs(one[1]),
        )
        rest = end - start - sum(change for _, change in changes)
        for name, change in (*changes, (INTERACTION, rest)):
            share = change / (end - start) if end != start else float("nan")
            rows.append((material, name, start, change, share))
    materials, names, starts, changed, shares = zip(*rows, strict=True)
    return Table(
        {
            "figure": Texts.of([figure] * len(rows)),
            MATERIAL: Texts.of(materials),
            YEAR: np.full(len(rows), float(year)),
            "parameter": Texts.of(names),
            "from": np.array(starts),
            "change": np.array(changed),
            "share": np.array(shares),
        }
    )


def _on_grid(values: Floats) -> Floats:
    """Return values as multiples of one power of two, so that their sums are exact."""
    most = float(np.max(np.abs(values)))
    if not (np.isfinite(most) and most > 0):
        return values
    step = 2.0 ** (np.ceil(np.log2(most)) - GRID_BITS)
    found: Floats = np.rint(values / step) * step
    return found
