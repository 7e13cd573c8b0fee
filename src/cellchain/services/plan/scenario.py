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

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.stock.projection import Choices, Projection
from cellchain.services.plan.lifetimes import DEVIATION, MEAN, SHAPE, size_and_form
from cellchain.services.plan.rows import lacking
from cellchain.services.plan.stock import YEARS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.services.analysis.table import Floats
    from cellchain.services.plan.stock import Inflow


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
            raise wrong_scenario(
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
        if unknown := lacking(inflow.chemistries, self.lifetimes):
            told = f"the scenario has no lifetime of {unknown}"
            raise Refused("stock.no_lifetime", told, remedy="name them as the scenario does")
        if unknown := lacking(self.lifetimes, inflow.chemistries):
            told = f"there is no inflow of {unknown}"
            raise Refused("stock.gap", told, remedy="write 0 in each year where nothing flowed in")
        return inflow.kwh[:, [inflow.chemistries.index(one) for one in self.lifetimes]]

    def _split(self, years: range) -> Floats:
        """Return the share of each chemistry in each year, shape [years, chemistries]."""
        knots = [self.shares.by_chemistry[one] for one in self.lifetimes]
        return np.stack(
            [np.interp(years, sorted(one), [one[year] for year in sorted(one)]) for one in knots],
            axis=1,
        )


def wrong_scenario(what: str, remedy: str) -> Refused:
    """Return the refusal of what cannot be."""
    return Refused("stock.scenario", what, remedy=remedy)
