"""A VRPLIB file as a problem: capacitated, several depots, mixed fleets, several trips.

The sections are those that PyVRP 0.14.1 reads, but prizes, groups, back-hauls and shipments; rows
are found by their numbers, not by their order. As PyVRP has it, the hours of a depot are those of
the vehicles that start there, and what a depot's own service time says is not counted.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.routing.problem import NEVER, Problem, VehicleType
from cellchain.services.analysis.table import shown
from cellchain.services.circle.routing_files.distances import explicit_distances, plane_distances
from cellchain.services.circle.routing_files.instance import Instance
from cellchain.services.circle.routing_files.lines import (
    at_least_zero,
    check_places,
    number,
    whole,
)
from cellchain.services.circle.routing_files.rounding import rounding_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.science.routing.problem import Integers
    from cellchain.services.circle.routing_files.rounding import Floats, Rounding
    from cellchain.services.circle.routing_files.sections import Sections

SPECIFICATIONS = frozenset((
    "NAME", "COMMENT", "TYPE", "DIMENSION", "EDGE_WEIGHT_TYPE", "EDGE_WEIGHT_FORMAT",
    "NODE_COORD_TYPE", "DISPLAY_DATA_TYPE", "VEHICLES", "CAPACITY", "SERVICE_TIME", "RELEASE_TIME",
    "DISTANCE", "VEHICLES_MAX_DURATION", "VEHICLES_MAX_DISTANCE", "VEHICLES_MAX_RELOADS",
    "VEHICLES_FIXED_COST", "VEHICLES_UNIT_DISTANCE_COST",
))  # fmt: skip
SECTIONS = frozenset((
    "NODE_COORD", "DISPLAY_DATA", "EDGE_WEIGHT", "DEMAND", "DEPOT", "SERVICE_TIME", "TIME_WINDOW",
    "RELEASE_TIME", "CAPACITY", "VEHICLES_DEPOT", "VEHICLES_RELOAD_DEPOT", "VEHICLES_MAX_DURATION",
    "VEHICLES_MAX_DISTANCE", "VEHICLES_MAX_RELOADS", "VEHICLES_FIXED_COST",
    "VEHICLES_UNIT_DISTANCE_COST", "VEHICLES_ALLOWED_CLIENTS",
))  # fmt: skip
DIMENSIONS_MAX = 20
HETEROGENEOUS = "HFVRP"
CENTS = 100
"""Costs of a unit of distance in a file of this type are hundredfold."""


def read_vrplib(found: Sections, asked: str) -> Instance:
    """Return the instance in a file.

    Args:
        found: What stands in it.
        asked: A rule of rounding; that of its ``TYPE`` where none is asked for.

    Raises:
        Refused: ``route.section``: something is not known, or missing; ``route.number``,
            ``route.places``, ``route.vehicles``, ``route.twice``, ``route.round``,
            ``route.distances``, ``route.depot``.
    """
    return _File(found, rounding_of(found.told.get("TYPE", ""), asked)).instance()


@dataclass(frozen=True, slots=True)
class _File:
    found: Sections
    rounding: Rounding

    def instance(self) -> Instance:
        self._check_known()
        kind = self.found.told.get("TYPE", "").upper()
        numbers = self._numbers()
        place_of = {one: place for place, one in enumerate(numbers)}
        depots = self._depots(place_of)
        exact, coordinates = self._distances(numbers)
        windows = self._windows(place_of)
        fleet = _Fleet(self, place_of, depots, windows)
        service = self._times("SERVICE_TIME", place_of)
        service[list(depots)] = 0
        demand = self._demand(place_of)
        demand[list(depots)] = 0
        release = self._times("RELEASE_TIME", place_of)
        release[list(depots)] = 0
        problem = Problem(
            distance=(self.rounding.near(exact),),
            duration=(self.rounding.up(exact),),
            depots=depots,
            demand=demand,
            vehicle_types=fleet.types,
            coordinates=coordinates,
            earliest=windows[:, 0],
            latest=windows[:, 1],
            service=service,
            release=release,
            skills=fleet.needed,
        )
        return Instance(
            name=self.found.told.get("NAME", ""),
            problem=problem,
            numbers=numbers,
            vehicles=fleet.numbers,
            alike=len(fleet.types) == 1,
            rounding=self.rounding,
            cost_per_unit=_cost_per_unit(kind, self.rounding),
            exact=exact if self.rounding.is_double else None,
        )

    def _check_known(self) -> None:
        odd = [one for one in self.found.told if one not in SPECIFICATIONS]
        odd += [f"{one}_SECTION" for one in self.found.rows if one not in SECTIONS]
        if odd:
            raise Refused(
                "route.section",
                f"what {shown(odd[0])} asks for is not known",
                remedy="take it out, if the plan may do without",
            )

    def _numbers(self) -> tuple[int, ...]:
        if "DIMENSION" not in self.found.told:
            raise Refused("route.section", "there is no DIMENSION", remedy="say how many places")
        places = whole(number(self.found.told["DIMENSION"], "DIMENSION"), "DIMENSION")
        check_places(places)
        if "NODE_COORD" not in self.found.rows:
            return tuple(range(1, places + 1))
        rows = self.found.rows["NODE_COORD"]
        if len(rows) != places:
            told = f"DIMENSION is {places}, and NODE_COORD_SECTION has {len(rows)} rows"
            raise Refused("route.places", told, remedy="let both agree")
        numbers = tuple(whole(row[0], "NODE_COORD_SECTION") for row in rows if row)
        if len(set(numbers)) < places:
            raise Refused("route.twice", "a number stands twice in NODE_COORD_SECTION")
        return numbers

    def _depots(self, place_of: dict[int, int]) -> tuple[int, ...]:
        told = [whole(one, "DEPOT_SECTION") for row in self.found.rows.get("DEPOT", ())
                for one in row if one != -1]  # fmt: skip
        for one in told:
            if one not in place_of:
                raise Refused("route.depot", f"depot {one} is no place", remedy="name a place")
        if not told:
            raise Refused("route.depot", "there is no depot", remedy="name one in DEPOT_SECTION")
        if len(set(told)) < len(told):
            raise Refused("route.twice", f"depots are {told[:20]}", remedy="name each once")
        if len(told) == len(place_of):
            raise Refused("route.nothing", "every place is a depot", remedy="add a stop")
        return tuple(place_of[one] for one in told)

    def _distances(self, numbers: Sequence[int]) -> tuple[Floats, Floats | None]:
        kind = self.found.told.get("EDGE_WEIGHT_TYPE", "").upper()
        coordinates = None
        if "NODE_COORD" in self.found.rows:
            rows = self.found.rows["NODE_COORD"]
            _check_width("NODE_COORD", rows, 3)
            coordinates = np.array([row[1:] for row in rows], np.float64)
        if kind == "EXPLICIT":
            form = self.found.told.get("EDGE_WEIGHT_FORMAT", "").upper()
            rows = self.found.rows.get("EDGE_WEIGHT", [])
            return explicit_distances(form, rows, len(numbers)), coordinates
        if "EDGE_WEIGHT" in self.found.rows:
            told = f"EDGE_WEIGHT_SECTION beside EDGE_WEIGHT_TYPE {shown(kind)!a}"
            raise Refused("route.distances", told, remedy="say EXPLICIT, or drop the section")
        if coordinates is None:
            raise Refused("route.section", "there is no NODE_COORD_SECTION", remedy="add it")
        return plane_distances(kind, coordinates), coordinates

    def _demand(self, place_of: dict[int, int]) -> Integers:
        rows = self.by_number("DEMAND", place_of, "place")
        if rows is None:
            return np.zeros((len(place_of), 0), np.int64)
        width = len(rows[0])
        if not 1 <= width <= DIMENSIONS_MAX or any(len(row) != width for row in rows):
            raise Refused("route.section", "rows of DEMAND_SECTION differ in length, or hold none")
        values = np.array(rows, np.float64)
        return self.rounding.load(values.ravel(), "a demand").reshape(values.shape)

    def _windows(self, place_of: dict[int, int]) -> Integers:
        rows = self.by_number("TIME_WINDOW", place_of, "place")
        if rows is None:
            return np.array([[0, NEVER]] * len(place_of), np.int64)
        _check_width("TIME_WINDOW", rows, 2)
        values = np.array(rows, np.float64)
        return np.stack([self.rounding.up(values[:, 0]), self.rounding.down(values[:, 1])], axis=1)

    def _times(self, name: str, place_of: dict[int, int]) -> Integers:
        return self.rounding.up(np.array(self.column(name, place_of, "place", 0.0)))

    def by_number(
        self, section: str, index: dict[int, int], what: str
    ) -> list[tuple[float, ...]] | None:
        """Return the rows of a section in the order of ``index``, each without its number."""
        if section not in self.found.rows:
            return None
        found: list[tuple[float, ...] | None] = [None] * len(index)
        for row in self.found.rows[section]:
            one = whole(row[0], f"{section}_SECTION")
            if one not in index:
                told = f"{section}_SECTION has {what} {one}, which there is not"
                raise Refused("route.section", told, remedy="take it out")
            if found[index[one]] is not None:
                raise Refused("route.twice", f"{section}_SECTION has {what} {one} twice")
            found[index[one]] = row[1:]
        rows = [row for row in found if row is not None]
        if len(rows) < len(found):
            lacking = next(one for one, place in index.items() if found[place] is None)
            told = f"{section}_SECTION has no row of {what} {lacking}"
            raise Refused("route.section", told, remedy="give a row of each")
        return [tuple(at_least_zero(one, f"{section}_SECTION") for one in row) for row in rows]

    def column(self, name: str, index: dict[int, int], what: str, default: float) -> list[float]:
        """Return a number of each, from a section or from a specification that holds for all."""
        rows = self.by_number(name, index, what)
        if rows is not None:
            if name in self.found.told:
                raise Refused("route.twice", f"{name} and {name}_SECTION both stand there")
            _check_width(name, rows, 1)
            return [row[0] for row in rows]
        told = self.found.told.get(name)
        one = default if told is None else at_least_zero(number(told, name), name)
        return [one] * len(index)


class _Fleet:
    """Vehicles, those that are alike together."""

    def __init__(
        self, file: _File, place_of: dict[int, int], depots: tuple[int, ...], windows: Integers
    ) -> None:
        stops = len(place_of) - len(depots)
        told = file.found.told.get("VEHICLES")
        count = stops if told is None else whole(number(told, "VEHICLES"), "VEHICLES")
        if not 1 <= count <= VEHICLES_MAX:
            raise Refused(
                "route.vehicles", f"there are {count} vehicles", remedy=f"give 1 to {VEHICLES_MAX}"
            )
        self._file, self._place_of, self._depots = file, place_of, depots
        self._index = {one: one - 1 for one in range(1, count + 1)}
        self._stops = stops
        start = [self._depot(one) for one in file.column(
            "VEHICLES_DEPOT", self._index, "vehicle", _number_of(place_of, depots[0]))]  # fmt: skip
        capacity, skills = self._capacities(), self._allowed()
        reloads, trips = self._reloads(), self._trips()
        fixed = self._costs("VEHICLES_FIXED_COST", 0.0, scaled=True)
        unit = self._costs("VEHICLES_UNIT_DISTANCE_COST", 1.0, scaled=False)
        shift, far = self._limits(), self._limit("VEHICLES_MAX_DISTANCE")
        alike: dict[VehicleType, list[int]] = defaultdict(list)
        for one in range(count):
            kind = VehicleType(
                capacity=capacity[one], start_depot=start[one], end_depot=start[one],
                reload_depots=reloads[one], trips_max=trips[one] if reloads[one] else 1,
                fixed_cost=fixed[one], distance_cost=unit[one], shift_duration=shift[one],
                distance_max=far[one], earliest=int(windows[start[one], 0]),
                latest=int(windows[start[one], 1]), skills=skills[one],
            )  # fmt: skip
            alike[kind].append(one + 1)
        self.types = tuple(replace(kind, available=len(ones)) for kind, ones in alike.items())
        self.numbers = tuple(map(tuple, alike.values()))
        self.needed: tuple[frozenset[str], ...] = ()
        if "VEHICLES_ALLOWED_CLIENTS" in file.found.rows:
            none: frozenset[str] = frozenset()
            self.needed = tuple(
                none if place in depots else frozenset((str(one),))
                for one, place in place_of.items()
            )

    def _depot(self, value: float) -> int:
        one = whole(value, "a depot of a vehicle")
        if self._place_of.get(one) not in self._depots:
            raise Refused("route.depot", f"{one} is no depot", remedy="name one of DEPOT_SECTION")
        return self._place_of[one]

    def _capacities(self) -> list[tuple[int, ...]]:
        file = self._file
        rows = file.by_number("CAPACITY", self._index, "vehicle")
        if rows is None and "CAPACITY" not in file.found.told:
            if "DEMAND" in file.found.rows:
                raise Refused("route.section", "there is no CAPACITY", remedy="say what one takes")
            return [()] * len(self._index)
        if rows is None:
            rows = [(one,) for one in file.column("CAPACITY", self._index, "vehicle", 0.0)]
        width = len(file.found.rows.get("DEMAND", [(0.0, 0.0)])[0]) - 1
        _check_width("CAPACITY", rows, width)
        return [tuple(file.rounding.load(np.array(row), "a capacity").tolist()) for row in rows]

    def _allowed(self) -> list[frozenset[str]]:
        rows = self._file.by_number("VEHICLES_ALLOWED_CLIENTS", self._index, "vehicle")
        none: frozenset[str] = frozenset()
        if rows is None:
            return [none] * len(self._index)
        return [frozenset(str(whole(one, "a client")) for one in row) for row in rows]

    def _reloads(self) -> list[tuple[int, ...]]:
        rows = self._file.by_number("VEHICLES_RELOAD_DEPOT", self._index, "vehicle")
        if rows is None:
            return [()] * len(self._index)
        return [tuple(sorted({self._depot(one) for one in row})) for row in rows]

    def _trips(self) -> list[int]:
        most = self._file.column("VEHICLES_MAX_RELOADS", self._index, "vehicle", self._stops)
        return [1 + min(whole(one, "VEHICLES_MAX_RELOADS"), self._stops) for one in most]

    def _costs(self, name: str, default: float, *, scaled: bool) -> list[int]:
        values = self._file.column(name, self._index, "vehicle", default)
        if scaled:
            return list(map(int, self._file.rounding.near(np.array(values))))
        return [whole(one, name) for one in values]

    def _limits(self) -> list[int]:
        """Return the longest duration of each; older files say it as ``DISTANCE``."""
        shift = self._limit("VEHICLES_MAX_DURATION")
        return [min(pair) for pair in zip(shift, self._limit("DISTANCE"), strict=True)]

    def _limit(self, name: str) -> list[int]:
        file = self._file
        if name not in file.found.told and name not in file.found.rows:
            return [NEVER] * len(self._index)
        values = file.column(name, self._index, "vehicle", 0.0)
        return list(map(int, file.rounding.down(np.array(values))))


VEHICLES_MAX = 100_000


def _number_of(place_of: dict[int, int], place: int) -> int:
    return next(one for one, found in place_of.items() if found == place)


def _check_width(section: str, rows: Sequence[Sequence[float]], width: int) -> None:
    for row in rows:
        if len(row) != width:
            raise Refused(
                "route.section", f"a row of {section}_SECTION holds {len(row)} numbers, not {width}"
            )


def _cost_per_unit(kind: str, rounding: Rounding) -> int:
    if kind != HETEROGENEOUS:
        return 1
    return CENTS * (1 if rounding.is_double else rounding.scale)
