"""Distances and driving times between all places, by who may drive through which tunnels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.routing.problem import CLOSED
from cellchain.science.siting.distance import great_circles_km
from cellchain.services.circle.collecting.day import HOUR_S, PER_KM
from cellchain.services.circle.collecting.goods import CLOSED_TUNNEL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cellchain.science.routing.problem import Integers
    from cellchain.services.circle.collecting.day import Day, Lorry, Road

EVERY, RESTRICTED = 0, 1
"""Profiles: all roads, and those without a tunnel of category E."""


@dataclass(frozen=True, slots=True, eq=False)
class Matrices:
    """By profile, shape [places, places]; `CLOSED` where there is no road."""

    distance: tuple[Integers, ...]
    """Tens of metres."""
    drive: tuple[Integers, ...]
    """Seconds."""
    speed: float | None
    """Units of distance a second, where it is the same on every road."""

    def profile(self, lorry: Lorry) -> int:
        """Return which of them a lorry drives by."""
        return EVERY if lorry.may_pass or len(self.distance) == 1 else RESTRICTED


def matrices_of(day: Day) -> Matrices:
    """Return the matrices of a day.

    From a table, of several roads the shortest that is open is driven, and of those the quickest.
    Without one a road is the great circle times the detour, to the nearest ten metres, at the day's
    speed.
    """
    if day.roads is None:
        distance = _circles(day)
        units_a_second = day.speed_kmh * PER_KM / HOUR_S
        drive = np.ceil(distance / units_a_second - 1e-6).astype(np.int64)
        return Matrices((distance,), (drive,), units_a_second)
    every = _from_table(len(day.places), day.roads)
    if not any(road.tunnel == CLOSED_TUNNEL for road in day.roads):
        return Matrices((every[0],), (every[1],), None)
    open_to_all = (road for road in day.roads if road.tunnel != CLOSED_TUNNEL)
    restricted = _from_table(len(day.places), open_to_all)
    return Matrices((every[0], restricted[0]), (every[1], restricted[1]), None)


def _circles(day: Day) -> Integers:
    at = np.array([one.at for one in day.places], np.float64)
    found: Integers = np.rint(great_circles_km(at, at) * day.detour * PER_KM).astype(np.int64)
    return found


def _from_table(places: int, roads: Iterable[Road]) -> tuple[Integers, Integers]:
    distance = np.full((places, places), CLOSED, np.int64)
    drive = distance.copy()
    best: dict[tuple[int, int], tuple[int, int]] = {}
    for road in roads:
        edge, told = (road.begin, road.end), (road.distance, road.drive_s)
        best[edge] = min(best.get(edge, told), told)
    for edge, told in best.items():
        distance[edge], drive[edge] = told
    np.fill_diagonal(distance, 0)
    np.fill_diagonal(drive, 0)
    return distance, drive


def quickest(drive: Integers, begin: int) -> Integers:
    """Return the least driving time from a place to each, over whatever places lie between.

    It is `CLOSED` or more where no way leads there.
    """
    found: Integers = drive[begin].copy()
    while True:
        better: Integers = np.minimum(found, (found[:, None] + drive).min(axis=0))
        if np.array_equal(better, found):
            return found
        found = better


def slowest(distance: Integers, drive: Integers) -> float:
    """Return the least units of distance a second on any road; 0 where a road has no length."""
    known = (drive > 0) & (drive < CLOSED)
    return float((distance[known] / drive[known]).min()) if known.any() else float("inf")
