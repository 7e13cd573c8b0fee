"""What a plan for a day of collecting is judged by: a second, smaller reader of TOML and sheets.

It takes files that the planner could read, and does not say at length what is wrong with others.
Lengths are hundredths of a kilometre, to the nearest; times are seconds, a begun one whole.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from math import atan2, ceil, cos, hypot, radians, sin
from typing import TYPE_CHECKING, Any

from cellchain.core.errors import Refused
from cellchain.services.analysis.toml_file import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

EARTH_KM = 6371.0088
SHEET_BYTES_MAX = 1 << 26
NUMBER_MAX = 1e9
DAYS_MIN = 48 * 60
"""A time of day ends here."""
ASSUMED = {"detour": 1.3, "speed_kmh": 60.0, "unload_min": 30.0}
"""What counts where the day says nothing."""
DRIVE_H, DRIVE_H_MAX, SHIFT_MAX = 9.0, 10.0, 15 * 3600
FREE_KG = 333.0
"""ADR 1.1.3.6.3, transport category 2: below, no tunnel is closed (8.6.3.3)."""
BARRED, TUNNELS = "E", ("", "A", "B", "C", "D", "E")
STATES = "intact", "damaged_noncritical", "critical"
GOODS = 3480, 3481, 3551, 3552
"""ADR 8.6.4: goods of code (E) do not pass tunnels of this category."""
WEIGHED = "weight_kg", "pallets", "energy_kwh"
ROOMS = "capacity_kg", "pallets", "energy_kwh", "damaged_packs"


@dataclass(frozen=True, slots=True)
class StopFacts:
    """One stop."""

    id: str
    holds: tuple[float, ...]
    """kg, pallets, kWh, damaged packs."""
    state: str
    opens: int
    closes: int
    work: int


@dataclass(frozen=True, slots=True)
class LorryFacts:
    """One lorry."""

    id: str
    depot: int
    """Its number in a plan."""
    room: tuple[float, ...]
    eur_a_km: float
    eur: float
    begins: int
    ends: int
    drives: float
    states: frozenset[str]
    rounds: int

    @property
    def may_pass(self) -> bool:
        """Whether tunnels of category E are open to it."""
        return self.room[0] <= FREE_KG and "critical" not in self.states


@dataclass(frozen=True, slots=True)
class DayFacts:
    """A day; places by their number in a plan."""

    depots: Mapping[int, tuple[int, int]]
    """Opening and closing."""
    stops: Mapping[int, StopFacts]
    lorries: tuple[LorryFacts, ...]
    apart: tuple[frozenset[int], ...]
    unload: int
    at: Mapping[int, tuple[float, float]]
    per_circle: float
    """Detour."""
    speed: float
    roads: Mapping[tuple[int, int], Sequence[tuple[int, int, str]]] | None
    """Length, time, tunnel of each road of a pair."""

    def leg(self, lorry: LorryFacts, first: int, second: int) -> tuple[int, int] | None:
        """Return length and driving time of the way a lorry takes; nothing where there is none."""
        if first == second:
            return 0, 0
        if self.roads is None:
            length = round(_circle_km(self.at[first], self.at[second]) * self.per_circle * 100)
            return length, ceil(length / 100 / self.speed * 3600 - 1e-6)
        ways = [
            (length, time)
            for length, time, tunnel in self.roads.get((first, second), ())
            if tunnel != BARRED or lorry.may_pass
        ]
        return min(ways, default=None)


def _circle_km(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return the great circle by the angle between two directions."""
    a, b = (
        (cos(radians(n)) * cos(radians(e)), cos(radians(n)) * sin(radians(e)), sin(radians(n)))
        for n, e in (first, second)
    )
    across = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
    return EARTH_KM * atan2(hypot(*across), sum(x * y for x, y in zip(a, b, strict=True)))


def day_facts_of(
    day: bytes, stops: bytes | None, lorries: bytes | None, distances: bytes | None
) -> DayFacts:
    """Return what a plan for a day is judged by.

    Raises:
        Refused: ``verify.instance``: the files are none that can be read here.
    """
    if any(len(one) > SHEET_BYTES_MAX for one in (stops, lorries, distances) if one is not None):
        raise Refused("verify.instance", "a sheet has more than 64 MiB")
    try:
        told: dict[str, Any] = decoded(day, dict)
        return _facts(
            told.get("day", {}), told.get("depot", []),
            [*told.get("stop", []), *_sheet(stops)], [*told.get("lorry", []), *_sheet(lorries)],
            None if distances is None else _sheet(distances),
        )  # fmt: skip
    except (
        ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, csv.Error
    ) as error:  # fmt: skip
        raise Refused("verify.instance", f"the day cannot be read: {error!r}") from error


def _sheet(data: bytes | None) -> Iterator[dict[str, Any]]:
    if data is None:
        return
    rows = csv.reader(data.decode("utf-8-sig").splitlines())
    heads = [one.strip() for one in next(rows, [])]
    for row in filter(None, rows):
        cells = zip(heads, row, strict=True)
        yield {head: cell.strip() for head, cell in cells if cell.strip()}


def _facts(
    day: dict[str, Any], depots: Sequence[dict[str, Any]], stops: Sequence[dict[str, Any]],
    lorries: Sequence[dict[str, Any]], distances: Iterable[dict[str, Any]] | None,
) -> DayFacts:  # fmt: skip
    numbers = {one["id"]: n for n, one in enumerate([*depots, *stops], start=1)}
    constant = {name: _number(day.get(name, value)) for name, value in ASSUMED.items()}
    at = {numbers[one["id"]]: (_number(one["latitude"]), _number(one["longitude"]))
          for one in (*depots, *stops) if "latitude" in one}  # fmt: skip
    if any(abs(north) > 90 or abs(east) > 180 for north, east in at.values()):  # noqa: PLR2004
        raise ValueError("coordinates are in degrees, latitude first")
    apart = [numbers[one] for group in day.get("apart", []) for one in group]
    if not stops or any(one <= len(depots) for one in apart):
        raise ValueError("there is no stop, or a depot is to ride apart")
    if len(numbers) < len(depots) + len(stops) or (distances is None and len(at) < len(numbers)):
        raise ValueError("two places have one id, or one has no coordinates and there is no table")
    if any(numbers[one["depot"]] > len(depots) for one in lorries) or constant["speed_kmh"] < 1:
        raise ValueError("a lorry is of no depot, or nobody drives")
    return DayFacts(
        depots={n: (_time(one["opens"]), _time(one["closes"]))
                for n, one in enumerate(depots, start=1)},
        stops={numbers[one["id"]]: _stop(one) for one in stops},
        lorries=tuple(_lorry(one, numbers) for one in lorries),
        apart=tuple(frozenset(numbers[one] for one in group) for group in day.get("apart", [])),
        unload=_seconds(constant["unload_min"]),
        at=at,
        per_circle=constant["detour"],
        speed=constant["speed_kmh"],
        roads=None if distances is None else _roads(distances, numbers),
    )  # fmt: skip


def _roads(
    rows: Iterable[dict[str, Any]], numbers: Mapping[str, int]
) -> dict[tuple[int, int], list[tuple[int, int, str]]]:
    found: dict[tuple[int, int], list[tuple[int, int, str]]] = {}
    for row in rows:
        way = round(_amount(row["km"]) * 100), _seconds(_amount(row["minutes"]))
        pair = numbers[row["from"]], numbers[row["to"]]
        if row.get("tunnel", "") not in TUNNELS:
            raise ValueError(f"a tunnel of category {row['tunnel'][:20]!a}")
        found.setdefault(pair, []).append((*way, row.get("tunnel", "")))
    return found


def _stop(one: dict[str, Any]) -> StopFacts:
    state = _text(one["damage_class"])
    packs = _amount(one["packs"])
    if state not in STATES or _number(one["un_number"]) not in GOODS:
        raise ValueError(f"{state!a} batteries of UN {one['un_number']!a}")
    if state == "critical" and packs != 1:
        raise ValueError(f"{packs:g} critical packs at one stop, and each rides alone")
    hurt = packs if state == "damaged_noncritical" else 0.0
    return StopFacts(
        id=_text(one["id"]),
        holds=(*(_amount(one[name]) for name in WEIGHED), hurt),
        state=state,
        opens=max(_time(one.get(name) or "00:00") for name in ("opens", "ready")),
        closes=_time(one.get("closes") or "47:59"),
        work=_seconds(_amount(one["service_min"])),
    )


def _lorry(one: dict[str, Any], numbers: Mapping[str, int]) -> LorryFacts:
    states = one["adr"].split() if isinstance(one["adr"], str) else one["adr"]
    if not set(states) <= set(STATES):
        raise ValueError(f"a lorry may carry {sorted(map(str, states))}")
    drives, begins, ends = (
        _number(one.get("drive_h_max", DRIVE_H)),
        *map(_time, (one["begins"], one["ends"])),
    )
    if drives > DRIVE_H_MAX or ends - begins > SHIFT_MAX:
        raise ValueError(
            f"a driver of {drives:g} h at the wheel, from {one['begins']} to {one['ends']}"
        )
    return LorryFacts(
        id=_text(one["id"]),
        depot=numbers[one["depot"]],
        room=tuple(_amount(one[name]) for name in ROOMS),
        eur_a_km=_amount(one["cost_eur_per_km"]),
        eur=_amount(one["fixed_cost_eur"]),
        begins=begins,
        ends=ends,
        drives=drives * 3600,
        states=frozenset(map(_text, states)),
        rounds=int(_amount(one.get("trips", 1))),
    )


def _amount(told: Any) -> float:
    found = _number(told)
    if found < 0:
        raise ValueError(f"{told!a} is below 0")
    return found


def _text(told: Any) -> str:
    if not isinstance(told, str):
        raise TypeError(f"{told!a} is no text")
    return told


def _number(told: Any) -> float:
    found = float(told)
    if not abs(found) <= NUMBER_MAX or isinstance(told, bool):
        raise ValueError(f"{told!a} is no number")
    return found


def _time(told: str) -> int:
    hours, minutes = (int(part) for part in told.split(":"))
    if not (0 <= minutes < 60 and 0 <= 60 * hours + minutes < DAYS_MIN):  # noqa: PLR2004
        raise ValueError(f"{told[:20]!a} is no time of the day")
    return 3600 * hours + 60 * minutes


def _seconds(minutes: float) -> int:
    return ceil(minutes * 60 - 1e-6)
