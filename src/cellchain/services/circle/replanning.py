"""``circle replan``: a plan that is being driven, after what has happened.

Events, TOML, every part if you like:

    now = 95                 # the time, as the instance counts it; needed where it has hours
    late = [57, 58]          # stops of the instance that the plan does not have yet

    [[driven]]               # how far a route of the plan is driven
    route = 1                # its place in the plan, from 1
    stops = 3                # visited, counted over all its trips
    broken = false           # whether it drives no further

    [[closed]]               # a road that is closed, both ways
    from = 12
    to = 15
    one_way = false

Out, a plan as `routes` has it, in which the driven part of each route is as it was.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from cellchain.core.errors import Refused
from cellchain.core.json_names import check_names_once
from cellchain.science.routing.problem import NEVER, Route
from cellchain.science.routing.replanning import Driven, overdue, replanned
from cellchain.science.routing.solver import ignored
from cellchain.services.analysis.toml_file import decoded
from cellchain.services.circle.collecting.day_file import is_day
from cellchain.services.circle.plan_check.facts import facts_of
from cellchain.services.circle.plan_check.judging import judged
from cellchain.services.circle.route_clashes import check_possible
from cellchain.services.circle.routes import (
    RESERVE,
    Routed,
    RoutePlan,
    VehicleRoute,
    check_effort,
    plan_of_routes,
)
from cellchain.services.circle.routing_files.reading import read_instance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cellchain.services.circle.routing_files.instance import Instance

PLAN_BYTES_MAX = 1 << 26
SHOWN_MAX = 10
NOW_MAX = 1e9
TEMPLATE = """\
# the time, as the instance counts it; needed where it has hours
# now = 0

# stops of the instance that the plan does not have yet
late = []

# how far a route of the plan is driven; its place in the plan, from 1
# [[driven]]
# route = 1
# stops = 3
# broken = false

# a road that is closed, both ways unless it says one_way
# [[closed]]
# from = 12
# to = 15
# one_way = false
"""


class DrivenRoute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a route of the plan is driven."""

    route: int
    stops: int
    broken: bool = False


class ClosedRoad(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"begin": "from"}):
    """A road that no vehicle drives any more."""

    begin: int
    to: int
    one_way: bool = False


class Events(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What has happened."""

    now: float | None = None
    late: tuple[int, ...] = ()
    driven: tuple[DrivenRoute, ...] = ()
    closed: tuple[ClosedRoad, ...] = ()


@dataclass(frozen=True, slots=True)
class Replan:
    """A plan after the events, and what plain insertion would have cost."""

    routed: Routed
    inserted_cost: float | None
    """None where insertion keeps not every promise."""


def parse_events(data: bytes) -> Events:
    """Return the events in a file.

    Raises:
        Refused: ``replan.malformed``: it is none.
    """
    try:
        return decoded(data, Events)
    except ValueError as error:
        raise Refused(
            "replan.malformed", f"these are no events: {error}", remedy="begin with --template"
        ) from error


def parse_plan(data: bytes) -> RoutePlan:
    """Return the plan in a file.

    Raises:
        Refused: ``replan.malformed``: it is none; ``json.malformed``: an object has a name twice.
    """
    try:
        check_names_once(data)
        return msgspec.json.decode(data, type=RoutePlan)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Refused(
            "replan.malformed",
            f"this is no plan of routes: {error}",
            remedy="give one of circle route",
        ) from error


def planned_anew(
    instance_data: bytes,
    plan: RoutePlan,
    events: Events,
    *,
    rounding: str = "",
    cpu_s: float,
    seed: int,
    clock: Callable[[], float],
    begun_s: float | None = None,
    progress: Callable[[int], None] = ignored,
) -> Replan:
    """Return the best plan that is found after the events.

    Args:
        instance_data: File of the instance, late stops included.
        plan: What is being driven.
        events: What has happened.
        rounding: A rule in place of that of the file's type; none where empty.
        cpu_s: CPU seconds for all of it, reading and judging included.
        seed: Of the dice.
        clock: CPU seconds of this process.
        begun_s: What the clock showed when the time began to count; now where None.
        progress: Called with the hundredths of the time that are spent.

    Raises:
        Refused: ``route.…``, as for a plan; ``replan.now``, ``replan.stops``, ``replan.route``,
            ``replan.vehicle``, ``replan.driven``, ``replan.road``: plan, events and instance
            clash; ``replan.day``: a day of collecting; ``replan.infeasible``: no plan was found
            that keeps every promise.
    """
    since = clock() if begun_s is None else begun_s
    check_effort(cpu_s, seed)
    if is_day(instance_data):
        raise Refused(
            "replan.day", "the instance is a day of collecting, and these are not planned anew yet",
            remedy="plan what is left as a day of its own, with circle route",
        )  # fmt: skip
    instance = read_instance(instance_data, rounding)
    check_possible(instance)
    _check_stops(instance, plan, events)
    driven = _driven(instance, plan, events)
    closed = tuple(_closed(instance, events))
    now = _now(instance, events)
    _check_going_on(instance, driven, closed, now)
    found = replanned(
        instance.problem, driven, closed, now=now, seed=seed, clock=clock, progress=progress,
        cpu_s=max(0.0, cpu_s * (1 - RESERVE) - (clock() - since)),
    )  # fmt: skip
    if not found.plan.feasible:
        raise Refused(
            "replan.infeasible",
            f"in {cpu_s:g} CPU seconds no plan was found that keeps every promise",
            remedy="give more seconds or vehicles, or tell those who wait that they wait longer",
        )
    answer = _numbered(instance, found.plan.routes, plan, driven)
    facts = facts_of(instance_data, instance.rounding.name)
    faults = [*judged(answer.to_bytes(), facts).faults]
    roads = {(instance.numbers[begin], instance.numbers[end]) for begin, end in closed}
    faults += _past_faults(answer, plan, driven, roads, alike=instance.alike)
    if faults:
        raise Refused("route.unsound", f"the plan does not hold: {'; '.join(faults)}")
    simple = instance.cost(found.inserted.routes) if found.inserted.feasible else None
    return Replan(Routed(answer, instance), simple)


def _check_stops(instance: Instance, plan: RoutePlan, events: Events) -> None:
    wanted = {instance.numbers[stop] for stop in instance.problem.stops}
    planned = [stop for route in plan.routes for trip in route.trips for stop in trip]
    if len(set(planned)) < len(planned):
        raise Refused("replan.stops", "the plan visits a stop twice")
    for what, these in (
        ("the plan visits, and the instance does not have,", set(planned) - wanted),
        ("are late, and no stops of the instance:", set(events.late) - wanted),
        ("are late, and in the plan:", set(events.late) & set(planned)),
        ("are neither in the plan nor late:", wanted - set(planned) - set(events.late)),
    ):
        if these:
            some = ", ".join(map(str, sorted(these)[:SHOWN_MAX]))
            more = f" and {len(these) - SHOWN_MAX} more" if len(these) > SHOWN_MAX else ""
            raise Refused("replan.stops", f"{what} {some}{more}")


def _driven(instance: Instance, plan: RoutePlan, events: Events) -> tuple[Driven, ...]:
    if not instance.alike:
        used = Counter(route.vehicle_type for route in plan.routes)
        twice = [vehicle for vehicle, routes in used.items() if routes > 1]
        if twice:
            raise Refused("replan.vehicle", f"vehicle {min(twice)} has two routes in the plan")
    told: dict[int, DrivenRoute] = {}
    for one in events.driven:
        if not 1 <= one.route <= len(plan.routes):
            raise Refused(
                "replan.route", f"there is no route {one.route}; the plan has {len(plan.routes)}"
            )
        if one.route in told:
            raise Refused("replan.route", f"route {one.route} is told twice")
        stops = sum(map(len, plan.routes[one.route - 1].trips))
        if not 0 <= one.stops <= stops:
            raise Refused(
                "replan.driven", f"route {one.route} has {stops} stops, and {one.stops} are driven"
            )
        told[one.route] = one
    routes = [_route(instance, one, number) for number, one in enumerate(plan.routes, start=1)]
    for kind, count in Counter(one.vehicle_type for one in routes).items():
        most = instance.problem.vehicle_types[kind].available
        if count > most:
            raise Refused("replan.vehicle", f"{count} routes, and {most} vehicles that are alike")
    return tuple(
        Driven(
            route,
            told[number].stops if number in told else 0,
            number in told and told[number].broken,
        )
        for number, route in enumerate(routes, start=1)
    )


def _now(instance: Instance, events: Events) -> int:
    """Return the time by the search's numbers."""
    of = instance.problem
    hours = (
        bool((of.column("latest", NEVER) < NEVER).any() or of.column("release").any())
        or any(kind.shift_duration < NEVER for kind in of.vehicle_types)
    )  # fmt: skip
    if events.now is None:
        if hours:
            raise Refused(
                "replan.now", "the instance has hours, and the events tell no time",
                remedy="say now = …, as the instance counts it; 0 before anybody drives",
            )  # fmt: skip
        return 0
    if not 0 <= events.now <= NOW_MAX:
        raise Refused("replan.now", f"it is {events.now:g}", remedy=f"give 0 to {NOW_MAX:g}")
    return int(instance.rounding.up(np.array([events.now]))[0])


def _check_going_on(
    instance: Instance, driven: Sequence[Driven], closed: Sequence[tuple[int, int]], now: int
) -> None:
    of = instance.problem
    late = overdue(of, driven, now)
    if late is not None:
        raise Refused(
            "replan.driven",
            f"route {late + 1} has neither time nor distance left where it is",
            remedy="say that it is broken, or how far it is driven",
        )
    if of.column("release").any():  # goods on board are known, and the trip is driven to its end
        for place, one in enumerate(driven, start=1):
            legs = pairwise(one.to_the_end_of_its_trip().past.stops[max(0, one.stops - 1) :])
            if one.goes_on and (gone := set(legs) & set(closed)):
                begin, end = (instance.numbers[at] for at in min(gone))
                raise Refused(
                    "replan.road", f"route {place} must end its trip by the road {begin} to {end}",
                    remedy="say that it is broken before the road",
                )  # fmt: skip


def _route(instance: Instance, route: VehicleRoute, number: int) -> Route:
    """Return a route of the plan by places."""
    place = {one: at for at, one in enumerate(instance.numbers)}
    kinds = [kind for kind, ones in enumerate(instance.vehicles) if route.vehicle_type in ones]
    kind = kinds[0] if kinds else None
    if kind is None:
        raise Refused("replan.vehicle", f"route {number}: there is no vehicle {route.vehicle_type}")
    of = instance.problem.vehicle_types[kind]
    ends = place.get(route.start_depot), place.get(route.end_depot)
    reloads = route.reloads or (route.start_depot,) * (len(route.trips) - 1)
    if ends != (of.start_depot, of.end_depot) or len(reloads) != len(route.trips) - 1:
        raise Refused(
            "replan.vehicle", f"route {number} is none that vehicle {route.vehicle_type} can drive"
        )
    if not all(route.trips) or not {place.get(one) for one in reloads} <= {*of.reload_depots}:
        raise Refused("replan.vehicle", f"route {number} has an empty trip or reloads elsewhere")
    if len(route.trips) > of.trips_max:
        raise Refused(
            "replan.vehicle",
            f"route {number} has {len(route.trips)} trips, and vehicle {route.vehicle_type} may"
            f" have {of.trips_max}",
        )
    return Route(
        kind,
        tuple(tuple(place[stop] for stop in trip) for trip in route.trips),
        tuple(place[depot] for depot in reloads),
    )


def _closed(instance: Instance, events: Events) -> Iterator[tuple[int, int]]:
    place = {one: at for at, one in enumerate(instance.numbers)}
    for road in events.closed:
        ends = place.get(road.begin), place.get(road.to)
        if ends[0] is None or ends[1] is None or ends[0] == ends[1]:
            raise Refused(
                "replan.road", f"there is no road from {road.begin} to {road.to}",
                remedy="name two places of the instance",
            )  # fmt: skip
        yield ends[0], ends[1]
        if not road.one_way:
            yield ends[1], ends[0]


def _numbered(
    instance: Instance, routes: Sequence[Route], plan: RoutePlan, driven: Sequence[Driven]
) -> RoutePlan:
    """Return the plan by the file's numbers; who is on its way keeps its vehicle's."""
    found = plan_of_routes(instance, routes)
    if instance.alike:
        return found
    kept = {
        instance.numbers[one.route.trips[0][0]]: told.vehicle_type
        for one, told in zip(driven, plan.routes, strict=True)
        if one.stops
    }
    gone = {told.vehicle_type for one, told in zip(driven, plan.routes, strict=True) if one.broken}
    free = {kind: [one for one in ones if one not in {*kept.values(), *gone}]
            for kind, ones in enumerate(instance.vehicles)}  # fmt: skip
    kind_of = {one: kind for kind, ones in enumerate(instance.vehicles) for one in ones}
    again = tuple(
        msgspec.structs.replace(
            route,
            vehicle_type=kept.get(route.trips[0][0]) or free[kind_of[route.vehicle_type]].pop(0),
        )
        for route in found.routes
    )
    return msgspec.structs.replace(
        found, routes=tuple(sorted(again, key=lambda one: (one.vehicle_type, one.trips)))
    )


def _past_faults(
    answer: RoutePlan,
    plan: RoutePlan,
    driven: Sequence[Driven],
    closed: set[tuple[int, int]],
    *,
    alike: bool,
) -> Iterator[str]:
    """Say where an answer changes what is driven, or drives a closed road from now on."""
    after = {route.trips[0][0]: route for route in answer.routes}
    past: set[tuple[int, int]] = set()
    for number, (one, told) in enumerate(zip(driven, plan.routes, strict=True), start=1):
        if not one.stops:
            if one.broken and not alike and told.vehicle_type in {
                route.vehicle_type for route in answer.routes
            }:  # fmt: skip
                yield f"vehicle {told.vehicle_type} is broken at its depot, and drives"
            continue
        before, now = _visits(told), after.get(told.trips[0][0])
        upto = before.index(_stops(told)[one.stops - 1]) + 1
        past |= set(pairwise(before[:upto]))
        if now is None or now.vehicle_type != told.vehicle_type or (
            _visits(now)[:upto] != before[:upto]
        ):  # fmt: skip
            yield f"route {number} is not as it was driven"
        elif one.broken and len(_stops(now)) > one.stops:
            yield f"route {number} is broken, and drives on"
        elif one.broken:
            past |= set(pairwise(_visits(now)[upto - 1 :]))  # it is towed
    driven_on = {leg for route in answer.routes for leg in pairwise(_visits(route))}
    for begin, end in sorted(closed & (driven_on - past)):
        yield f"the road from {begin} to {end} is closed"


def _stops(route: VehicleRoute) -> list[int]:
    return [stop for trip in route.trips for stop in trip]


def _visits(route: VehicleRoute) -> list[int]:
    """Return every place of a route, in order."""
    between = route.reloads or (route.start_depot,) * (len(route.trips) - 1)
    path = [route.start_depot, *route.trips[0]]
    for depot, trip in zip(between, route.trips[1:], strict=True):
        path += [depot, *trip]
    return [*path, route.end_depot]
