"""What of a day no plan could keep, with what it clashes with, told before any search.

Ways are the quickest over whatever lies between, or straight to a critical pack, which rides alone;
breaks are not counted. What is refused here cannot be planned in any way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cellchain.core.errors import Refused
from cellchain.science.routing.problem import CLOSED
from cellchain.services.circle.collecting.day import HOUR_S, LOADS, THOUSAND, clock
from cellchain.services.circle.collecting.goods import CLASSES, EXEMPT_KG, TUNNEL_CODE
from cellchain.services.circle.collecting.roads import EVERY, quickest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.science.routing.problem import Integers
    from cellchain.services.circle.collecting.day import Lorry, Stop
    from cellchain.services.circle.collecting.task import Task

TOLD_MAX = 3
"""Lorries whose reason is told."""


class Clash(NamedTuple):
    """Why a lorry cannot serve a stop."""

    rank: int
    """How near it came: of several lorries those that came nearest are told."""
    text: str


CLASS, LOAD, ROAD, TUNNEL, FAR, HOURS = range(6)


def check_day(task: Task) -> None:
    """Refuse a day with a stop that no lorry can serve, or with more than all can carry.

    Raises:
        Refused: ``route.hours``: a lorry is never at its depot while this is open;
            ``route.class``, ``route.too_heavy``, ``route.unreachable``, ``route.tunnel``,
            ``route.too_far``, ``route.late``: no lorry serves a stop, by what came nearest;
            ``route.too_much``: all lorries together carry less.
    """
    for lorry, kind in zip(task.day.lorries, task.problem.vehicle_types, strict=True):
        if kind.earliest > kind.latest:
            depot = task.day.depots[lorry.depot]
            raise Refused(
                "route.hours",
                f"lorry {lorry.id} works from {clock(lorry.begins_s)} to {clock(lorry.ends_s)}, and"
                f" depot {depot.id} is open from {clock(depot.opens_s)} to {clock(depot.closes_s)}",
                remedy="let the two overlap",
            )
    ways = _Ways(task)
    for place, stop in enumerate(task.day.stops, start=len(task.day.depots)):
        clashes = [_why_not(task, ways, number, place) for number in range(len(task.day.lorries))]
        if all(clashes):
            _refuse(stop, [one for one in clashes if one is not None])
    _check_totals(task)


class _Ways:
    """Least driving times from and to depots, by profile, as far as they were asked for."""

    def __init__(self, task: Task) -> None:
        self._drive = task.matrices.drive
        self._alone = frozenset(task.critical)
        self._known: dict[tuple[int, int], tuple[Integers, Integers]] = {}

    def of(self, profile: int, depot: int, place: int) -> tuple[int, int]:
        """Return the times to a place and back; straight, where it is visited alone."""
        drive, key = self._drive[profile], (profile, depot)
        if place in self._alone:
            return int(drive[depot, place]), int(drive[place, depot])
        if key not in self._known:
            self._known[key] = quickest(drive, depot), quickest(drive.T, depot)
        out, back = self._known[key]
        return int(out[place]), int(back[place])


def _refuse(stop: Stop, clashes: Sequence[Clash]) -> None:
    nearest = max(one.rank for one in clashes)
    told = [one for one in clashes if one.rank == nearest]
    more = f"; and so on for {len(told) - TOLD_MAX} more" if len(told) > TOLD_MAX else ""
    text = f"stop {stop.id}: {'; '.join(one.text for one in told[:TOLD_MAX])}{more}"
    if nearest == CLASS:
        raise Refused("route.class", text, remedy="add a lorry that may carry that class")
    if nearest == LOAD:
        raise Refused("route.too_heavy", text, remedy="split it, or add a larger lorry")
    if nearest == ROAD:
        raise Refused("route.unreachable", text, remedy="give a road there and back")
    if nearest == TUNNEL:
        raise Refused("route.tunnel", text, remedy="give a road around it, or an exempt lorry")
    if nearest == FAR:
        raise Refused(
            "route.too_far", text, remedy="look at the coordinates, or add a nearer depot"
        )
    raise Refused("route.late", text, remedy="widen a window, or begin earlier")


def _why_not(task: Task, ways: _Ways, number: int, place: int) -> Clash | None:
    lorry = task.day.lorries[number]
    stop = task.day.stops[place - len(task.day.depots)]
    if stop.damage_class not in lorry.classes:
        carries = ", ".join(one for one in CLASSES if one in lorry.classes) or "none"
        return Clash(CLASS, f"it holds {stop.damage_class} batteries, and lorry {lorry.id} may"
                     f" carry {carries}")  # fmt: skip
    for asked, room, unit in zip(stop.load, lorry.room, LOADS, strict=True):
        if asked > room:
            return Clash(LOAD, f"it has {asked / THOUSAND:g} {unit}, and lorry {lorry.id} takes"
                         f" {room / THOUSAND:g}")  # fmt: skip
    return _no_road(task, ways, number, place) or _no_time(task, ways, number, place)


def _no_road(task: Task, ways: _Ways, number: int, place: int) -> Clash | None:
    lorry, kind = task.day.lorries[number], task.problem.vehicle_types[number]
    depot = task.day.depots[lorry.depot].id
    if max(ways.of(kind.profile, kind.start_depot, place)) < CLOSED:
        return None
    out, back = ways.of(EVERY, kind.start_depot, place)
    if max(out, back) < CLOSED:
        return Clash(TUNNEL, f"the only road between it and depot {depot} leads through a"
                     f" tunnel of category E, closed to goods of code {TUNNEL_CODE}; lorry"
                     f" {lorry.id} {_not_exempt(lorry)}")  # fmt: skip
    way = "to it from" if out >= CLOSED else "from it to"
    return Clash(ROAD, f"there is no road {way} depot {depot} of lorry {lorry.id}")


def _not_exempt(lorry: Lorry) -> str:
    if lorry.room[0] > EXEMPT_KG * THOUSAND:
        return f"takes {lorry.room[0] / THOUSAND:g} kg, and up to {EXEMPT_KG} kg are exempt"
    return "may carry critical packs, which are never exempt"


def _no_time(task: Task, ways: _Ways, number: int, place: int) -> Clash | None:
    lorry, kind = task.day.lorries[number], task.problem.vehicle_types[number]
    stop = task.day.stops[place - len(task.day.depots)]
    out, back = ways.of(kind.profile, kind.start_depot, place)
    if out + back > lorry.drive_s_max:
        return Clash(FAR, f"there and back are {(out + back) / HOUR_S:.2f} h of driving, and"
                     f" the driver of lorry {lorry.id} drives at most"
                     f" {lorry.drive_s_max / HOUR_S:g} h")  # fmt: skip
    there = kind.earliest + out
    if there > stop.closes_s:
        return Clash(HOURS, f"it closes at {clock(stop.closes_s)}, and lorry {lorry.id} cannot"
                     f" be there before {clock(there)}")  # fmt: skip
    done = max(there, stop.opens_s) + stop.service_s + back + task.day.unload_s
    if done > kind.latest:
        return Clash(HOURS, f"loaded from {clock(max(there, stop.opens_s))}, it is at the depot"
                     f" and unloaded at {clock(done)}, and lorry {lorry.id} must be by"
                     f" {clock(kind.latest)}")  # fmt: skip
    return None


def _check_totals(task: Task) -> None:
    """Refuse where goods of some classes exceed what the lorries that carry any of them take."""
    ordinary = [one for one in task.day.stops if not one.is_critical]
    wanted = sorted({one.damage_class for one in ordinary}, key=CLASSES.index)
    for classes in (*((one,) for one in wanted), *([tuple(wanted)] if len(wanted) > 1 else [])):
        lorries = [one for one in task.day.lorries if one.classes & set(classes)]
        for dimension, unit in enumerate(LOADS):
            asked = sum(s.load[dimension] for s in ordinary if s.damage_class in classes)
            room = sum(one.room[dimension] * one.trips for one in lorries)
            if asked > room:
                raise Refused(
                    "route.too_much",
                    f"stops of {' and '.join(classes)} batteries have {asked / THOUSAND:g} {unit},"
                    f" and the lorries that may carry them take {room / THOUSAND:g} on all their"
                    f" rounds: {', '.join(one.id for one in lorries)[:200]}",
                    remedy="add lorries or trips, or leave stops for another day",
                )
