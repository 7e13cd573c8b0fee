"""A swapping station in TOML: what there is, who comes, what energy costs, what is wanted.

See ``stations/example.toml``. Nothing has a default; ``[search]`` may be left out.
"""

from __future__ import annotations

from importlib.resources import files
from math import ceil, isfinite, log2
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.science.swapping.demand import Triangle
from cellchain.science.swapping.station import Dispatch, Station
from cellchain.services.analysis.toml_file import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

PROFILE_HOURS = (24, 168)
COUNTS_MAX = {"bays": 100, "batteries": 5_000, "chargers": 2_000, "fleet": 20_000}
CARS_MAX = 3_000_000
"""Expected, over all replicates and designs: some minutes of work."""
RUNS_MAX = 100_000
"""Replicates of all designs."""
HOURS_PER_DAY = 24


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file; what it does not name is wrong in it."""


class Range(_Part, frozen=True, kw_only=True):
    """The lowest, the likeliest and the highest value of a triangle."""

    low: float
    mode: float
    high: float

    @property
    def triangle(self) -> Triangle:
        """The distribution."""
        return Triangle(self.low, self.mode, self.high)


class Arrivals(_Part, frozen=True, kw_only=True):
    """Who comes."""

    per_hour: tuple[float, ...]
    soc: Range
    queue_limit: int
    fleet: int


class Bays(_Part, frozen=True, kw_only=True):
    """Where batteries are swapped."""

    count: int
    swap_minutes: Range


class Batteries(_Part, frozen=True, kw_only=True):
    """Those of the station; health is that of the cars' as well."""

    count: int
    capacity_kwh: float
    soh: Range
    ready_soc: float
    dispatch: Dispatch


class Chargers(_Part, frozen=True, kw_only=True):
    """Power of one, as drawn from the grid."""

    count: int
    power_kw: float
    efficiency: float


class Tariff(_Part, frozen=True, kw_only=True):
    """What energy costs."""

    currency: str
    per_kwh: tuple[float, ...]


class Horizon(_Part, frozen=True, kw_only=True):
    """How long is looked, and how often."""

    warm_up_hours: int
    days: int
    replicates: int
    level: float


class Target(_Part, frozen=True, kw_only=True):
    """At most which share of those who come may wait longer, or leave."""

    wait_minutes: float
    late_share: float


class Search(_Part, frozen=True, kw_only=True):
    """Between which numbers the least are searched."""

    batteries: tuple[int, int]
    chargers: tuple[int, int]
    battery_cost_per_day: float | None = None
    charger_cost_per_day: float | None = None


class Spec(_Part, frozen=True, kw_only=True):
    """The whole of it."""

    title: str
    source: str
    arrivals: Arrivals
    bays: Bays
    batteries: Batteries
    chargers: Chargers
    tariff: Tariff
    run: Horizon
    target: Target
    search: Search | None = None

    @property
    def hours(self) -> int:
        """From the beginning to the end, the warm-up as well."""
        return self.run.warm_up_hours + self.run.days * HOURS_PER_DAY

    def station(self, batteries: int, chargers: int) -> Station:
        """Return the station with these in place of its own."""
        return Station(
            bays=self.bays.count, chargers=chargers, packs=batteries,
            queue_limit=self.arrivals.queue_limit, capacity_kwh=self.batteries.capacity_kwh,
            power_kw=self.chargers.power_kw, efficiency=self.chargers.efficiency,
            ready_soc=self.batteries.ready_soc, dispatch=self.batteries.dispatch,
        )  # fmt: skip

    @property
    def designs_max(self) -> int:
        """How many stations are simulated at most."""
        if self.search is None:
            return 1
        (few, many), (low, high) = self.search.batteries, self.search.chargers
        return 2 + (high - low + 1) * ceil(log2(many - few + 2))


def example() -> bytes:
    """Return the station that ships."""
    return files(f"{__package__}.stations").joinpath("example.toml").read_bytes()


def parse_station(data: bytes) -> Spec:
    """Return the station in a file.

    Raises:
        Refused: ``swap.station``: it is none, or says what cannot be; ``swap.size``: it would take
            too long.
    """
    try:
        found = decoded(data, Spec)
    except ValueError as error:
        raise _wrong(f"no station: {error}", "begin with --template") from error
    if not (found.title.strip() and found.source.strip() and found.tariff.currency.strip()):
        raise _wrong("there is no title, source or currency", 'name them; "assumption" is a source')
    for name, value, low, high in _numbers(found):
        if not (isfinite(value) and low <= value <= high):
            raise _wrong(f"{name} is {value:g}", f"give a number from {low:g} to {high:g}")
    for name, one in (("soc", found.arrivals.soc), ("swap_minutes", found.bays.swap_minutes),
                      ("soh", found.batteries.soh)):  # fmt: skip
        if not one.low <= one.mode <= one.high:
            told = f"{name} from {one.low:g} over {one.mode:g} to {one.high:g}"
            raise _wrong(told, "let them rise")
    _check_search(found)
    _check_profiles(found)
    return found


def _check_profiles(one: Spec) -> None:
    for name, profile in (("per_hour", one.arrivals.per_hour), ("per_kwh", one.tariff.per_kwh)):
        if len(profile) not in PROFILE_HOURS:
            raise _wrong(f"{name} has {len(profile)} hours", "give 24, or the 168 of a week")
    if not any(one.arrivals.per_hour):
        raise _wrong("nobody comes", "give an hour with arrivals")
    mean = sum(one.arrivals.per_hour) / len(one.arrivals.per_hour)
    cars = mean * one.hours * one.run.replicates * one.designs_max
    if cars > CARS_MAX or one.run.replicates * one.designs_max > RUNS_MAX:
        raise Refused(
            "swap.size",
            f"{cars:.0f} cars in {one.run.replicates} replicates of {one.hours} hours and up to"
            f" {one.designs_max} designs; at most {CARS_MAX}, in {RUNS_MAX} replicates of all",
            remedy="take fewer days or replicates, or search less",
        )


def _check_search(one: Spec) -> None:
    search = one.search
    if search is None:
        return
    for name, (low, high) in (("batteries", search.batteries), ("chargers", search.chargers)):
        if not 1 <= low <= high <= COUNTS_MAX[name]:
            raise _wrong(f"search {name} from {low} to {high}", f"rise within {COUNTS_MAX[name]}")
    costs = search.battery_cost_per_day, search.charger_cost_per_day
    if (costs[0] is None) != (costs[1] is None):
        raise _wrong("a cost of batteries or of chargers alone", "give both or neither")


def _numbers(one: Spec) -> Iterator[tuple[str, float, float, float]]:
    """Yield each number with its name and limits."""
    for hour, rate in enumerate(one.arrivals.per_hour):
        yield f"per_hour[{hour}]", rate, 0, 10_000
    for hour, price in enumerate(one.tariff.per_kwh):
        yield f"per_kwh[{hour}]", price, -1_000, 1_000
    for name, found, low, high in (("soc", one.arrivals.soc, 0, 1),
                                   ("swap_minutes", one.bays.swap_minutes, 0.01, 1_440),
                                   ("soh", one.batteries.soh, 0.1, 1.5)):  # fmt: skip
        for which in ("low", "mode", "high"):
            yield f"{name}.{which}", getattr(found, which), low, high
    counts = {
        "bays": one.bays.count, "batteries": one.batteries.count,
        "chargers": one.chargers.count, "fleet": one.arrivals.fleet,
    }  # fmt: skip
    for name, count in counts.items():
        yield name, count, 1, COUNTS_MAX[name]
    yield "queue_limit", one.arrivals.queue_limit, 0, 10_000
    yield "capacity_kwh", one.batteries.capacity_kwh, 0.01, 10_000
    yield "ready_soc", one.batteries.ready_soc, 0.01, 1
    yield "power_kw", one.chargers.power_kw, 0.01, 10_000
    yield "efficiency", one.chargers.efficiency, 0.1, 1
    yield "warm_up_hours", one.run.warm_up_hours, 0, 1_000
    yield "days", one.run.days, 1, 366
    yield "replicates", one.run.replicates, 2, 1_000
    yield "level", one.run.level, 0.5, 0.9999
    yield "wait_minutes", one.target.wait_minutes, 0, 1_440
    yield "late_share", one.target.late_share, 0, 1
    for name in ("battery_cost_per_day", "charger_cost_per_day"):
        cost = None if one.search is None else getattr(one.search, name)
        if cost is not None:
            yield name, cost, 0, 1e6


def _wrong(what: str, remedy: str) -> Refused:
    return Refused("swap.station", what, remedy=remedy)
