"""``plan stock`` from a scenario: likeliest figures, how far draws spread them, what moves them.

Out: the columns of `stock` and `materials` at the likeliest values, and each figure again with
``_p05, _p50, _p95`` of the draws. The tornado: ``figure, material, year, parameter, low, mode,
high, at_low, at_mode, at_high, swing, source``, one parameter at an end and the others at their
likeliest values, the greatest swing of each material first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.stock.projection import (
    BATTERY_FIGURES,
    MATERIAL_FIGURES,
    bands,
    batteries_and_materials,
    drawn,
    one_at_a_time,
)
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.plan.materials import MATERIAL
from cellchain.services.plan.stock import CHEMISTRY, YEAR, by_year

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.services.analysis.table import Column, Floats
    from cellchain.services.plan.scenario import Scenario
    from cellchain.services.plan.stock import Inflow

DRAWS_MAX = 100_000
SEED_MAX = 2**32 - 1
VALUES_MAX = 1 << 25
"""Years by draws by materials: demand, stock and outflow of them are held at once, under 1 GB."""
SUFFIXES = ("_p05", "_p50", "_p95")
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is told of batteries; of materials and what moves them, where that was asked for."""

    batteries: Table
    flows: Table | None = None
    tornado: Table | None = None


def answered(
    scenario: Scenario, inflow: Inflow | None, *, draws: int, seed: int, figure: str, year: int
) -> Answer:
    """Return what a scenario says.

    Args:
        scenario: What is known, and what is not.
        inflow: What is known instead of what it says.
        draws: How many, 1 to `DRAWS_MAX`.
        seed: 0 to `SEED_MAX`; the same one gives the same answer.
        figure: Of `MATERIAL_FIGURES`, for the tornado.
        year: Likewise.

    Raises:
        Refused: ``stock.…``: what clashes.
    """
    years, one = scenario.projection(inflow)
    _check_asked(draws, seed, figure, year, years)
    if len(years) * draws * len(scenario.metals) > VALUES_MAX:
        told = f"{draws} draws of {len(scenario.metals)} materials in {len(years)} years"
        raise Refused("stock.size", told, remedy="draw less often")
    ranges = [parameter.range.triple for parameter in scenario.parameters]
    ends = scenario.choices(one_at_a_time(ranges))
    exact: dict[Key, Floats] = {}
    for found in batteries_and_materials(one, ends):
        exact |= {(name, found.place): values for name, values in found.by_name.items()}
    spread: dict[Key, Floats] = {}
    for found in batteries_and_materials(one, scenario.choices(drawn(ranges, draws, seed))):
        spread |= {(name, found.place): bands(values) for name, values in found.by_name.items()}
    return Answer(
        batteries=_table(years, CHEMISTRY, scenario.chemistries, (BATTERY_FIGURES, exact, spread)),
        flows=_table(years, MATERIAL, scenario.metals, (MATERIAL_FIGURES, exact, spread)),
        tornado=_tornado(scenario, exact, figure, year, year - years.start),
    )


def _table(
    years: range,
    key: str,
    names: Sequence[str],
    found: tuple[Sequence[str], dict[Key, Floats], dict[Key, Floats]],
) -> Table:
    figures, exact, spread = found
    places = range(len(names))
    columns = {}
    for figure in figures:
        columns[figure] = np.stack([exact[figure, place][:, 0] for place in places], axis=1)
        for row, suffix in enumerate(SUFFIXES):
            columns[figure + suffix] = np.stack(
                [spread[figure, place][row] for place in places], axis=1
            )
    return by_year(years, key, names, columns)


def _tornado(
    scenario: Scenario, exact: dict[Key, Floats], figure: str, year: int, row: int
) -> Table:
    parameters = scenario.parameters
    count = len(parameters)
    materials, order, at = [], [], []
    for place, name in enumerate(scenario.metals):
        values = exact[figure, place][row]
        swing = np.abs(values[1 + count :] - values[1 : 1 + count])
        order += np.argsort(-swing, kind="stable").tolist()
        materials += [name] * count
        at.append(np.stack([values[1 : 1 + count], np.full(count, values[0]), values[1 + count :]]))
    which = np.array(order).reshape(-1, count)
    low, mode, high = (
        np.concatenate([found[end][mine] for found, mine in zip(at, which, strict=True)])
        for end in range(3)
    )
    chosen = [parameters[one] for one in order]
    triples = np.array([one.range.triple for one in chosen]).T
    columns: dict[str, Column] = {
        "figure": Texts.of([figure] * len(chosen)),
        MATERIAL: Texts.of(materials),
        YEAR: np.full(len(chosen), float(year)),
        "parameter": Texts.of(one.name for one in chosen),
        **dict(zip(("low", "mode", "high"), triples, strict=True)),
        "at_low": low,
        "at_mode": mode,
        "at_high": high,
        "swing": np.abs(high - low),
        "source": Texts.of(" ".join(one.range.source.split()) for one in chosen),
    }
    return Table(columns)


def _check_asked(draws: int, seed: int, figure: str, year: int, years: range) -> None:
    if not 1 <= draws <= DRAWS_MAX:
        raise Refused("stock.draws", f"{draws} draws", remedy=f"give 1 to {DRAWS_MAX}")
    if not 0 <= seed <= SEED_MAX:
        raise Refused("stock.seed", f"the seed {seed}", remedy=f"give 0 to {SEED_MAX}")
    if figure not in MATERIAL_FIGURES:
        raise Refused(
            "stock.figure", f"{figure[:40]!a} is no figure of a material",
            remedy=f"name one of {', '.join(MATERIAL_FIGURES)}",
        )  # fmt: skip
    if year not in years:
        raise Refused(
            "stock.year", f"the year {year} is outside {years[0]} to {years[-1]}",
            remedy="name one of these",
        )  # fmt: skip
