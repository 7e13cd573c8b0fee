"""What in an instance no plan could keep, told before any time is spent on a search."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.routing.problem import CLOSED, NEVER
from cellchain.science.routing.schedule import trip_times

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.science.routing.problem import Problem, VehicleType
    from cellchain.services.circle.routing_files.instance import Instance


def check_possible(instance: Instance) -> None:
    """Refuse an instance with a stop that no vehicle can serve, or with more than all can carry.

    Raises:
        Refused: ``route.windows``: one is upside down; ``route.too_heavy``, ``route.unreachable``:
            no vehicle serves a stop; ``route.too_much``: all vehicles together carry less.
    """
    problem = instance.problem
    _check_windows(instance)
    for stop in problem.stops:
        reasons = [_why_not(instance, kind, stop) for kind in problem.vehicle_types]
        if all(reasons):
            code, told = next(filter(None, reasons))
            raise _clash(code, f"stop {instance.numbers[stop]} {told}")
    _check_total(problem)


def _check_windows(instance: Instance) -> None:
    problem = instance.problem
    early, late = problem.column("earliest"), problem.column("latest", NEVER)
    for place in np.flatnonzero(early > late).tolist():
        scale = instance.rounding.scale
        raise Refused(
            "route.windows",
            f"place {instance.numbers[place]} is open from {early[place] / scale:g} until"
            f" {late[place] / scale:g}",
            remedy="let it open before it closes",
        )


def _clash(code: str, text: str) -> Refused:
    if code == "route.too_heavy":
        return Refused("route.too_heavy", text, remedy="split it, or add a larger vehicle")
    return Refused(
        "route.unreachable", text, remedy="widen a window, or add a vehicle that is nearer"
    )


_Reason: TypeAlias = tuple[str, str] | None
"""Code and text; None where nothing is in the way."""


def _why_not(instance: Instance, kind: VehicleType, stop: int) -> _Reason:
    """Return why a vehicle cannot serve a stop, with nothing else on its way."""
    return (
        _load(instance, kind, stop) or _road(instance, kind, stop) or _hours(instance, kind, stop)
    )


def _load(instance: Instance, kind: VehicleType, stop: int) -> _Reason:
    problem = instance.problem
    for dimension, most in enumerate(kind.capacity):
        asks = int(problem.demand[stop, dimension])
        if asks > most:
            room = max(one.capacity[dimension] for one in problem.vehicle_types)
            which = f" in dimension {dimension + 1}" if len(kind.capacity) > 1 else ""
            return "route.too_heavy", f"asks for {asks}{which}; the largest vehicle takes {room}"
    if problem.skills and problem.skills[stop] - kind.skills:
        return "route.unreachable", "may be visited by none of the vehicles"
    return None


def _road(instance: Instance, kind: VehicleType, stop: int) -> _Reason:
    problem, scale = instance.problem, instance.rounding.scale
    legs = (kind.start_depot, stop), (stop, kind.end_depot)
    far = sum(int(problem.distance[kind.profile][leg]) for leg in legs)
    if far >= CLOSED:
        return "route.unreachable", "cannot be reached by any road"
    if far > kind.distance_max:
        return "route.unreachable", (
            f"is {far / scale:g} there and back from depot {instance.numbers[kind.start_depot]},"
            f" and a vehicle drives at most {kind.distance_max / scale:g}"
        )
    return None


def _hours(instance: Instance, kind: VehicleType, stop: int) -> _Reason:
    scale, depot = instance.rounding.scale, instance.numbers[kind.start_depot]
    times = trip_times(instance.problem, kind, kind.start_depot, (stop,), kind.end_depot)
    if times.taken > kind.shift_duration:
        return "route.unreachable", (
            f"takes a vehicle of depot {depot} {times.taken / scale:g}, and a shift is at most"
            f" {kind.shift_duration / scale:g}"
        )
    if times.earliest > times.latest:
        opens, closes = (instance.problem.column(one, NEVER)[stop] / scale
                         for one in ("earliest", "latest"))  # fmt: skip
        return "route.unreachable", (
            f"is open from {opens:g} to {closes:g}; a vehicle of depot {depot}, there from"
            f" {kind.earliest / scale:g} to {kind.latest / scale:g}, must leave by"
            f" {times.latest / scale:g} and cannot before {times.earliest / scale:g}"
        )
    if times.done > kind.latest:
        return "route.unreachable", (
            f"opens so late that a vehicle of depot {depot} is back at {times.done / scale:g}, and"
            f" it must be by {kind.latest / scale:g}"
        )
    return None


def _check_total(problem: Problem) -> None:
    for dimension in range(problem.dimensions):
        asked = int(problem.demand[:, dimension].sum())
        room = sum(_rooms(problem.vehicle_types, dimension))
        if asked > room:
            raise Refused(
                "route.too_much",
                f"stops ask for {asked}, and vehicles take {room} on all their trips together"
                + (f", in dimension {dimension + 1}" if problem.dimensions > 1 else ""),
                remedy="add vehicles or trips, or drop stops",
            )


def _rooms(kinds: Sequence[VehicleType], dimension: int) -> Iterator[int]:
    for kind in kinds:
        if len(kind.capacity) > dimension:
            yield kind.capacity[dimension] * kind.available * kind.trips_max
        else:
            yield NEVER
