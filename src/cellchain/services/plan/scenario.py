"""A scenario in TOML: what is known, and ranges of what is not, each with who says so.

    last_year = 2050
    [known]                      inflow_kwh = {2022 = …, 2023 = …}
    [[growth]]                   first_year, and a range of the growth a year from then on
    [shares]                     by_chemistry.lfp = {2023 = 0.4, 2030 = 0.5}
    [lifetimes.lfp]              distribution, shape or deviation_years, a range as mean_years
    [materials]                  kg_per_kwh.lfp = {Li = …}
    [collection] [recovery.Li]   ranges of shares
    [second_life]                share, a range, and years; may be left out
    [reported]                   year, share_of_demand: what others say; may be left out

A range is ``low, mode, high, source``.
"""

from __future__ import annotations

from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.stock.projection import Choices, Projection
from cellchain.services.analysis.table import shown
from cellchain.services.plan.lifetimes import DEVIATION, MEAN, SHAPE, size_and_form
from cellchain.services.plan.rows import YEAR_MAX, YEAR_MIN, check_known
from cellchain.services.plan.stock import INFLOW_MAX_KWH, YEARS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cellchain.services.analysis.table import Floats
    from cellchain.services.plan.stock import Inflow

NAMES_MAX = 100
"""Chemistries, materials and rates of growth."""
KG_PER_KWH_MAX = 100.0
GROWTH = (-0.99, 5.0)
SHARE = (0.0, 1.0)
MEAN_YEARS = (0.5, 200.0)
_ROUNDING = 1e-9


class Range(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The lowest, the likeliest and the highest value, and who says so."""

    low: float
    mode: float
    high: float
    source: str

    @property
    def triple(self) -> tuple[float, float, float]:
        """The three values, lowest first."""
        return self.low, self.mode, self.high


class Growth(Range, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Growth of the inflow a year, from a year on."""

    first_year: int


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Inflow of the first years, of all chemistries."""

    source: str
    inflow_kwh: dict[int, float]


class Shares(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of the inflow each chemistry is, in some years."""

    source: str
    by_chemistry: dict[str, dict[int, float]]


class Lifetime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long batteries of a chemistry are used."""

    distribution: str
    mean_years: Range
    shape: float | None = None
    deviation_years: float | None = None

    def form(self, whose: str) -> float:
        """Return the second number of the distribution.

        Raises:
            Refused: ``stock.distribution``, ``stock.lifetime``: for any mean in the range.
        """
        found = 0.0
        for mean in self.mean_years.triple:
            given = ((SHAPE, self.shape), (MEAN, mean), (DEVIATION, self.deviation_years))
            numbers = {name: value for name, value in given if value is not None}
            found = size_and_form(self.distribution, numbers, whose)[1]
        return found


class Materials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is in a kilowatt-hour of each chemistry."""

    source: str
    kg_per_kwh: dict[str, dict[str, float]]


class Second(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The share of what is collected that serves a second time, and for how long."""

    share: Range
    years: int


class Reported(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shares of demand as others report them."""

    year: int
    source: str
    share_of_demand: dict[str, float]


class Parameter(msgspec.Struct, frozen=True):
    """One uncertain number, with the name by which it is told."""

    name: str
    range: Range


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of it."""

    title: str
    about: str
    last_year: int
    known: Known
    growth: tuple[Growth, ...]
    shares: Shares
    lifetimes: dict[str, Lifetime]
    materials: Materials
    collection: Range
    recovery: dict[str, Range]
    second_life: Second | None = None
    reported: Reported | None = None

    @property
    def chemistries(self) -> tuple[str, ...]:
        """Their names, in the order of the lifetimes."""
        return tuple(self.lifetimes)

    @property
    def metals(self) -> tuple[str, ...]:
        """The names of the materials, in the order of the recovery."""
        return tuple(self.recovery)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Every uncertain number, in the order in which they are drawn."""
        return tuple(self._parameters())

    @property
    def asked_year(self) -> int:
        """The year that others report, or the last one."""
        return self.last_year if self.reported is None else self.reported.year

    def _parameters(self) -> Iterator[Parameter]:
        for one in self.growth:
            yield Parameter(f"growth from {one.first_year}", one)
        for name, lifetime in self.lifetimes.items():
            yield Parameter(f"lifetime {name}", lifetime.mean_years)
        yield Parameter("collection", self.collection)
        for name, found in self.recovery.items():
            yield Parameter(f"recovery {name}", found)
        if self.second_life is not None:
            yield Parameter("second life", self.second_life.share)

    def choices(self, values: Floats) -> Choices:
        """Return values of `parameters`, shape [parameters, n], by what they are."""
        ends = np.cumsum([len(self.growth), len(self.lifetimes), 1, len(self.recovery)])
        growth, mean_years, collection, recovery, second = np.split(values, ends)
        return Choices(
            growth=growth,
            mean_years=mean_years,
            collection=collection[0],
            recovery=recovery,
            second=second[0] if len(second) else np.zeros(values.shape[1]),
        )

    def projection(self, inflow: Inflow | None = None) -> tuple[range, Projection]:
        """Return the years, and what is the same in every choice.

        Args:
            inflow: What is known instead of what the scenario says, of its chemistries.

        Raises:
            Refused: ``stock.no_lifetime``, ``stock.gap``, ``stock.scenario``: what clashes.
        """
        known = self._known(inflow)
        first = inflow.first_year if inflow is not None else min(self.known.inflow_kwh)
        years = range(first, self.last_year + 1)
        begun = first + len(known)
        growth_from = [one.first_year for one in self.growth]
        if not begun <= self.last_year or growth_from[0] > begun or len(years) > YEARS_MAX:
            raise _wrong(
                f"inflow is known until {begun - 1}, growth begins in {growth_from[0]}, the last"
                f" year is {self.last_year}",
                "let growth begin in the year after the known ones, and something be left of it",
            )
        return years, Projection(
            known_kwh=known,
            shares=self._split(range(begun, self.last_year + 1)),
            growth_from=[max(one - begun, 0) for one in growth_from],
            distributions=[one.distribution for one in self.lifetimes.values()],
            forms=[one.form(name) for name, one in self.lifetimes.items()],
            kg_per_kwh=np.array(
                [[self.materials.kg_per_kwh[c][m] for c in self.lifetimes] for m in self.recovery]
            ),
            second_years=self.second_life.years if self.second_life is not None else 0,
        )

    def _known(self, inflow: Inflow | None) -> Floats:
        if inflow is None:
            total = self.known.inflow_kwh
            years = range(min(total), max(total) + 1)
            return np.array([[total[one]] for one in years]) * self._split(years)
        check_known(
            inflow.chemistries, self.lifetimes, "stock.no_lifetime",
            "the scenario has no lifetime of", "add it, or name it as the scenario does",
        )  # fmt: skip
        check_known(
            self.lifetimes, inflow.chemistries, "stock.gap", "there is no inflow of",
            "write 0 in each year where nothing flowed in",
        )  # fmt: skip
        return inflow.kwh[:, [inflow.chemistries.index(one) for one in self.lifetimes]]

    def _split(self, years: range) -> Floats:
        """Return the share of each chemistry in each year, shape [years, chemistries]."""
        knots = [self.shares.by_chemistry[one] for one in self.lifetimes]
        return np.stack(
            [np.interp(years, sorted(one), [one[year] for year in sorted(one)]) for one in knots],
            axis=1,
        )


def parse_scenario(data: bytes) -> Scenario:
    """Return the scenario in a file.

    Raises:
        Refused: ``stock.scenario``: it is none, or says what cannot be; ``stock.distribution``,
            ``stock.lifetime``.
    """
    try:
        found = msgspec.toml.decode(data, type=Scenario)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _wrong(
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
        raise _wrong(
            "no chemistry, no material or no growth, or too many",
            f"give one to {NAMES_MAX} of each",
        )
    if one.reported is not None:
        _check_source("reported", one.reported.source)
        check_known(
            one.reported.share_of_demand, one.recovery, "stock.scenario",
            "reported, but not in [recovery]", "drop it",
        )  # fmt: skip
        _check_numbers("share_of_demand", one.reported.share_of_demand.values(), (0, 10))


def _check_ranges(one: Scenario) -> None:
    limits = {"growth": GROWTH, "lifetime": MEAN_YEARS}
    for parameter in one.parameters:
        low, high = limits.get(parameter.name.partition(" ")[0], SHARE)
        values = (low, *parameter.range.triple, high)
        if not all(a <= b for a, b in pairwise(values)):
            told = ", ".join(f"{value:g}" for value in parameter.range.triple)
            raise _wrong(
                f"{shown(parameter.name)} is {told}",
                f"give low ≤ mode ≤ high in {low:g} to {high:g}",
            )
        _check_source(parameter.name, parameter.range.source)
    for name, source in (("known", one.known.source), ("shares", one.shares.source),
                         ("materials", one.materials.source)):  # fmt: skip
        _check_source(name, source)
    if one.second_life is not None and not 1 <= one.second_life.years <= YEARS_MAX:
        raise _wrong(f"a second life of {one.second_life.years} years", f"give 1 to {YEARS_MAX}")


def _check_years(one: Scenario) -> None:
    known, knots = one.known.inflow_kwh, list(one.shares.by_chemistry.values())
    starts = [growth.first_year for growth in one.growth]
    every = [one.last_year, *known, *starts, *(year for shares in knots for year in shares)]
    if not all(YEAR_MIN <= year <= YEAR_MAX for year in every):
        raise _wrong("a year is none", f"give years from {YEAR_MIN} to {YEAR_MAX}")
    if not known or sorted(known) != list(range(min(known), max(known) + 1)):
        raise _wrong("known years have gaps", "give each year, without gaps")
    _check_numbers("inflow_kwh", known.values(), (0, INFLOW_MAX_KWH))
    if any(second <= first for first, second in pairwise(starts)):
        raise _wrong(f"growth from {starts}", "let each begin later than the one before")
    for shares in knots:
        _check_same("years of shares", map(str, shares), "another's", map(str, knots[0]))
        _check_numbers("shares", shares.values(), SHARE)
    for year in knots[0]:
        whole = sum(shares[year] for shares in knots)
        if abs(whole - 1) > _ROUNDING:
            raise _wrong(f"shares of {year} sum to {whole:g}", "let them sum to 1")


def _check_same(what: str, names: Iterable[str], other: str, others: Iterable[str]) -> None:
    odd = sorted(set(names) ^ set(others))
    if odd:
        raise _wrong(f"{what} and {other} differ in {shown(odd[0])!a}", "give both the same names")


def _check_numbers(what: str, values: Iterable[float], limits: tuple[float, float]) -> None:
    for value in values:
        if not (isfinite(value) and limits[0] <= value <= limits[1]):
            raise _wrong(f"{what} holds {value:g}", f"give {limits[0]:g} to {limits[1]:g}")


def _check_source(name: str, source: str) -> None:
    if not source.strip():
        raise _wrong(
            f"{shown(name)} has no source", 'say who says so; "assumption" where nobody does'
        )


def _wrong(what: str, remedy: str) -> Refused:
    return Refused("stock.scenario", what, remedy=remedy)
