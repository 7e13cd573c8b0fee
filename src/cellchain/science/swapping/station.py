"""A swapping station, event by event: cars, bays, chargers, batteries.

A car takes the next free bay and then the next ready battery, in the order of arrival; it leaves
its own, which waits for a charger, is charged, and is ready. Who would have to wait behind as many
as may wait leaves at once. Every battery is in exactly one place; a move from where it is not is a
broken promise of this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from cellchain.science.extra import extra_part
from cellchain.science.swapping.demand import MINUTES_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

    from cellchain.science.swapping.demand import Demand

    Floats = NDArray[np.float64]

Dispatch: TypeAlias = Literal["healthiest", "fewest_uses", "longest_ready"]


class Place(IntEnum):
    """Where a battery is."""

    ROAD, ARRIVED, SWAPPING, QUEUED, CHARGING, READY = range(6)


@dataclass(frozen=True, slots=True)
class Station:
    """What there is."""

    bays: int
    chargers: int
    packs: int
    """Batteries of the station, all ready at the beginning."""
    queue_limit: int
    """How many may wait; who would be one more leaves."""
    capacity_kwh: float
    power_kw: float
    """Of a charger, drawn from the grid."""
    efficiency: float
    """Of what is drawn, the share that reaches the battery."""
    ready_soc: float
    """Charge at which a battery is ready."""
    dispatch: Dispatch
    """Which of the ready ones goes first."""

    def charge_min(self, soh: float, soc: float) -> float:
        r"""Return how long a battery is charged, minutes.

        $$ t = \frac{C\, s\, (c_r - c)^+}{\eta P} $$
        """
        stored = self.capacity_kwh * soh * max(self.ready_soc - soc, 0.0)
        return stored / (self.efficiency * self.power_kw) * MINUTES_PER_HOUR


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """What happened in a replicate."""

    wait_min: Floats
    """Of each car, shape (n,); NaN where it left."""
    swaps: Floats
    """Start and end of each, minutes, shape (m, 2)."""
    charges: Floats
    """Likewise."""
    given_soh: Floats
    """Of the battery that each swap gave out, shape (m,)."""
    given_min: Floats
    """When, shape (m,)."""
    uses: NDArray[np.int64]
    """How often each battery was given out."""
    places: NDArray[np.int64]
    """Where each is at the end."""
    absent: int
    """Cars that could not come, since every car of the fleet was at the station."""


def simulated(station: Station, demand: Demand, soh: Floats) -> Observed:
    """Return what happens, until everybody who came has gone and all is charged.

    Args:
        station: What there is.
        demand: Who comes.
        soh: Of every battery, first those on the road, one a car of the fleet, then those of the
            station, shape (fleet + packs,).

    Raises:
        Refused: ``swap.no_simpy``: SimPy is not installed.
    """
    run = _Run(station, demand, soh)
    run.environment.run()
    return run.observed()


class _Run:
    """A replicate under way."""

    def __init__(self, station: Station, demand: Demand, soh: Floats) -> None:
        simpy: Any = extra_part("simpy", "swap.no_simpy", extra="circle")
        self.environment = simpy.Environment()
        self._item = simpy.PriorityItem
        self._station, self._demand, self._soh = station, demand, soh.tolist()
        self._bays = simpy.Resource(self.environment, station.bays)
        self._chargers = simpy.Resource(self.environment, station.chargers)
        self._ready = simpy.PriorityStore(self.environment)
        fleet = len(soh) - station.packs
        self._road = list(range(fleet))
        self._places = [Place.ROAD] * fleet + [Place.CHARGING] * station.packs
        self._uses = [0] * len(soh)
        self._waiting = self._absent = 0
        self._wait = [np.nan] * len(demand.arrival_min)
        self._swaps: list[tuple[float, float]] = []
        self._charges: list[tuple[float, float]] = []
        self._given: list[tuple[float, float]] = []
        for pack in range(fleet, len(soh)):
            self._make_ready(pack)
        self.environment.process(self._come())

    def observed(self) -> Observed:
        return Observed(
            wait_min=np.array(self._wait),
            swaps=np.array(self._swaps).reshape(-1, 2),
            charges=np.array(self._charges).reshape(-1, 2),
            given_soh=np.array([soh for soh, _ in self._given]),
            given_min=np.array([at for _, at in self._given]),
            uses=np.array(self._uses, np.int64),
            places=np.array(self._places, np.int64),
            absent=self._absent,
        )

    def _come(self) -> Generator[Any, Any, None]:
        for car, minute in enumerate(self._demand.arrival_min.tolist()):
            yield self.environment.timeout(max(minute - self.environment.now, 0.0))
            must_wait = self._bays.count == self._bays.capacity or not self._ready.items
            if must_wait and self._waiting >= self._station.queue_limit:
                continue
            if not self._road:
                self._absent += 1
                continue
            place = int(self._demand.pick[car] * len(self._road))
            self._road[place], self._road[-1] = self._road[-1], self._road[place]
            pack = self._road.pop()
            self._move(pack, Place.ROAD, Place.ARRIVED)
            self._waiting += 1
            self.environment.process(self._swap(car, pack))

    def _swap(self, car: int, own: int) -> Generator[Any, Any, None]:
        came = self.environment.now
        with self._bays.request() as bay:
            yield bay
            other = (yield self._ready.get()).item
            start = self.environment.now
            self._waiting -= 1
            self._wait[car] = start - came
            self._move(own, Place.ARRIVED, Place.SWAPPING)
            self._move(other, Place.READY, Place.SWAPPING)
            yield self.environment.timeout(float(self._demand.swap_min[car]))
            self._swaps.append((start, self.environment.now))
            self._given.append((self._soh[other], self.environment.now))
            self._uses[other] += 1
            self._move(other, Place.SWAPPING, Place.ROAD)
            self._road.append(other)
            self._move(own, Place.SWAPPING, Place.QUEUED)
        self.environment.process(self._charge(own, float(self._demand.soc[car])))

    def _charge(self, pack: int, soc: float) -> Generator[Any, Any, None]:
        with self._chargers.request() as charger:
            yield charger
            start = self.environment.now
            self._move(pack, Place.QUEUED, Place.CHARGING)
            yield self.environment.timeout(self._station.charge_min(self._soh[pack], soc))
            self._charges.append((start, self.environment.now))
        self._make_ready(pack)

    def _make_ready(self, pack: int) -> None:
        self._move(pack, Place.CHARGING, Place.READY)
        first = {
            "healthiest": -self._soh[pack],
            "fewest_uses": self._uses[pack],
            "longest_ready": self.environment.now,
        }[self._station.dispatch]
        self._ready.put(self._item((first, pack), pack))

    def _move(self, pack: int, before: Place, after: Place) -> None:
        assert self._places[pack] is before
        self._places[pack] = after
