"""``footprint life``: what a battery emits for each kilowatt-hour of its life.

In: batteries and a method, see `life_file`. Out, a row a battery and stage and one of their total:
``model, plant, category, stage, kg_co2e, kg_co2e_per_kwh, energy_kwh, usable_kwh, cycles_per_year,
years, years_by, source, method, version, method_date, draft``. Amounts are decimal strings, each
rounded once, half to even, from exact fractions: rounded stages need not add up to their total.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cellchain.science.footprint.life import energy_kwh, per_kwh, warranted
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.footprint.exact import rounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.services.footprint.life_file import Batteries, Battery, Method

TOTAL = "total"
COLUMNS = (
    "model", "plant", "category", "stage", "kg_co2e", "kg_co2e_per_kwh", "energy_kwh",
    "usable_kwh", "cycles_per_year", "years", "years_by", "source", "method", "version",
    "method_date", "draft",
)  # fmt: skip


def lives(found: Batteries, method: Method) -> Table:
    """Return the answer, batteries in the order of the file, stages in that of the method."""
    rows = [row for one in found.batteries for row in _rows(one, method)]
    cells = zip(*rows, strict=True)
    return Table({name: Texts.of(column) for name, column in zip(COLUMNS, cells, strict=True)})


def _rows(one: Battery, method: Method) -> Iterator[tuple[str, ...]]:
    warranty = one.warranty
    years = None if warranty.years is None else Fraction(warranty.years)
    driven = None
    if warranty.km is not None and warranty.km_per_year is not None:
        driven = Fraction(warranty.km) / Fraction(warranty.km_per_year)
    term = warranted(years, driven, Fraction(method.default_years))
    cycles = method.cycles_per_year[one.category]
    energy = energy_kwh(Fraction(one.usable_kwh), Fraction(cycles), term.years)
    kg = {stage: Fraction(one.kg_co2e[stage]) for stage in method.stages}
    kg[TOTAL] = sum(kg.values(), Fraction(0))
    each = per_kwh(kg, energy)
    places = method.decimals
    for stage, whole in kg.items():
        yield (
            one.model, one.plant, one.category, stage, rounded(whole, places),
            rounded(each[stage], places), rounded(energy, places), f"{one.usable_kwh:f}",
            f"{cycles:f}", rounded(term.years, places), term.by, one.source, method.name,
            method.version, method.date.isoformat(), "1" if method.draft else "0",
        )  # fmt: skip
