"""``circle swap``: how a swapping station does, and the least that does well enough.

Out, a row a figure: ``design, figure, unit, value, lo, hi``, the mean of replicates with its
interval, of the station as it is and of the one that a search advises, once more on cars that the
search has not seen: what is chosen of many looks better on those it was chosen by. By hour of the
profile: who came, how long they waited, energy. Of a search: a row a design that was simulated.
Late is who waits longer than the target says, or leaves because too many wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.swapping.demand import MINUTES_PER_HOUR, Demand, arrivals
from cellchain.science.swapping.measures import (
    Interval,
    busy_until,
    by_hour,
    greatest_overlap,
    mean_interval,
    share_interval,
)
from cellchain.science.swapping.station import simulated
from cellchain.services.analysis.table import Table, Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.science.swapping.station import Observed
    from cellchain.services.analysis.table import Column, Floats
    from cellchain.services.circle.swapping_station import Spec

SEED_MAX = 2**63 - 1
UNITS = {
    "cars_per_day": "1/day", "late_share": "", "left_share": "", "absent_share": "",
    "wait_p50": "min", "wait_p95": "min", "wait_mean": "min", "queue_mean": "cars",
    "bay_use": "", "charger_use": "", "energy_per_day": "kWh/day", "energy_cost_per_day": "",
    "cost_per_kwh": "", "peak_power": "kW", "given_soh": "", "uses_spread": "swaps",
}  # fmt: skip
"""Figure → unit; money is in the currency of the tariff."""


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """A station that was simulated."""

    batteries: int
    chargers: int
    late: Interval
    figures: dict[str, Interval]
    hours: Table

    def meets(self, share: float) -> bool:
        """Whether even the upper end of the late share is at most a target."""
        return self.late.hi <= share


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Tables, and what is told of them."""

    figures: Table
    hours: Table
    designs: Table | None
    told: dict[str, object]


def swapped(spec: Spec, seed: int, progress: Callable[[int], None] = lambda _: None) -> Answer:
    """Return how a station does; with a search, how the least does that meets the target.

    Args:
        spec: The station.
        seed: Of the replicates; the same one gives the same bits.
        progress: Told how many designs are simulated.

    Raises:
        Refused: ``swap.seed``; ``swap.nobody``; ``swap.no_simpy``, ``swap.no_scipy``: an extra
            is not installed.
    """
    if not 0 <= seed <= SEED_MAX:
        raise Refused("swap.seed", f"the seed {seed}", remedy="give 0 or more")
    looked = _Looked(spec, seed, progress)
    own = looked.design(spec.batteries.count, spec.chargers.count)
    if np.isnan(own.late.value):
        raise Refused(
            "swap.nobody",
            f"nobody comes in {spec.run.replicates} replicates of {spec.run.days} days",
            remedy="take more days, or more arrivals",
        )
    least = _least(spec, looked)
    chosen = _chosen(spec, least)
    shown = {"told": own}
    if chosen is not None:
        again = _Looked(spec, seed, progress, first=spec.run.replicates)
        fresh = again.design(chosen.batteries, chosen.chargers)
        shown |= {"advised": chosen, "advised on other cars": fresh}
    told: dict[str, object] = {
        "late_share": own.late.value, "late_share_hi": own.late.hi,
        "meets_target": own.meets(spec.target.late_share), "designs": len(looked.found),
        "batteries": spec.batteries.count, "chargers": spec.chargers.count,
        "advised": None if chosen is None else {
            "batteries": chosen.batteries, "chargers": chosen.chargers,
            "late_share": chosen.late.value, "late_share_hi": chosen.late.hi,
            "late_share_hi_on_other_cars": shown["advised on other cars"].late.hi,
        },
    }  # fmt: skip
    return Answer(
        figures=_figures_table(spec, shown),
        hours=own.hours,
        designs=None if spec.search is None else _designs_table(spec, looked, least, chosen),
        told=told,
    )


class _Looked:
    """Designs that were simulated, each once, all on the same cars."""

    def __init__(
        self, spec: Spec, seed: int, progress: Callable[[int], None], *, first: int = 0
    ) -> None:
        self.found: dict[tuple[int, int], Design] = {}
        self._spec, self._progress = spec, progress
        replicates = range(first, first + spec.run.replicates)
        self._days = [_day(spec, seed, one) for one in replicates]

    def design(self, batteries: int, chargers: int) -> Design:
        key = batteries, chargers
        if key not in self.found:
            station = self._spec.station(batteries, chargers)
            fleet = self._spec.arrivals.fleet
            seen = [
                (demand, simulated(station, demand, soh[: fleet + batteries]))
                for demand, soh in self._days
            ]
            self.found[key] = _measured(self._spec, batteries, chargers, seen)
            self._progress(len(self.found))
        return self.found[key]


def _day(spec: Spec, seed: int, replicate: int) -> tuple[Demand, Floats]:
    """Return the cars of a replicate, and the health of as many batteries as any design has."""
    rng = np.random.default_rng([seed, replicate, 0])
    at = arrivals(rng, spec.arrivals.per_hour, spec.hours)
    soc, swap, pick = (
        np.random.default_rng([seed, replicate, one]).random(len(at)) for one in (1, 2, 3)
    )
    most = max(spec.batteries.count, 0 if spec.search is None else spec.search.batteries[1])
    soh = np.random.default_rng([seed, replicate, 4]).random(spec.arrivals.fleet + most)
    demand = Demand(
        arrival_min=at, soc=spec.arrivals.soc.triangle.at(soc),
        swap_min=spec.bays.swap_minutes.triangle.at(swap), pick=pick,
        warm_min=spec.run.warm_up_hours * MINUTES_PER_HOUR, end_min=spec.hours * MINUTES_PER_HOUR,
    )  # fmt: skip
    return demand, spec.batteries.soh.triangle.at(soh)


def _measured(
    spec: Spec, batteries: int, chargers: int, seen: Sequence[tuple[Demand, Observed]]
) -> Design:
    rows = [_replicate(spec, chargers, *one) for one in seen]
    level = spec.run.level
    figures = {name: mean_interval([row[name] for row in rows], level) for name in UNITS}
    cars = np.array([row["cars"] for row in rows])
    late = share_interval(np.array([row["late"] for row in rows]), cars, level)
    left = share_interval(np.array([row["left"] for row in rows]), cars, level)
    figures |= {"late_share": late, "left_share": left}
    return Design(batteries, chargers, late, figures, _hours_table(spec, seen))


def _replicate(spec: Spec, chargers: int, demand: Demand, seen: Observed) -> dict[str, float]:
    days, span = spec.run.days, demand.end_min - demand.warm_min
    counted = demand.arrival_min >= demand.warm_min
    wait = seen.wait_min[counted]
    gone = np.isnan(wait)
    served = wait[~gone]
    late = gone | (np.nan_to_num(wait) > spec.target.wait_minutes)
    ends = np.array([demand.warm_min, demand.end_min])
    kwh = by_hour(seen.charges, spec.run.warm_up_hours, spec.hours)
    kwh *= spec.chargers.power_kw / MINUTES_PER_HOUR
    cost = float(kwh @ _tariff(spec))
    came = demand.arrival_min[~np.isnan(seen.wait_min)]
    waits = np.stack([came, came + seen.wait_min[~np.isnan(seen.wait_min)]], axis=1)
    within = (seen.given_min >= demand.warm_min) & (seen.given_min < demand.end_min)
    nothing = float("nan")
    return {
        "cars": float(len(wait)), "late": float(late.sum()), "left": float(gone.sum()),
        "cars_per_day": len(wait) / days,
        "late_share": nothing, "left_share": nothing,
        "absent_share": seen.absent / max(len(demand.arrival_min), 1),
        "wait_p50": float(np.quantile(served, 0.5)) if len(served) else nothing,
        "wait_p95": float(np.quantile(served, 0.95)) if len(served) else nothing,
        "wait_mean": float(served.mean()) if len(served) else nothing,
        "queue_mean": float(np.diff(busy_until(waits, ends))[0]) / span,
        "bay_use": float(np.diff(busy_until(seen.swaps, ends))[0]) / span / spec.bays.count,
        "charger_use": float(np.diff(busy_until(seen.charges, ends))[0]) / span / chargers,
        "energy_per_day": float(kwh.sum()) / days,
        "energy_cost_per_day": cost / days,
        "cost_per_kwh": cost / float(kwh.sum()) if kwh.sum() else nothing,
        "peak_power": greatest_overlap(seen.charges, *ends.tolist()) * spec.chargers.power_kw,
        "given_soh": float(seen.given_soh[within].mean()) if within.any() else nothing,
        "uses_spread": float(seen.uses.max() - seen.uses.min()),
    }  # fmt: skip


def _tariff(spec: Spec) -> Floats:
    """Return the price of each hour that counts."""
    profile = np.array(spec.tariff.per_kwh)
    return profile[np.arange(spec.run.warm_up_hours, spec.hours) % len(profile)]


def _hours_table(spec: Spec, seen: Sequence[tuple[Demand, Observed]]) -> Table:
    """Return what happens in each hour of the profile, all replicates together."""
    length = len(spec.arrivals.per_hour)
    hours = np.arange(spec.run.warm_up_hours, spec.hours)
    kwh, cost = np.zeros(length), np.zeros(length)
    waits: list[Floats] = []
    places: list[Floats] = []
    for demand, one in seen:
        counted = demand.arrival_min >= demand.warm_min
        waits.append(one.wait_min[counted])
        places.append(demand.arrival_min[counted] // MINUTES_PER_HOUR % length)
        drawn = by_hour(one.charges, spec.run.warm_up_hours, spec.hours)
        drawn *= spec.chargers.power_kw / MINUTES_PER_HOUR
        np.add.at(kwh, hours % length, drawn)
        np.add.at(cost, hours % length, drawn * _tariff(spec))
    times = np.bincount(hours % length, minlength=length) * float(len(seen))
    times[times == 0] = np.nan  # an hour of the week that is not reached
    wait, place = np.concatenate(waits), np.concatenate(places).astype(np.intp)
    rows = [_hour(spec, wait[place == hour]) for hour in range(length)]
    share = [row[0] for row in rows]
    columns: dict[str, Column] = {
        "hour": np.arange(length, dtype=np.float64),
        "cars": np.bincount(place, minlength=length) / times,
        "late_share": np.array([one.value for one in share]),
        "late_lo": np.array([one.lo for one in share]),
        "late_hi": np.array([one.hi for one in share]),
        "wait_mean": np.array([row[1] for row in rows]),
        "wait_p95": np.array([row[2] for row in rows]),
        "energy_kwh": kwh / times,
        "energy_cost": cost / times,
    }
    return Table(columns)


def _hour(spec: Spec, wait: Floats) -> tuple[Interval, float, float]:
    """Return the late share, the mean wait and its 95th percentile, of those who came then."""
    late = np.isnan(wait) | (np.nan_to_num(wait) > spec.target.wait_minutes)
    share = share_interval(np.array([late.sum()]), np.array([len(wait)]), spec.run.level)
    served = wait[~np.isnan(wait)]
    if not len(served):
        return share, float("nan"), float("nan")
    return share, float(served.mean()), float(np.quantile(served, 0.95))


def _least(spec: Spec, looked: _Looked) -> list[Design]:
    """Return of each number of chargers the fewest batteries that meet the target.

    With fewer chargers no fewer batteries do, so each search begins where the one before ended.
    """
    if spec.search is None:
        return []
    (few, many), (low, high) = spec.search.batteries, spec.search.chargers
    target, found = spec.target.late_share, []
    for chargers in range(high, low - 1, -1):
        if not looked.design(many, chargers).meets(target):
            break
        short, enough = few - 1, many
        while enough - short > 1:
            middle = (short + enough) // 2
            if looked.design(middle, chargers).meets(target):
                enough = middle
            else:
                short = middle
        few = enough
        found.append(looked.design(enough, chargers))
    return found


def _chosen(spec: Spec, least: Sequence[Design]) -> Design | None:
    """Return the cheapest; where nothing has a cost, that with the fewest batteries."""
    if not least:
        return None
    assert spec.search is not None
    costs = [_cost(spec, one) for one in least]
    if None in costs:
        return min(least, key=lambda one: (one.batteries, one.chargers))
    return min(least, key=lambda one: (_cost(spec, one), one.batteries))


def _cost(spec: Spec, one: Design) -> float | None:
    search = spec.search
    if search is None or search.battery_cost_per_day is None or search.charger_cost_per_day is None:
        return None
    equipment = (
        one.batteries * search.battery_cost_per_day + one.chargers * search.charger_cost_per_day
    )
    return equipment + one.figures["energy_cost_per_day"].value


def _figures_table(spec: Spec, shown: dict[str, Design]) -> Table:
    rows = [
        (which, name, _unit(spec, name), figure)
        for which, one in shown.items()
        for name, figure in (
            ("batteries", Interval(one.batteries, one.batteries, one.batteries)),
            ("chargers", Interval(one.chargers, one.chargers, one.chargers)),
            *one.figures.items(),
        )
    ]
    columns: dict[str, Column] = {
        "design": Texts.of(which for which, _, _, _ in rows),
        "figure": Texts.of(name for _, name, _, _ in rows),
        "unit": Texts.of(unit or None for _, _, unit, _ in rows),
        "value": np.array([one.value for *_, one in rows], np.float64),
        "lo": np.array([one.lo for *_, one in rows], np.float64),
        "hi": np.array([one.hi for *_, one in rows], np.float64),
    }
    return Table(columns)


def _unit(spec: Spec, name: str) -> str:
    per = {"energy_cost_per_day": "/day", "cost_per_kwh": "/kWh"}
    return spec.tariff.currency + per[name] if name in per else UNITS.get(name, "")


def _designs_table(
    spec: Spec, looked: _Looked, least: Sequence[Design], chosen: Design | None
) -> Table:
    every = [looked.found[key] for key in sorted(looked.found)]
    costs = [_cost(spec, one) for one in every]

    def figure(name: str) -> Floats:
        return np.array([one.figures[name].value for one in every])

    columns: dict[str, Column] = {
        "batteries": np.array([one.batteries for one in every], np.float64),
        "chargers": np.array([one.chargers for one in every], np.float64),
        "late_share": np.array([one.late.value for one in every]),
        "late_lo": np.array([one.late.lo for one in every]),
        "late_hi": np.array([one.late.hi for one in every]),
        "meets": np.array([one.meets(spec.target.late_share) for one in every], np.float64),
        "frontier": np.array([one in least for one in every], np.float64),
        "chosen": np.array([one is chosen for one in every], np.float64),
        "wait_p95": figure("wait_p95"),
        "left_share": figure("left_share"),
        "charger_use": figure("charger_use"),
        "peak_power": figure("peak_power"),
        "energy_cost_per_day": figure("energy_cost_per_day"),
        "cost_per_day": np.array([np.nan if one is None else one for one in costs], np.float64),
    }
    return Table(columns)
