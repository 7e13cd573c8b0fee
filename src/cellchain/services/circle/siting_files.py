"""What ``circle site`` reads: sources, sites, and ways where a table tells them.

Sources: ``source, tonnes_per_year[, latitude, longitude, eur_per_tkm]``; sites: ``site,
capacity_t_per_year, fixed_eur_per_year, handling_eur_per_t[, latitude, longitude]``; ways:
``source, site, km``, a pair that is missing is no way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.siting.distance import great_circles_km
from cellchain.services.analysis.spelling import check_spelling
from cellchain.services.analysis.table import EMPTY, shown

if TYPE_CHECKING:
    from cellchain.science.allocation.values import Integers
    from cellchain.services.analysis.table import Floats, Table

SOURCE, SITE, KM = "source", "site", "km"
TONNES, CAPACITY = "tonnes_per_year", "capacity_t_per_year"
FIXED, HANDLING, RATE = "fixed_eur_per_year", "handling_eur_per_t", "eur_per_tkm"
LATITUDE, LONGITUDE = PLACE = "latitude", "longitude"
SOURCE_COLUMNS = (SOURCE, LATITUDE, LONGITUDE, TONNES, RATE)
KG = 1_000
"""In a tonne."""
SOURCES_MAX = 5_000
SITES_MAX = 500
WAYS_MAX = 250_000
NUMBER_MAX = 1e9
DETOUR_MAX = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """Where batteries come from."""

    names: tuple[str, ...]
    kg: Integers
    """A year, above 0."""
    rate: Floats
    """Money for a tonne and a kilometre."""
    where: Floats | None
    """Degrees, shape [sources, 2]; nothing where no place is told."""


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """Where sites may be opened."""

    names: tuple[str, ...]
    capacity_kg: Integers
    """A year."""
    fixed: Floats
    """Money a year where it is open."""
    handling: Floats
    """Money for a tonne."""
    where: Floats | None
    """Likewise."""


def sources_of(table: Table, rate: float | None) -> Sources:
    """Return the sources in a table.

    Args:
        table: A row a source.
        rate: Money for a tonne and a kilometre of those that tell none.

    Raises:
        Refused: ``table.…``; ``site.key``, ``site.twice``, ``site.number``, ``site.place``,
            ``site.too_many``, ``site.nothing``; ``site.rate``: none is told.
    """
    check_spelling("sources", table, (SOURCE, TONNES), (*PLACE, RATE))
    names = _names(table, SOURCE, SOURCES_MAX)
    told = np.full(len(names), np.nan)
    if RATE in table.names:
        told = _numbers(table, RATE, names, may_miss=True)
    if rate is not None and not 0 <= rate <= NUMBER_MAX:
        raise Refused("site.rate", f"a tonne and a kilometre cost {rate!r}", remedy="0 or above")
    found = np.where(np.isnan(told), np.nan if rate is None else rate, told)
    if np.isnan(found).any():
        one = shown(names[int(np.isnan(found).argmax())])
        raise Refused(
            "site.rate", f"nobody tells what a tonne from {one} costs a kilometre",
            remedy=f"give --tkm-eur, or a column {RATE}",
        )  # fmt: skip
    kg = np.rint(_numbers(table, TONNES, names) * KG).astype(np.int64)
    if (kg <= 0).any():
        one = shown(names[int((kg <= 0).argmax())])
        raise Refused(
            "site.number", f"{one} sends less than half a kilogram", remedy="leave it out"
        )
    return Sources(names, kg, found, _where(table, names))


def sites_of(table: Table) -> Sites:
    """Return the sites in a table.

    Raises:
        Refused: ``table.…``; as of `sources_of`.
    """
    check_spelling("sites", table, (SITE, CAPACITY, FIXED, HANDLING), PLACE)
    names = _names(table, SITE, SITES_MAX)
    capacity = np.floor(_numbers(table, CAPACITY, names) * KG + 1e-6).astype(np.int64)
    fixed, handling = (_numbers(table, one, names) for one in (FIXED, HANDLING))
    return Sites(names, capacity, fixed, handling, _where(table, names))


def ways_km(sources: Sources, sites: Sites, table: Table | None, detour: float) -> Floats:
    """Return the way from each source to each site, km, shape [sources, sites]; NaN: there is none.

    Args:
        sources: Where batteries come from.
        sites: Where they may go.
        table: Of ways; where there is none, great circles times ``detour``.
        detour: From 1.

    Raises:
        Refused: ``table.…``; ``site.no_place``: neither ways nor places are told; ``site.detour``,
            ``site.number``, ``site.twice``, ``site.unknown``, ``site.too_many``;
            ``site.unreachable``: a source has no way to any site.
    """
    shape = (len(sources.names), len(sites.names))
    if shape[0] * shape[1] > WAYS_MAX:
        told = f"{shape[0]} sources by {shape[1]} sites; at most {WAYS_MAX} pairs"
        raise Refused("site.too_many", told)
    if table is not None:
        return _told_ways(sources, sites, table)
    if not 1 <= detour <= DETOUR_MAX:
        told = f"a way is {detour!r} times the great circle"
        raise Refused("site.detour", told, remedy=f"1 to {DETOUR_MAX:g}; 1.2 to 1.4 is usual")
    if sources.where is None or sites.where is None:
        raise Refused(
            "site.no_place", "neither places nor ways are told",
            remedy=f"give {LATITUDE} and {LONGITUDE} in both files, or --distances",
        )  # fmt: skip
    return great_circles_km(sources.where, sites.where) * detour


def _told_ways(sources: Sources, sites: Sites, table: Table) -> Floats:
    found = np.full((len(sources.names), len(sites.names)), np.nan)
    rows, columns = (
        _places(table, name, names)
        for name, names in ((SOURCE, sources.names), (SITE, sites.names))
    )
    pairs = rows * len(sites.names) + columns
    order = np.argsort(pairs, kind="stable")
    again = np.flatnonzero(np.diff(pairs[order]) == 0)
    if len(again):
        row = int(order[again[0] + 1])
        told = f"{shown(sources.names[rows[row]])} to {shown(sites.names[columns[row]])}"
        raise Refused("site.twice", f"the way from {told} is told twice, row {row + 1}")
    found[rows, columns] = _numbers(table, KM, [sources.names[row] for row in rows.tolist()])
    lost = np.isnan(found).all(axis=1)
    if lost.any():
        one = shown(sources.names[int(lost.argmax())])
        raise Refused("site.unreachable", f"no way leads from {one} to any site", remedy="add one")
    return found


def _places(table: Table, name: str, names: tuple[str, ...]) -> Integers:
    column = table.texts(name)
    place = {one: number for number, one in enumerate(names)}
    unknown = [one for one in column.labels if one not in place]
    if unknown or (column.codes == EMPTY).any():
        told = shown(unknown[0]) if unknown else "no name"
        raise Refused(
            "site.unknown", f"the table of ways knows the {name} {told}, and no other file"
        )
    return np.array([place[one] for one in column.labels], np.int64)[column.codes]


def _names(table: Table, name: str, most: int) -> tuple[str, ...]:
    column = table.texts(name)
    if not len(column.codes):
        raise Refused("site.nothing", f"there is no {name}")
    if len(column.codes) > most:
        raise Refused("site.too_many", f"{len(column.codes)} rows of {name}; at most {most}")
    empty = column.codes == EMPTY
    if empty.any():
        raise Refused("site.key", f"row {int(empty.argmax()) + 1} has no {name}")
    names = tuple(one or "" for one in column.cells())
    if len(column.labels) < len(names):
        twice = next(one for row, one in enumerate(names) if one in names[:row])
        raise Refused("site.twice", f"{name} {shown(twice)} stands twice")
    return names


def _numbers(
    table: Table, column: str, named: tuple[str, ...] | list[str], *, may_miss: bool = False
) -> Floats:
    cells = table.numbers(column)
    wrong = ~((cells >= 0) & (cells <= NUMBER_MAX) | (np.isnan(cells) & may_miss))
    if wrong.any():
        row = int(wrong.argmax())
        raise Refused(
            "site.number", f"{column} of {shown(named[row])} is {cells[row]:g}",
            remedy=f"give a number, 0 to {NUMBER_MAX:g}",
        )  # fmt: skip
    return cells


def _where(table: Table, names: tuple[str, ...]) -> Floats | None:
    if LATITUDE not in table.names and LONGITUDE not in table.names:
        return None
    found = np.column_stack([table.numbers(LATITUDE), table.numbers(LONGITUDE)])
    wrong = ~(np.abs(found) <= (90, 180)).all(axis=1)
    if wrong.any():
        row = int(wrong.argmax())
        told = f"{shown(names[row])} lies at {found[row, 0]:g}, {found[row, 1]:g}"
        raise Refused("site.place", told, remedy="give degrees, north and east above 0")
    return found
