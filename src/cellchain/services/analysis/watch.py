"""Early warning on the cell voltages of a vehicle: a row for each onset, when it is known.

In: ``tboxTime`` (local time), ``V_1 …`` (V), perhaps ``BMSBatteryCurrent`` (A, of either sign) and
``T_1 …`` (°C, of probes that nobody knows to sit by a cell); any other column is left alone. Out:
``time``, that of the row by which it is known; ``cell``, or probe; ``kind`` (``drift``, ``short``:
alarms; ``static``, ``sensor``: notices); ``severity``; ``score``; ``leak_ma`` where the capacity is
given; ``reason``.

A day is judged when a row of a later one is there, so what is said does not depend on what comes
later. It depends on the other cells of the pack, whose median is the measure, and on no other pack.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.warning.probe import POSSIBLE_C, Probes, Warm
from cellchain.science.warning.rest import REST_A, STILL_V
from cellchain.science.warning.watching import EARLIEST_S, LATEST_S, LIMIT, Onset, Watch
from cellchain.services.analysis.broken_files import BROKEN
from cellchain.services.analysis.clock import local_seconds
from cellchain.services.analysis.state_files import packed, unpacked
from cellchain.services.analysis.table import Table, Texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Floats

TIME, CURRENT = "tboxTime", "BMSBatteryCurrent"
COLUMNS = (TIME, CURRENT, "V_1", "V_2")
"""Of an empty file; there are as many V_ columns as cells."""
OCV_SLOPE_V = 0.75
"""Of the open-circuit voltage per unit of charge: NMC about the middle."""
CHUNK_ROWS = 50_000
UNIT_ROWS = 1_000
"""The first, by which volts are told from millivolts."""
VERSION = 2
FALSE_ALARMS = "0.17 a car-year (95 %: 0.07 to 0.36), with heavy tails 0.95 (0.67 to 1.30)"
"""With ends of charges, of simulated healthy cars (docs/explanation/models/watch.md)."""
HOTTEST_C = 60.0
"""Typical of no pack in use: degrees Fahrenheit, or kelvin."""
_CELL, _PROBE = re.compile(r"V_\d+"), re.compile(r"T_\d+")


@dataclass(slots=True, eq=False)
class VehicleWatch:
    """A watch that is carried on from file to file, over cells and probes of these names."""

    cells: tuple[str, ...]
    probes: tuple[str, ...]
    watch: Watch
    warmth: Probes
    instant_s: float = field(default=-np.inf)
    """Of the last row."""

    def to_bytes(self) -> bytes:
        """Return a file that `carried_on` reads."""
        arrays = {"instant": np.array([self.instant_s]), **self.watch.plain()}
        return packed(VERSION, self.cells + self.probes, arrays | self.warmth.plain())


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """What turns a slope into a leak."""

    capacity_ah: float | None = None
    ocv_slope_v: float = OCV_SLOPE_V

    def __post_init__(self) -> None:
        for name, value in (("capacity", self.capacity_ah), ("slope", self.ocv_slope_v)):
            if value is not None and not 0.0 < value < np.inf:
                raise Refused("watch.battery", f"a {name} of {value}", remedy="give one above 0")

    def leak_ma(self, slope_v: float) -> float:
        r"""Return the current that discharges one cell as fast as it sinks beside the others.

        $$ i = \beta \, Q / U'(z) $$

        Args:
            slope_v: Volt per day.
        """
        if self.capacity_ah is None:
            return float("nan")
        return slope_v / self.ocv_slope_v * self.capacity_ah / 24.0 * 1e3


def begun(table: Table, *, limit: float = LIMIT, rest_a: float = REST_A) -> VehicleWatch:
    """Return a watch over the cells of a table, before its first row.

    Raises:
        Refused: ``watch.cells``: fewer than two; ``watch.setting``.
    """
    cells = tuple(name for name in table.names if _CELL.fullmatch(name))
    if len(cells) < 2:  # noqa: PLR2004  # one has no other to be beside
        raise Refused(
            "watch.cells",
            f"{len(cells)} columns of cell voltages",
            remedy="name them V_1, V_2 and so on, or say with --map which they are",
        )
    for name, value in (("limit", limit), ("current of rest", rest_a)):
        if not 0.0 < value < np.inf:
            raise Refused("watch.setting", f"a {name} of {value}", remedy="give one above 0")
    probes = _believed(table)
    watch = Watch(len(cells), limit=limit, rest_a=rest_a)
    return VehicleWatch(cells, probes, watch, Probes(len(probes)))


def _believed(table: Table) -> tuple[str, ...]:
    """Return the probes, if what they show in the first row of all may be degrees Celsius."""
    probes = tuple(name for name in table.names if _PROBE.fullmatch(name))
    if not probes or not table.rows:
        return probes
    first = np.argmin(local_seconds(TIME, table.texts(TIME))[1])
    shown_c = np.array([table.numbers(name)[first] for name in probes])
    return probes if _celsius(shown_c) else ()


def _celsius(shown_c: Floats) -> bool:
    read_c = shown_c[np.isfinite(shown_c)]
    return len(read_c) > 0 and bool(POSSIBLE_C[0] <= np.median(read_c) <= HOTTEST_C)


def carried_on(data: bytes) -> VehicleWatch:
    """Return the watch that an earlier run has left.

    Raises:
        Refused: ``watch.state_form``, ``watch.state_version``.
    """
    try:
        version, names, plain = unpacked(data)
        if version != VERSION:
            raise Refused(
                "watch.state_version", f"state of version {version}, not {VERSION}",
                remedy="begin anew, without the file",
            )  # fmt: skip
        instant_s = float(plain.pop("instant")[0])
        watch, warmth = Watch.from_plain(plain), Probes.from_plain(plain)
        cells = tuple(name for name in names if _CELL.fullmatch(name))
        probes = tuple(name for name in names if _PROBE.fullmatch(name))
        if (len(cells), len(probes)) != (watch.cells, warmth.probes):
            raise ValueError(f"{len(names)} names of {watch.cells} cells")
        if cells + probes != names or len(set(names)) != len(names):
            raise ValueError("names that are none, or doubled")
        if not (instant_s == -np.inf or EARLIEST_S <= instant_s <= LATEST_S):
            raise ValueError(f"a last row at {instant_s:g} s")
        return VehicleWatch(cells, probes, watch, warmth, instant_s)
    except (*BROKEN, OSError) as error:
        raise Refused(
            "watch.state_form", f"no state of a watch: {error}", remedy="begin anew, without it"
        ) from error


def watched(
    table: Table,
    vehicle: VehicleWatch,
    *,
    battery: Battery,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Table:
    """Return what begins to be known by the rows of a table; the watch has seen them then.

    Args:
        table: Rows in any order; of those of one time the first counts.
        vehicle: Moved on.
        battery: For the leak.
        progress: Told of the rows that are done, and of all.

    Raises:
        Refused: ``watch.…``, ``table.…``: see the reference.
    """
    times = table.texts(TIME)
    local_s, instant_s = local_seconds(TIME, times)
    order = np.argsort(instant_s, kind="stable")
    _check(table, vehicle, instant_s[order])
    order = order[np.diff(instant_s[order], prepend=vehicle.instant_s) > 0.0]
    current_a = _current(table)
    columns = [table.numbers(name) for name in vehicle.cells]
    probes = [table.numbers(name) for name in vehicle.probes]
    ordered_s = np.maximum.accumulate(np.maximum(local_s[order], vehicle.watch.last_s))
    found: list[tuple[int, Onset, Warm | None]] = []
    for start in range(0, len(order), CHUNK_ROWS):
        rows = order[start : start + CHUNK_ROWS]
        chunk_s = ordered_s[start : start + CHUNK_ROWS]
        voltage_v = np.column_stack([column[rows] for column in columns])
        flows = None if current_a is None else current_a[rows]
        onsets = vehicle.watch.given(chunk_s, flows, voltage_v)
        days = {}
        if probes:
            shown_c = np.column_stack([column[rows] for column in probes])
            days = {one.row: one for one in vehicle.warmth.given(chunk_s, shown_c)}
        onsets += [_doubtful(one, day.row, why, len(columns)) for day in days.values()
                   for one, why in day.lies.items()]  # fmt: skip
        for onset in sorted(onsets, key=lambda one: one.row):
            warm = days[onset.row].warm if onset.row in days else None
            found.append((int(rows[onset.row]), onset, warm))
        progress(start + len(rows), len(order))
    if len(order):
        vehicle.instant_s = float(instant_s[order[-1]])
    left_out = any(_PROBE.fullmatch(one) and one not in vehicle.probes for one in table.names)
    more = (_UNMEASURED if current_a is None else "") + (_UNBELIEVED if left_out else "")
    return _told(found, times, vehicle, battery, more)


def _doubtful(probe: int, row: int, why: tuple[float, str], cells: int) -> Onset:
    """Return the notice of a probe that lies; probes are counted on from the cells."""
    return Onset(row=row, cell=cells + probe, kind="sensor", score=why[0], what=why[1])


def _check(table: Table, vehicle: VehicleWatch, instant_s: Floats) -> None:
    cells = tuple(name for name in table.names if _CELL.fullmatch(name))
    lost = set(vehicle.probes) - set(table.names)
    if set(cells) != set(vehicle.cells) or lost:
        other = sorted(set(cells) ^ set(vehicle.cells) | lost)
        raise Refused(
            "watch.state_cells",
            f"{len(cells)} cells, the state has {len(vehicle.cells)}: {other[0]} is in one only",
            remedy="give the file of the same pack, or begin anew without --state",
        )
    if len(instant_s) and instant_s[0] < vehicle.instant_s:
        raise Refused(
            "watch.order",
            f"a row {vehicle.instant_s - instant_s[0]:.0f} s before the last of the run before",
            remedy="give only rows that are later than those that the state has seen",
        )
    _check_unit(np.array([table.numbers(name)[:UNIT_ROWS] for name in cells]))


def _check_unit(first: NDArray[np.float64]) -> None:
    finite = np.abs(first[np.isfinite(first)])
    typical = float(np.median(finite)) if len(finite) else 0.0
    if typical > 100.0:  # noqa: PLR2004  # no cell
        raise Refused(
            "watch.unit",
            f"cell voltages of typically {typical:.0f}: no volts",
            remedy='say in --map: V_1 = {from = "V_1", factor = 0.001}, and so on',
        )


def _current(table: Table) -> Floats | None:
    if CURRENT not in table.names:
        return None
    current_a = table.numbers(CURRENT)
    if table.rows and np.isnan(current_a).all():
        raise Refused(
            "watch.current",
            f"column {CURRENT!r} has no value",
            remedy="leave it out: rest is told by the voltages then",
        )
    return current_a


def _told(
    found: list[tuple[int, Onset, Warm | None]],
    times: Texts,
    vehicle: VehicleWatch,
    battery: Battery,
    more: str,
) -> Table:
    alarms = [one.kind in ("drift", "short") for _, one, _ in found]
    names = vehicle.cells + vehicle.probes
    return Table(
        {
            "time": Texts.of(times.labels[times.codes[row]] for row, _, _ in found),
            "cell": Texts.of(names[one.cell] for _, one, _ in found),
            "kind": Texts.of(one.kind for _, one, _ in found),
            "severity": Texts.of("alarm" if one else "notice" for one in alarms),
            "score": np.array([one.score for _, one, _ in found], dtype=np.float64),
            "leak_ma": np.array(
                [battery.leak_ma(one.slope_v) for _, one, _ in found], dtype=np.float64
            ),
            "reason": Texts.of(
                _reason(one, vehicle, battery, warm) + more for _, one, warm in found
            ),
        }
    )


_UNMEASURED = (
    f"; no current was given: at rest is where the median moved less than {1e3 * STILL_V:.0f} mV"
)
_UNBELIEVED = (
    "; temperatures are left out: in the first row they were missing, or, as their median is "
    f"not between {POSSIBLE_C[0]:.0f} and {HOTTEST_C:.0f}, no degrees Celsius"
)


def _reason(one: Onset, vehicle: VehicleWatch, battery: Battery, warm: Warm | None) -> str:
    cells, probes = vehicle.cells, vehicle.probes
    if one.kind == "sensor":
        name = (cells + probes)[one.cell]
        shows = "voltage" if one.cell < len(cells) else "temperature"
        return f"{name} {one.what}: trust its {shows} no more than that"
    name, others, stands = cells[one.cell], len(cells) - 1, f"{1e3 * one.residual_v:+.1f} mV"
    if one.kind == "static":
        return (
            f"{name} stood {stands} from the median of the cells at rest on the first day "
            f"({one.rest_rows} rows): {abs(one.score):.1f} of the others' deviations"
        )
    leak = battery.leak_ma(one.slope_v)
    as_leak = "" if np.isnan(leak) else f", as a leak of {leak:.0f} mA would"
    since = date(1970, 1, 1) + timedelta(days=int(one.since_day))
    charged = f" and {one.charges} ends of charges" if one.charges else ""
    falsely = f"; false alarms of simulated cars: {FALSE_ALARMS}" if one.charges else ""
    either = "" if others > 1 else "; of two cells one sinks or the other rises"
    return (
        f"{name} sinks {1e3 * one.slope_v:.1f} mV a day beside the other {others} cells since "
        f"{since}{as_leak}: {stands} from their median at rest ({one.rest_rows} rows of the day, "
        f"{one.days} days with data{charged}), {one.score:.1f} deviations of what healthy cells do"
        f"{either}{falsely}{_warmth(warm, probes)}"
    )


def _warmth(warm: Warm | None, probes: tuple[str, ...]) -> str:
    if warm is None:
        return ""
    return (
        f"; {probes[warm.probe]} has run {warm.rise_k:.1f} K warmer beside the other "
        f"{len(probes) - 1} probes for {warm.days} days with data than before (it is not known "
        "by which cells it sits)"
    )
