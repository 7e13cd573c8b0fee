"""A file of Solomon, or of Gehring and Homberger: one depot, vehicles alike, time windows.

The name of the instance, ``VEHICLE``, a line of headings, the number of vehicles and their
capacity, ``CUSTOMER``, a line of headings, and a row a place: number, x, y, demand, ready time, due
date, service time. The first row is the depot; its due date is when vehicles must be back.

Source: M. Solomon, "Algorithms for the vehicle routing and scheduling problems with time window
constraints", Operations Research 35 (1987) 254; H. Gehring and J. Homberger (1999).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.routing.problem import Problem, VehicleType
from cellchain.services.analysis.table import shown
from cellchain.services.circle.routing_files.distances import euclidean
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

COLUMNS = ("number", "x", "y", "demand", "ready time", "due date", "service time")
VEHICLES_MAX = 100_000
_AMOUNTS = 3
"""Columns from here on are not below 0."""


def is_solomon(lines: Sequence[str]) -> bool:
    """Say whether a file has the heads of one."""
    heads = [line.upper() for line in lines[:20]]
    return "VEHICLE" in heads and "CUSTOMER" in heads


def read_solomon(lines: Sequence[str], asked: str) -> Instance:
    """Return the instance in a file.

    Args:
        lines: Of the file.
        asked: A rule of rounding; ``double`` where none is asked for.

    Raises:
        Refused: ``route.form``, ``route.number``, ``route.places``, ``route.twice``,
            ``route.round``, ``route.vehicles``.
    """
    upper = [line.upper() for line in lines]
    vehicles, capacity = _fleet(lines, upper.index("VEHICLE"))
    rows = _rows(lines, upper.index("CUSTOMER"))
    table = np.array(rows, np.float64)
    rounding = rounding_of("", asked or "double")
    numbers = tuple(int(one) for one in table[:, 0])
    exact = euclidean(table[:, 1:3])
    latest = rounding.down(table[:, 5])
    kind = VehicleType(
        capacity=(int(rounding.load(np.array([capacity]), "the capacity")[0]),),
        start_depot=0,
        end_depot=0,
        available=vehicles,
        earliest=int(rounding.up(table[:1, 4])[0]),
        latest=int(latest[0]),
    )
    problem = Problem(
        distance=(rounding.near(exact),),
        duration=(rounding.up(exact),),
        depots=(0,),
        demand=rounding.load(table[:, 3:4].ravel(), "a demand")[:, None],
        vehicle_types=(kind,),
        coordinates=table[:, 1:3],
        earliest=rounding.up(table[:, 4]),
        latest=latest,
        service=rounding.up(table[:, 6]),
    )
    return Instance(
        name=next((line for line in lines if line), ""),
        problem=problem,
        numbers=numbers,
        vehicles=(tuple(range(1, vehicles + 1)),),
        alike=True,
        rounding=rounding,
        exact=exact if rounding.is_double else None,
    )


def _fleet(lines: Sequence[str], head: int) -> tuple[int, float]:
    for place in range(head + 1, min(head + 5, len(lines))):
        found = lines[place].split()
        if len(found) == 2 and found[0][0].isdecimal():  # noqa: PLR2004
            where = f"line {place + 1}"
            vehicles = whole(number(found[0], where), where)
            if not 1 <= vehicles <= VEHICLES_MAX:
                told = f"{where}: there are {vehicles} vehicles"
                raise Refused("route.vehicles", told, remedy=f"give 1 to {VEHICLES_MAX}")
            return vehicles, at_least_zero(number(found[1], where), where)
    raise Refused(
        "route.form",
        "below VEHICLE stand no number of vehicles and capacity",
        remedy="give both, in one line",
    )


def _rows(lines: Sequence[str], head: int) -> list[list[float]]:
    found: list[list[float]] = []
    for place, line in enumerate(lines[head + 1 :], start=head + 2):
        cells = line.split()
        if not cells or not (cells[0][0].isdecimal() or found):
            continue  # headings
        if len(cells) != len(COLUMNS):
            raise Refused(
                "route.form",
                f"line {place}: {shown(line)!a} holds {len(cells)} numbers",
                remedy=f"give {', '.join(COLUMNS)}",
            )
        row = [number(cell, f"line {place}") for cell in cells]
        for value in row[_AMOUNTS:]:
            at_least_zero(value, f"line {place}")
        whole(row[0], f"line {place}")
        found.append(row)
    check_places(len(found))
    numbers = [row[0] for row in found]
    if len(set(numbers)) < len(numbers):
        again = next(one for one in numbers if numbers.count(one) > 1)
        raise Refused("route.twice", f"place {again:g} stands twice", remedy="keep one of them")
    return found
