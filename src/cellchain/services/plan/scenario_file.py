"""A scenario read from a file, and what in it cannot be."""

from __future__ import annotations

from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING

from cellchain.services.analysis.table import shown
from cellchain.services.analysis.toml_file import decoded
from cellchain.services.plan.materials import KG_PER_KWH_MAX
from cellchain.services.plan.rows import YEAR_MAX, YEAR_MIN, lacking
from cellchain.services.plan.scenario import Scenario, wrong_scenario
from cellchain.services.plan.stock import INFLOW_MAX_KWH, YEARS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMES_MAX = 30
"""Chemistries, materials and rates of growth."""
GROWTH = (-0.99, 5.0)
SHARE = (0.0, 1.0)
MEAN_YEARS = (0.5, 200.0)
_ROUNDING = 1e-9


def parse_scenario(data: bytes) -> Scenario:
    """Return the scenario in a file.

    Raises:
        Refused: ``stock.scenario``: it is none, or says what cannot be; ``stock.distribution``,
            ``stock.lifetime``.
    """
    try:
        found = decoded(data, Scenario)
    except ValueError as error:
        raise wrong_scenario(
            f"no scenario: {error}", "begin with --template and an --out in .toml"
        ) from error
    _check_names(found)
    _check_ranges(found)
    _check_years(found)
    for name, lifetime in found.lifetimes.items():
        lifetime.form(name)
    return found


def _check_names(one: Scenario) -> None:
    _check_same("[shares]", one.shares.by_chemistry, "[lifetimes]", one.lifetimes)
    _check_same("[materials]", one.materials.kg_per_kwh, "[lifetimes]", one.lifetimes)
    for name, contents in one.materials.kg_per_kwh.items():
        _check_same(f"materials of {shown(name)}", contents, "[recovery]", one.recovery)
        _check_numbers(f"kg_per_kwh of {shown(name)}", contents.values(), (0, KG_PER_KWH_MAX))
    most = max(len(one.lifetimes), len(one.recovery), len(one.growth))
    if not (one.lifetimes and one.recovery and one.growth) or most > NAMES_MAX:
        raise wrong_scenario(
            "no chemistry, no material or no growth, or too many",
            f"give one to {NAMES_MAX} of each",
        )
    if one.reported is not None:
        _check_source("reported", one.reported.source)
        if unknown := lacking(one.reported.share_of_demand, one.recovery):
            raise wrong_scenario(f"[reported] has {unknown}, [recovery] has not", "drop it")
        _check_numbers("share_of_demand", one.reported.share_of_demand.values(), (0, 10))


def _check_ranges(one: Scenario) -> None:
    limits = {"growth": GROWTH, "lifetime": MEAN_YEARS}
    for parameter in one.parameters:
        low, high = limits.get(parameter.name.partition(" ")[0], SHARE)
        values = (low, *parameter.range.triple, high)
        if not all(a <= b for a, b in pairwise(values)):
            told = ", ".join(f"{value:g}" for value in parameter.range.triple)
            raise wrong_scenario(
                f"{shown(parameter.name)} is {told}",
                f"give low ≤ mode ≤ high in {low:g} to {high:g}",
            )
        _check_source(parameter.name, parameter.range.source)
    for name, source in (("known", one.known.source), ("shares", one.shares.source),
                         ("materials", one.materials.source)):  # fmt: skip
        _check_source(name, source)
    if one.second_life is not None and not 1 <= one.second_life.years <= YEARS_MAX:
        raise wrong_scenario(
            f"a second life of {one.second_life.years} years", f"give 1 to {YEARS_MAX}"
        )


def _check_years(one: Scenario) -> None:
    known, knots = one.known.inflow_kwh, list(one.shares.by_chemistry.values())
    starts = [growth.first_year for growth in one.growth]
    every = [one.last_year, *known, *starts, *(year for shares in knots for year in shares)]
    if not all(YEAR_MIN <= year <= YEAR_MAX for year in every):
        raise wrong_scenario("a year is none", f"give years from {YEAR_MIN} to {YEAR_MAX}")
    if not known or sorted(known) != list(range(min(known), max(known) + 1)):
        raise wrong_scenario("known years have gaps", "give each year, without gaps")
    _check_numbers("inflow_kwh", known.values(), (0, INFLOW_MAX_KWH))
    if any(second <= first for first, second in pairwise(starts)):
        raise wrong_scenario(f"growth from {starts}", "let each begin later than the one before")
    if not knots[0]:
        raise wrong_scenario("shares of no year", "give those of one year at least")
    for shares in knots:
        _check_same("years of shares", map(str, shares), "another's", map(str, knots[0]))
        _check_numbers("shares", shares.values(), SHARE)
    if one.reported is not None and not min(known) <= one.reported.year <= one.last_year:
        raise wrong_scenario(
            f"reported of {one.reported.year}", f"give {min(known)} to {one.last_year}"
        )
    for year in knots[0]:
        whole = sum(shares[year] for shares in knots)
        if abs(whole - 1) > _ROUNDING:
            raise wrong_scenario(f"shares of {year} sum to {whole:g}", "let them sum to 1")


def _check_same(what: str, names: Iterable[str], other: str, others: Iterable[str]) -> None:
    odd = sorted(set(names) ^ set(others))
    if odd:
        raise wrong_scenario(
            f"{what} and {other} differ in {shown(odd[0])!a}", "give both the same names"
        )


def _check_numbers(what: str, values: Iterable[float], limits: tuple[float, float]) -> None:
    for value in values:
        if not (isfinite(value) and limits[0] <= value <= limits[1]):
            raise wrong_scenario(f"{what} holds {value:g}", f"give {limits[0]:g} to {limits[1]:g}")


def _check_source(name: str, source: str) -> None:
    if not source.strip():
        raise wrong_scenario(
            f"{shown(name)} has no source", 'say who says so; "assumption" where nobody does'
        )
