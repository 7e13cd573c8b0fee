r"""When a driver is where, with the breaks that the law asks for.

Regulation (EC) 561/2006, article 7: after four and a half hours of driving a driver takes a break
of 45 minutes, unless a rest begins. That it may be split into 15 and 30 minutes is not used. Here a
break is taken as late as it may be, on the road if need be; a wait of 45 minutes at a closed gate
is one as well, and costs nothing. Work at a stop is none. A break at a cleverer time, such as one
that outlasts a wait by little, may let a driver be earlier: it is not looked for. Rest between days
(article 8) and the break after six hours of work (Directive 2002/15/EC, article 5) are not looked
at.

**A sound over-estimate.** Two breaks that cost time have 270 minutes of driving between them. So
between any two places with $ x $ minutes of driving from the one to the other there are at most
$ x / 270 + 1 $ of them. When a driver begins somewhere is the greatest, over all places before, of
the time since which that place was open, plus the driving, work and breaks from there on. Hence
driving times taken $ 1 + 45 / 270 $ times, and 45 minutes once, are never too little: a plan that
keeps every closing time less 45 minutes with driving times that are so much longer keeps all of
them with breaks.

The 45 minutes cannot be left out: who has driven 269 minutes, waits at a gate and then drives two
minutes more takes a whole break in these, and $ 2 · 45 / 270 $ is a third of a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.science.routing.problem import Integers

Seconds = TypeVar("Seconds", int, "Integers")

DRIVING_S = 16_200
"""Four and a half hours."""
BREAK_S = 2_700


@dataclass(frozen=True, slots=True)
class Call:
    """A place on the way of one driver, and the way to it; all in seconds."""

    drive_s: int
    """From the place before."""
    opens_s: int
    """Work begins at the earliest."""
    closes_s: int
    """Work begins at the latest."""
    work_s: int


@dataclass(frozen=True, slots=True)
class Visit:
    """When a driver is at a place."""

    arrives_s: int
    begins_s: int
    """Of the work there."""
    leaves_s: int
    breaks_s: tuple[int, ...]
    """When breaks begin: on the way there, or waiting there."""


def timetable(calls: Sequence[Call], start_s: int) -> tuple[Visit, ...]:
    """Return when each place is visited by a driver who leaves at ``start_s`` and never dawdles."""
    found = []
    now, driven = start_s, 0
    for call in calls:
        breaks, way = [], call.drive_s
        while driven + way > DRIVING_S:
            now, way = now + DRIVING_S - driven, way - (DRIVING_S - driven)
            breaks.append(now)
            now, driven = now + BREAK_S, 0
        now, driven = now + way, driven + way
        arrives = now
        if driven and call.opens_s - now >= BREAK_S:
            breaks.append(now)
            driven = 0
        begins = max(now, call.opens_s)
        now = begins + call.work_s
        found.append(Visit(arrives, begins, now, tuple(breaks)))
    return tuple(found)


def late(calls: Sequence[Call], visits: Sequence[Visit]) -> tuple[int, ...]:
    """Return which places are reached after they close."""
    return tuple(
        place
        for place, (call, visit) in enumerate(zip(calls, visits, strict=True))
        if visit.begins_s > call.closes_s
    )


def unhurried(calls: Sequence[Call], start_s: int) -> tuple[int, tuple[Visit, ...]]:
    """Return a later start that makes nothing later at the end, and the visits then.

    A driver who would wait at the first gates leaves later instead, where no place is late by it.
    """
    visits = timetable(calls, start_s)
    waits = [max(0, call.opens_s - one.arrives_s) for call, one in zip(calls, visits, strict=True)]
    first = next((wait for wait in waits if wait), 0)
    later = timetable(calls, start_s + first)
    if later[-1].leaves_s > visits[-1].leaves_s or late(calls, later):
        return start_s, visits
    return start_s + first, later


def slower(drive_s: Seconds) -> Seconds:
    """Return driving times with their share of breaks, rounded up: 7/6 of them."""
    return -(-drive_s * (DRIVING_S + BREAK_S) // DRIVING_S)
