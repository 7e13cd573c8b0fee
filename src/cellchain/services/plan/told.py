"""A scenario to be read: its numbers, who says so, how far it is from what others report."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.stock.projection import SHARE
from cellchain.services.analysis.picture import picture_of
from cellchain.services.analysis.report import Figures, Report
from cellchain.services.plan.drawn import SUFFIXES
from cellchain.services.plan.materials import MATERIAL
from cellchain.services.plan.stock import YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.services.analysis.table import Table
    from cellchain.services.plan.drawn import Answer
    from cellchain.services.plan.scenario import Reported, Scenario

MOVERS_MAX = 3
"""Parameters that a line names."""


def report_of(scenario: Scenario, answer: Answer, how: str) -> Report:
    """Return what a scenario says, and of what it is made.

    Args:
        scenario: What was asked.
        answer: With flows and tornado.
        how: Draws and seed, as they are told.
    """
    assert answer.flows is not None
    assert answer.tornado is not None
    parts: list[str | Figures] = [" ".join(scenario.about.split()), f"{how}."]
    reported = scenario.reported
    if reported is not None and reported.year in answer.flows.numbers(YEAR):
        parts.append(_beside(reported, answer.flows, answer.tornado))
    picture = picture_of(answer.tornado)
    assert picture is not None
    return Report(scenario.title, (*parts, _moved(answer.tornado), _numbers(scenario)), picture)


def _beside(reported: Reported, flows: Table, tornado: Table) -> Figures:
    rows = []
    for metal, share in reported.share_of_demand.items():
        at = _row(flows, metal, reported.year)
        found, low, median, high = (
            float(flows.numbers(SHARE + suffix)[at]) for suffix in ("", *SUFFIXES)
        )
        away = "" if isnan(found) else f"{100 * (found - share):+.0f} points"
        band = f"{_percent(low)}, {_percent(median)}, {_percent(high)}"
        rows.append(
            (
                metal,
                _percent(share),
                _percent(found),
                band,
                away,
                _movers(tornado, metal, reported.year),
            )
        )
    return Figures(
        f"Share of the demand of {reported.year} that recovered metal covers",
        ("metal", "reported", "here, likeliest", "here, p05, p50, p95", "distance",
         "what moves it most"),
        tuple(rows),
        f"Reported by others, not a result of this model, and nothing here is fitted to it: "
        f"{' '.join(reported.source.split())}.",
    )  # fmt: skip


def _row(flows: Table, metal: str, year: int) -> int:
    names = np.array(flows.texts(MATERIAL).cells())
    return int(np.flatnonzero((names == metal) & (flows.numbers(YEAR) == year))[0])


def _movers(tornado: Table, metal: str, year: int) -> str:
    """Return what moves a metal most; nothing where the tornado is of another figure or year."""
    if tornado.texts("figure").labels != (SHARE,) or tornado.numbers(YEAR)[0] != year:
        return ""
    rows = [row for row in _rows(tornado) if row[MATERIAL] == metal][:MOVERS_MAX]
    return "; ".join(f"{row['parameter']} {row['at_low']} to {row['at_high']}" for row in rows)


def _rows(tornado: Table) -> Iterator[dict[str, str]]:
    for row in tornado.plain(0, tornado.rows):
        yield {
            name: cell if isinstance(cell, str) else "" if cell is None else f"{cell:.4g}"
            for name, cell in row.items()
        }


def _moved(tornado: Table) -> Figures:
    columns = (MATERIAL, "parameter", "low", "mode", "high", "at_low", "at_mode", "at_high")
    rows = [row for row in _rows(tornado) if row["swing"] not in ("0", "")]
    figure, year = tornado.texts("figure").labels[0], tornado.numbers(YEAR)[0]
    return Figures(
        f"What moves {figure} in {year:.0f}",
        columns,
        tuple(tuple(row[one] for one in columns) for row in rows),
        "One parameter at its lowest and highest value, the others at their likeliest.",
    )


def _numbers(scenario: Scenario) -> Figures:
    rows = [
        (
            one.name,
            *(f"{value:g}" for value in one.range.triple),
            " ".join(one.range.source.split()),
        )
        for one in scenario.parameters
    ]
    fixed = (("known inflow", scenario.known.source), ("shares", scenario.shares.source),
             ("materials", scenario.materials.source))  # fmt: skip
    rows += [(name, "", "", "", " ".join(source.split())) for name, source in fixed]
    columns = ("parameter", "lowest", "likeliest", "highest", "source")
    return Figures("What it is made of", columns, tuple(rows))


def _percent(share: float) -> str:
    return "no demand" if isnan(share) else f"{100 * share:.0f} %"
