"""What of an instance a plan is judged by: a second, smaller reader of the same files.

It takes a file that the solver could read, and does not say at length what is wrong with another.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, sqrt
from typing import TYPE_CHECKING

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROUNDINGS: Mapping[str, Callable[[float], float]] = {
    "round": lambda value: float(round(value)),
    "trunc": lambda value: float(int(value)),
    "dimacs": lambda value: float(int(10 * value)),
    "exact": lambda value: float(round(1000 * value)),
    "double": lambda value: value,
}
TYPES = {"CVRP": "round", "MDVRPTW": "exact", "HFVRP": "exact", "MTVRPTWR": "dimacs"}
BYTES_MAX = 1 << 26
TOLERANCE = 1e-6
"""Where nothing is rounded."""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One vehicle of the file."""

    capacity: tuple[float, ...]
    depot: int
    reloads: frozenset[int]
    trips: float
    fixed_cost: float
    unit_cost: float
    duration: float
    distance: float
    allowed: frozenset[int] | None
    """Stops it may visit; any where None."""


@dataclass(frozen=True, slots=True)
class Facts:
    """An instance; every value is by the number of a place in the file."""

    rounding: str
    divisor: float
    """Of costs."""
    depots: frozenset[int]
    stops: frozenset[int]
    demand: Mapping[int, Sequence[float]]
    window: Mapping[int, tuple[float, float]]
    service: Mapping[int, float]
    release: Mapping[int, float]
    vehicles: tuple[Vehicle, ...]
    places: Mapping[int, tuple[float, float]]
    weights: Mapping[tuple[int, int], float] | None
    """Distances where the file tells them one by one."""
    plane: str

    def distance(self, first: int, second: int) -> float:
        """Return the distance between two places by the file's rule."""
        if self.weights is not None:
            plain = self.weights[first, second]
        else:
            (x, y), (u, v) = self.places[first], self.places[second]
            plain = _PLANE[self.plane](sqrt((x - u) ** 2 + (y - v) ** 2))
        return ROUNDINGS[self.rounding](plain)

    @property
    def tolerance(self) -> float:
        """By how much a limit may be passed."""
        return TOLERANCE if self.rounding == "double" else 0.0


_PLANE: Mapping[str, Callable[[float], float]] = {
    "EUC_2D": lambda value: value,
    "FLOOR_2D": lambda value: float(int(value)),
    "CEIL_2D": lambda value: float(-int(-value // 1)),
    "EXACT_2D": lambda value: float(round(1000 * value)),
}


def facts_of(data: bytes, rounding: str = "") -> Facts:
    """Return what a plan for the file is judged by.

    Raises:
        Refused: ``verify.instance``: the file is none that can be read here.
    """
    if len(data) > BYTES_MAX:
        raise Refused("verify.instance", f"the instance has more than {BYTES_MAX >> 20} MiB")
    lines = [line.strip() for line in data.decode(errors="replace").splitlines()]
    heads = [line.upper() for line in lines[:20]]
    try:
        if "VEHICLE" in heads and "CUSTOMER" in heads:
            return _of_solomon(lines, heads.index("VEHICLE"), rounding)
        return _of_vrplib(lines, rounding)
    except (ValueError, KeyError, IndexError, OverflowError) as error:
        raise Refused("verify.instance", f"the instance cannot be read: {error!r}") from error


def _of_solomon(lines: Sequence[str], head: int, rounding: str) -> Facts:
    cells = [line.split() for line in lines]
    count, capacity = next(
        row
        for row in cells[head + 1 :]
        if len(row) == 2 and row[0].isdecimal()  # noqa: PLR2004
    )
    rule = rounding or "double"
    near = ROUNDINGS[rule]
    rows = [
        [float(cell) for cell in row]
        for row in cells[head + 2 :]
        if len(row) == 7 and row[0].isdecimal()  # noqa: PLR2004
    ]
    depot = int(rows[0][0])
    one = Vehicle(
        capacity=(near(float(capacity)),), depot=depot, reloads=frozenset(), trips=1, fixed_cost=0,
        unit_cost=1, duration=inf, distance=inf, allowed=None,
    )  # fmt: skip
    return Facts(
        rounding=rule,
        divisor=1,
        depots=frozenset((depot,)),
        stops=frozenset(int(row[0]) for row in rows[1:]),
        demand={int(row[0]): (near(row[3]),) for row in rows},
        window={int(row[0]): (near(row[4]), near(row[5])) for row in rows},
        service={int(row[0]): near(row[6]) for row in rows},
        release={},
        vehicles=(one,) * int(count),
        places={int(row[0]): (row[1], row[2]) for row in rows},
        weights=None,
        plane="EUC_2D",
    )


def _of_vrplib(lines: Sequence[str], rounding: str) -> Facts:
    told, rows = _cut(lines)
    kind = told.get("TYPE", "").upper()
    rule = rounding or TYPES[kind]
    near = ROUNDINGS[rule]
    count = int(told["DIMENSION"])
    numbers = [int(row[0]) for row in rows.get("NODE_COORD", [])] or list(range(1, count + 1))
    depots = frozenset(int(one) for row in rows["DEPOT"] for one in row if one != -1)

    def by_place(name: str) -> dict[int, float]:
        if name in rows:
            return {int(row[0]): near(row[1]) for row in rows[name]}
        return dict.fromkeys(numbers, near(float(told.get(name, 0))))

    windows = {int(row[0]): (near(row[1]), near(row[2])) for row in rows.get("TIME_WINDOW", [])}
    weights = None
    if told["EDGE_WEIGHT_TYPE"].upper() == "EXPLICIT":
        weights = _weights(told["EDGE_WEIGHT_FORMAT"].upper(), rows["EDGE_WEIGHT"], numbers)
    scale = {"dimacs": 10, "exact": 1000}.get(rule, 1)
    return Facts(
        rounding=rule,
        divisor=100.0 * scale if kind == "HFVRP" else 1.0,
        depots=depots,
        stops=frozenset(numbers) - depots,
        demand={int(row[0]): tuple(map(near, row[1:])) for row in rows.get("DEMAND", [])},
        window=windows or dict.fromkeys(numbers, (0.0, inf)),
        service=by_place("SERVICE_TIME") | dict.fromkeys(depots, 0.0),
        release=by_place("RELEASE_TIME"),
        vehicles=_vehicles(told, rows, near, len(numbers) - len(depots)),
        places={int(row[0]): (row[1], row[2]) for row in rows.get("NODE_COORD", [])},
        weights=weights,
        plane=told["EDGE_WEIGHT_TYPE"].upper(),
    )


_Rows = dict[str, list[list[float]]]


def _cut(lines: Sequence[str]) -> tuple[dict[str, str], _Rows]:
    told: dict[str, str] = {}
    rows: _Rows = {}
    section = None
    for line in lines:
        head = line.rstrip(" :\t").upper()
        if head == "EOF":
            break
        if head.endswith("_SECTION"):
            section = rows.setdefault(head[: -len("_SECTION")], [])
        elif ":" in line:
            name, _, value = line.partition(":")
            told[name.strip().upper()] = value.strip(' "\t')
        elif line and section is not None:
            values = [float(cell) for cell in line.split()]
            if not all(map(isfinite, values)):
                raise ValueError(line[:80])
            section.append(values)
    return told, rows


def _weights(
    form: str, rows: Sequence[Sequence[float]], numbers: Sequence[int]
) -> dict[tuple[int, int], float]:
    values = iter([value for row in rows for value in row])
    found = {(one, one): 0.0 for one in numbers}
    n = len(numbers)
    for i in range(n):
        across = {
            "FULL_MATRIX": range(n),
            "LOWER_ROW": range(i),
            "LOWER_DIAG_ROW": range(i + 1),
            "UPPER_ROW": range(i + 1, n),
            "UPPER_DIAG_ROW": range(i, n),
        }[form]
        for j in across:
            value = next(values, inf)
            if i != j:
                found[numbers[i], numbers[j]] = value
                if form != "FULL_MATRIX":
                    found[numbers[j], numbers[i]] = value
    return found


def _vehicles(
    told: Mapping[str, str], rows: _Rows, near: Callable[[float], float], stops: int
) -> tuple[Vehicle, ...]:
    count = int(told.get("VEHICLES", stops))
    depot = rows["DEPOT"][0][0]

    def of(name: str, default: float) -> list[float]:
        if name in rows:
            by_number = {int(row[0]): row[1] for row in rows[name]}
            return [by_number[one] for one in range(1, count + 1)]
        return [float(told.get(name, default))] * count

    def listed(name: str) -> list[list[float]]:
        by_number = {int(row[0]): row[1:] for row in rows.get(name, [])}
        return [by_number.get(one, []) for one in range(1, count + 1)]

    def limit(name: str) -> list[float]:
        return [near(one) if isfinite(one) else inf for one in of(name, inf)]

    if "CAPACITY" in rows:
        capacities = listed("CAPACITY")
    else:
        capacities = [[float(told["CAPACITY"])] if "CAPACITY" in told else []] * count
    allowed = listed("VEHICLES_ALLOWED_CLIENTS")
    durations = zip(limit("VEHICLES_MAX_DURATION"), limit("DISTANCE"), strict=True)
    return tuple(
        Vehicle(*one)
        for one in zip(
            [tuple(map(near, row)) for row in capacities],
            map(int, of("VEHICLES_DEPOT", depot)),
            [frozenset(map(int, row)) for row in listed("VEHICLES_RELOAD_DEPOT")],
            [1 + one for one in of("VEHICLES_MAX_RELOADS", inf)],
            map(near, of("VEHICLES_FIXED_COST", 0)),
            of("VEHICLES_UNIT_DISTANCE_COST", 1),
            map(min, durations),
            limit("VEHICLES_MAX_DISTANCE"),
            [frozenset(map(int, row)) if "VEHICLES_ALLOWED_CLIENTS" in rows else None
             for row in allowed],
            strict=True,
        )
    )  # fmt: skip
