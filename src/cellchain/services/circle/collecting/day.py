"""Depots, lorries, stops and roads of a day, in whole numbers.

Times are seconds from midnight of the day, and may pass its end; loads are thousandths of a
kilogram, pallet, kilowatt-hour and damaged pack; distances are tens of metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cellchain.services.circle.collecting.goods import CRITICAL, may_pass

if TYPE_CHECKING:
    from datetime import date

THOUSAND = 1_000
HOUR_S, MINUTE_S = 3_600, 60
PER_KM = 100
"""Units of distance."""
PER_EUR = 100_000
"""Units of cost: a thousandth of a euro a kilometre is one of them a unit of distance."""
LOADS = "kg", "pallets", "kWh", "damaged packs"
"""What a load is measured in."""
LAST_S = 48 * HOUR_S - MINUTE_S
"""The last minute that a file can tell: where a stop says no hours, it closes then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Depot:
    """Where lorries begin and end, and unload."""

    id: str
    at: tuple[float, float] | None
    """Latitude and longitude in degrees."""
    opens_s: int
    closes_s: int
    """A lorry is back and unloaded by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lorry:
    """One lorry and its driver."""

    id: str
    depot: int
    """Place of its depot among the depots."""
    room: tuple[int, ...]
    """By `LOADS`."""
    mils_a_km: int
    """Thousandths of a euro."""
    fixed_cost: int
    """Units of cost, of a lorry that drives at all."""
    begins_s: int
    ends_s: int
    drive_s_max: int
    classes: frozenset[str]
    """States of batteries that it may carry."""
    trips: int
    """Rounds, those of critical packs not counted."""

    @property
    def may_pass(self) -> bool:
        """Whether tunnels of category E are open to it."""
        return may_pass(self.room[0] / THOUSAND, self.classes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where batteries are fetched, all of one state."""

    id: str
    at: tuple[float, float] | None
    load: tuple[int, ...]
    """By `LOADS`."""
    packs: int
    damage_class: str
    un_number: int
    opens_s: int
    """Nothing is loaded before: neither open nor ready."""
    closes_s: int
    """Loading begins at the latest."""
    service_s: int

    @property
    def is_critical(self) -> bool:
        """Whether it rides alone and first."""
        return self.damage_class == CRITICAL


@dataclass(frozen=True, slots=True)
class Road:
    """A road from one place to another; there may be several."""

    begin: int
    """Place: depots in order, then stops."""
    end: int
    distance: int
    drive_s: int
    tunnel: str
    """Its category; empty where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """All that is known of a day."""

    date: date
    depots: tuple[Depot, ...]
    lorries: tuple[Lorry, ...]
    stops: tuple[Stop, ...]
    apart: tuple[tuple[int, ...], ...]
    """Sets of places of which no two ride on one trip."""
    unload_s: int
    detour: float
    speed_kmh: float
    roads: tuple[Road, ...] | None
    """None where the great circle counts."""
    assumed: tuple[str, ...]
    """What the file did not say, in words."""

    @property
    def places(self) -> tuple[Depot | Stop, ...]:
        """Depots, then stops; a plan numbers them from 1."""
        return (*self.depots, *self.stops)


def clock(time_s: int) -> str:
    """Return a time as it stands in a file, seconds only where there are any."""
    minutes, seconds = divmod(time_s, MINUTE_S)
    plain = f"{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{plain}:{seconds:02d}" if seconds else plain
