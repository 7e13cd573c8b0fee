"""A plan for a day of collecting, judged: loads, hours, breaks, states of batteries, tunnels, cost.

A driver is taken to go on as soon as may be, and to take a break of 45 minutes when four and a half
hours of driving are full, or while a gate is closed for as long. That keeps article 7 of Regulation
(EC) 561/2006; a plan that only a break at a cleverer time, or a divided one, would save is refused.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cellchain.services.circle.plan_check.claim import claim_in, whole_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.services.circle.plan_check.claim import Judged
    from cellchain.services.circle.plan_check.day_facts import DayFacts, LorryFacts

FULL, BREAK = 270 * 60, 45 * 60
UNITS = "kg", "pallets", "kWh", "damaged packs"
SLACK = 1e-6
"""Of sums in floating point."""


def day_judged(data: bytes, facts: DayFacts) -> Judged:
    """Return the cost of a plan, and what does not hold of it.

    Raises:
        Refused: ``verify.plan``: it is no plan.
    """
    claim = claim_in(data, len(facts.lorries), lambda told: _Day(facts, told))
    faults = [*_visits(facts, claim.routes)]
    if not faults:
        faults = [f"lorry {day.lorry.id}: {one}" for day in claim.routes for one in day.faults()]
    cost = sum(day.cost() for day in claim.routes)
    return claim.judged(cost, faults, 1e-9 * max(1.0, abs(cost)))


def _visits(facts: DayFacts, days: Sequence[_Day]) -> Iterator[str]:
    visits = Counter(stop for day in days for trip in day.trips for stop in trip)
    for stop in sorted(facts.stops.keys() | visits.keys()):
        if stop not in facts.stops:
            yield f"{stop} is no stop"
        elif visits[stop] != 1:
            yield f"stop {facts.stops[stop].id} is visited {visits[stop]} times"
    used = Counter(day.lorry.id for day in days)
    yield from (f"lorry {one} has {n} routes" for one, n in used.items() if n > 1)


class _Day:
    """What a plan says that one lorry does."""

    def __init__(self, facts: DayFacts, told: Any) -> None:
        self._facts = facts
        number = whole_in(told["vehicle_type"])
        if not 1 <= number <= len(facts.lorries):
            raise ValueError(f"there is no lorry {number}")
        self.lorry: LorryFacts = facts.lorries[number - 1]
        self.trips: list[list[int]] = [list(map(whole_in, trip)) for trip in told["trips"]]
        if not self.trips or not all(self.trips):
            raise ValueError("a trip is empty")
        between = len(self.trips) - 1
        start = whole_in(told["start_depot"])
        reloads = list(map(whole_in, told.get("reloads") or [start] * between))
        if len(reloads) != between:
            raise ValueError(f"{len(reloads)} reloads between {len(self.trips)} trips")
        self._depots = {start, whole_in(told["end_depot"]), *reloads}

    def _legs(self) -> Iterator[tuple[int, int, tuple[int, int] | None]]:
        home = self.lorry.depot
        for trip in self.trips:
            for first, second in zip([home, *trip], [*trip, home], strict=True):
                known = {first, second} <= self._facts.stops.keys() | self._facts.depots.keys()
                yield first, second, self._facts.leg(self.lorry, first, second) if known else None

    def cost(self) -> float:
        """Return what it costs, as far as there are roads."""
        lengths = (way[0] for _, _, way in self._legs() if way is not None)
        return self.lorry.eur + self.lorry.eur_a_km * sum(lengths) / 100

    def faults(self) -> Iterator[str]:
        lorry = self.lorry
        if self._depots != {lorry.depot}:
            yield f"uses depots {sorted(self._depots)}, and is of {lorry.depot}"
        yield from self._goods()
        closed = [(a, b) for a, b, way in self._legs() if way is None]
        if closed:
            yield f"drives from {closed[0][0]} to {closed[0][1]}, where no road is open to it"
            return
        drives = sum(way[1] for _, _, way in self._legs() if way is not None)
        if drives > lorry.drives + SLACK:
            yield f"drives {drives / 3600:.4g} h, and its driver may {lorry.drives / 3600:.4g} h"
        yield from self._clock()

    def _goods(self) -> Iterator[str]:
        stops, rounds = self._facts.stops, 0
        for trip in self.trips:
            states = {stops[one].state for one in trip}
            if not states <= self.lorry.states:
                yield f"carries {', '.join(sorted(states - self.lorry.states))}, and may not"
            if "critical" not in states:
                rounds += 1
            elif len(trip) > 1:
                yield f"a critical pack does not ride alone: {trip}"
            elif rounds:
                yield f"a critical pack does not ride first: {trip}"
            yield from self._together(trip)
        if rounds > self.lorry.rounds:
            yield f"{rounds} rounds, and may have {self.lorry.rounds}"

    def _together(self, trip: Sequence[int]) -> Iterator[str]:
        loads = zip(*(self._facts.stops[one].holds for one in trip), strict=True)
        for load, room, unit in zip(map(sum, loads), self.lorry.room, UNITS, strict=True):
            if load > room + SLACK:
                yield f"carries {load:g} {unit}, and has room for {room:g}"
        for group in self._facts.apart:
            if len(group & set(trip)) > 1:
                yield f"stops {sorted(group & set(trip))} ride together, and are to be apart"

    def _clock(self) -> Iterator[str]:
        facts, (opens, closes) = self._facts, self._facts.depots[self.lorry.depot]
        now, end = max(opens, self.lorry.begins), min(closes, self.lorry.ends)
        since_break = 0
        for _, place, way in self._legs():
            assert way is not None
            breaks, since_break = self._driven(since_break, way[1])
            now += way[1] + breaks * BREAK
            if place in facts.depots:
                now += facts.unload
                if now > end:
                    yield f"is unloaded at {_told(now)}, and must be by {_told(end)}"
                continue
            stop = facts.stops[place]
            if stop.opens - now >= BREAK:
                since_break = 0
            now = max(now, stop.opens)
            if now > stop.closes:
                yield f"is at {stop.id} at {_told(now)}, which closes at {_told(stop.closes)}"
            now += stop.work

    @staticmethod
    def _driven(since_break: int, seconds: int) -> tuple[int, int]:
        """Return how many breaks a leg takes, and the driving since the last of them."""
        total = since_break + seconds
        breaks = max(0, -(-total // FULL) - 1)
        return breaks, total - breaks * FULL


def _told(time: int) -> str:
    return f"{time // 3600:02d}:{time // 60 % 60:02d}:{time % 60:02d}"
