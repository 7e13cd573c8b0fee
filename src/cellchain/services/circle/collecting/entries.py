"""How depots, lorries and stops stand in a file, an entry each; a column of a sheet is a field."""

from __future__ import annotations

import re
from datetime import date  # msgspec reads it
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import shown
from cellchain.services.circle.collecting.day import (
    HOUR_S,
    LAST_S,
    MINUTE_S,
    PER_EUR,
    THOUSAND,
    Depot,
    Lorry,
    Stop,
    clock,
)
from cellchain.services.circle.collecting.goods import CLASSES, CRITICAL, DAMAGED, NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBER_MAX = 1e6
DRIVE_H, DRIVE_H_MAX = 9.0, 10.0
"""Regulation (EC) 561/2006, article 6(1): a day, and twice a week."""
SHIFT_H_MAX = 15
"""What article 8(2) and (4) leave of 24 hours beside a daily rest of nine."""
TRIPS_MAX = 20
ID_MAX = 80
_CLOCK = re.compile(r"([0-3]\d|4[0-7]):([0-5]\d)")


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Anything with a name, and perhaps a place on the earth."""

    id: str
    latitude: float | None = None
    longitude: float | None = None


class DepotEntry(Entry, frozen=True, kw_only=True):
    """`[[depot]]`."""

    opens: str
    closes: str


class LorryEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[lorry]]`."""

    id: str
    depot: str
    capacity_kg: float
    pallets: float
    energy_kwh: float
    damaged_packs: int
    cost_eur_per_km: float
    fixed_cost_eur: float
    begins: str
    ends: str
    adr: tuple[str, ...]
    drive_h_max: float = DRIVE_H
    trips: int = 1


class StopEntry(Entry, frozen=True, kw_only=True):
    """`[[stop]]`."""

    weight_kg: float
    pallets: float
    energy_kwh: float
    packs: int
    damage_class: str
    un_number: int
    service_min: float
    opens: str | None = None
    closes: str | None = None
    ready: str | None = None


class DayEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[day]`."""

    date: date
    detour: float | None = None
    speed_kmh: float | None = None
    unload_min: float | None = None
    apart: tuple[tuple[str, ...], ...] = ()


def depot_of(entry: DepotEntry) -> Depot:
    """Return a depot, checked.

    Raises:
        Refused: ``route.number``, ``route.clock``, ``route.windows``, ``route.name``.
    """
    who = _named("depot", entry.id)
    opens, closes = window_s(who, entry.opens, entry.closes)
    return Depot(id=entry.id, at=_at(who, entry), opens_s=opens, closes_s=closes)


def lorry_of(entry: LorryEntry, depots: Sequence[str]) -> Lorry:
    """Return a lorry, checked.

    Args:
        entry: As it stands in the file.
        depots: Their names.

    Raises:
        Refused: ``route.unknown``: there is no such depot, or state of batteries; and as
            `depot_of`.
    """
    who = _named("lorry", entry.id)
    if entry.depot not in depots:
        raise Refused(
            "route.unknown", f"{who} is of depot {shown(entry.depot)!a}, and there is none such",
            remedy="name one of [[depot]]",
        )  # fmt: skip
    for one in entry.adr:
        _check_class(f"{who} may carry", one)
    begins, ends = window_s(who, entry.begins, entry.ends)
    if ends - begins > SHIFT_H_MAX * HOUR_S:
        raise Refused(
            "route.shift", f"{who} works from {entry.begins} to {entry.ends}",
            remedy=f"give at most {SHIFT_H_MAX} hours: a driver rests nine of every 24",
        )  # fmt: skip
    drive_h = number(f"{who}: drive_h_max", entry.drive_h_max, most=DRIVE_H_MAX)
    room = (entry.capacity_kg, entry.pallets, entry.energy_kwh, entry.damaged_packs)
    names = "capacity_kg", "pallets", "energy_kwh", "damaged_packs"
    loads = (thousandths(f"{who}: {name}", one) for name, one in zip(names, room, strict=True))
    return Lorry(
        id=entry.id,
        depot=depots.index(entry.depot),
        room=tuple(loads),
        mils_a_km=thousandths(f"{who}: cost_eur_per_km", entry.cost_eur_per_km),
        fixed_cost=thousandths(f"{who}: fixed_cost_eur", entry.fixed_cost_eur)
        * (PER_EUR // THOUSAND),
        begins_s=begins,
        ends_s=ends,
        drive_s_max=int(drive_h * HOUR_S),
        classes=frozenset(entry.adr),
        trips=int(number(f"{who}: trips", entry.trips, least=1, most=TRIPS_MAX)),
    )


def stop_of(entry: StopEntry) -> Stop:
    """Return a stop, checked.

    Raises:
        Refused: ``route.unknown``: a state or UN number is not known; ``route.packs``: there is
            none, or several critical ones; and as `depot_of`.
    """
    who = _named("stop", entry.id)
    _check_class(f"{who} holds", entry.damage_class)
    if entry.un_number not in NAMES:
        raise Refused(
            "route.unknown", f"{who} has UN number {entry.un_number}",
            remedy=f"give one of {', '.join(map(str, NAMES))}",
        )  # fmt: skip
    packs = int(number(f"{who}: packs", entry.packs))
    if packs < 1 or (packs > 1 and entry.damage_class == CRITICAL):
        raise Refused(
            "route.packs", f"{who} holds {packs} packs that are {entry.damage_class}",
            remedy="give at least one, and each critical pack a stop of its own",
        )  # fmt: skip
    if (entry.opens is None) != (entry.closes is None):
        raise Refused(
            "route.windows", f"{who} has one of opens and closes", remedy="give both, or neither"
        )
    opens, closes = window_s(who, entry.opens or "00:00", entry.closes or clock(LAST_S))
    ready = clock_s(f"{who}: ready", entry.ready or "00:00")
    if ready > closes:
        raise Refused(
            "route.windows", f"{who} is ready at {entry.ready}, and closes at {entry.closes}",
            remedy="let it be ready before it closes",
        )  # fmt: skip
    load = (
        thousandths(f"{who}: weight_kg", entry.weight_kg),
        thousandths(f"{who}: pallets", entry.pallets),
        thousandths(f"{who}: energy_kwh", entry.energy_kwh),
        THOUSAND * packs if entry.damage_class == DAMAGED else 0,
    )
    return Stop(
        id=entry.id,
        at=_at(who, entry),
        load=load,
        packs=packs,
        damage_class=entry.damage_class,
        un_number=entry.un_number,
        opens_s=max(opens, ready),
        closes_s=closes,
        service_s=seconds(f"{who}: service_min", entry.service_min),
    )


def number(what: str, value: float, *, least: float = 0.0, most: float = NUMBER_MAX) -> float:
    """Return a number that is in its range.

    Raises:
        Refused: ``route.number``.
    """
    if not least <= value <= most:  # true of NaN as well
        told = f"{what} is {shown(str(value))}"
        raise Refused("route.number", told, remedy=f"give {least:g} to {most:g}")
    return float(value)


def thousandths(what: str, value: float) -> int:
    """Return a number times a thousand.

    Raises:
        Refused: ``route.number``: it is out of range, or has more than three decimals.
    """
    exact = number(what, value) * THOUSAND
    if abs(exact - round(exact)) > 1e-6 * max(1.0, exact * 1e-3):
        raise Refused("route.number", f"{what} is {value!r}", remedy="give three decimals at most")
    return round(exact)


def seconds(what: str, minutes: float) -> int:
    """Return minutes in seconds, a second that has begun as a whole one.

    Raises:
        Refused: ``route.number``.
    """
    exact = number(what, minutes, most=LAST_S / MINUTE_S) * MINUTE_S
    return int(-(-(exact - 1e-6) // 1))


def clock_s(what: str, told: str) -> int:
    """Return a time of day in seconds.

    Raises:
        Refused: ``route.clock``.
    """
    found = _CLOCK.fullmatch(told)
    if found is None:
        raise Refused(
            "route.clock", f"{what} is {shown(told)!a}",
            remedy="give hours and minutes such as 07:30; after midnight, 24:00 to 47:59",
        )  # fmt: skip
    return int(found[1]) * HOUR_S + int(found[2]) * MINUTE_S


def window_s(who: str, opens: str, closes: str) -> tuple[int, int]:
    """Return when something begins and ends.

    Raises:
        Refused: ``route.clock``; ``route.windows``: it ends before it begins.
    """
    found = clock_s(f"{who}: its opening", opens), clock_s(f"{who}: its closing", closes)
    if found[0] > found[1]:
        raise Refused(
            "route.windows", f"{who} is open from {opens} until {closes}",
            remedy="let it open before it closes; after midnight, add 24 hours",
        )  # fmt: skip
    return found


def _named(sort: str, name: str) -> str:
    if not name or len(name) > ID_MAX or not name.isprintable():
        raise Refused(
            "route.name", f"a {sort} is called {shown(name)!a}",
            remedy=f"give an id of 1 to {ID_MAX} printable characters",
        )  # fmt: skip
    return f"{sort} {name}"


def _check_class(who: str, told: str) -> None:
    if told not in CLASSES:
        raise Refused(
            "route.unknown", f"{who} batteries that are {shown(told)!a}",
            remedy=f"give one of {', '.join(CLASSES)}",
        )  # fmt: skip


def _at(who: str, entry: Entry) -> tuple[float, float] | None:
    if entry.latitude is None and entry.longitude is None:
        return None
    if entry.latitude is None or entry.longitude is None:
        raise Refused("route.number", f"{who} has one coordinate", remedy="give two, or none")
    return (
        number(f"{who}: latitude", entry.latitude, least=-90, most=90),
        number(f"{who}: longitude", entry.longitude, least=-180, most=180),
    )
