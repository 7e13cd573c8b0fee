"""How the watch is judged: simulated cars, healthy and with a leak; then field cars, if given.

Seeds are other ones than those by which the limit was chosen. A leak is planted in the voltages of
one cell, which then falls by V/R over the capacity, times 0.75 V; beside it stands the same in the
simulated cell itself, where balancing of the others reacts and hides part of it. Each fleet is seen
twice: as most cars report, and with the ends of charges that some report too. The naive baseline
is a sum of rest residuals (CUSUM) with the limit that its authors printed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.extra import extra_part
from cellchain.science.warning.fleet import (
    DAY_S,
    HEAVY,
    REALISTIC,
    SHORT_V,
    Car,
    Make,
    Short,
    Spread,
    simulated,
)
from cellchain.science.warning.watching import BASELINE_DAYS, LIMIT, QUIET_DAYS, Watch
from cellchain.services.analysis.clock import local_seconds
from cellchain.services.analysis.report import Figures, Report
from cellchain.services.analysis.shapes import Bar, Picture
from cellchain.services.analysis.table import Texts
from cellchain.services.analysis.watch import (
    CURRENT,
    OCV_SLOPE_V,
    TIME,
    Battery,
    begun,
    watched,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Floats, Table

    Flags = NDArray[np.bool_]
    Tell = Callable[[int, int], None]

CARS, PLANTED = 40, 60
YEAR_DAYS, TRIAL_DAYS = 365, 75
LIMITS = (5.0, 5.5, 6.0, LIMIT, 7.0, 8.0, 10.0)
OHMS = (1000.0, 300.0, 100.0, 30.0, 10.0)
NAIVE_LIMIT, NAIVE_FLOOR_V = 20.0, 1.5e-3
FIELD_DAYS = 25
"""With data, that follow a leak planted in a field car; half as many are before it."""
SEED = 90_000
CAPACITY_AH = 150.0
CHARGES = 0.8
"""Share of the charges whose ends are reported, by the cars that report any."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """How a watch went: of each day with data its number and the scores of the cells."""

    days: Floats
    score: Floats
    """NaN within the baseline, shape [days, cells]."""
    naive: Floats


def followed(car: Car) -> Course:
    """Return the course of a watch over a car."""
    watch, found = Watch(car.voltage_v.shape[1]), []
    days = np.floor(car.time_s / DAY_S)
    starts = np.flatnonzero(np.diff(days, prepend=-1.0)).tolist()
    for start, end in zip(starts, [*starts[1:], len(days)], strict=True):
        before = watch.judged
        watch.given(car.time_s[start:end], car.current_a[start:end], car.voltage_v[start:end])
        if watch.judged is not None and watch.judged is not before:
            found.append(watch.judged)
    residual_v = np.array([one.day.residual_v for one in found])
    unknown = np.full(residual_v.shape[1], np.nan)
    score = np.array([unknown if one.drift is None else one.drift.score for one in found])
    return Course(np.array([one.number for one in found]), score, naive_sums(residual_v))


def naive_sums(residual_v: Floats) -> Floats:
    """Return the baseline: sums of how far each cell is below its own first seven days.

    Args:
        residual_v: Of each day with data, shape [days, cells].
    """
    x = residual_v - np.median(residual_v[:BASELINE_DAYS], axis=0)
    x = x - np.median(x, axis=1, keepdims=True)
    scale = np.maximum(1.4826 * np.median(np.abs(x), axis=1, keepdims=True), NAIVE_FLOOR_V)
    sums = np.zeros_like(x)
    for day in range(BASELINE_DAYS, len(x)):
        sums[day] = np.maximum(sums[day - 1] - x[day] / scale[day] - 1.0, 0.0)
    return sums


def onsets(score: Floats, limit: float) -> int:
    """Return how often a cell begins to be above a limit, after quiet days."""
    quiet, count = np.full(score.shape[1], QUIET_DAYS), 0
    for above in score > limit:
        count += int(np.count_nonzero(above & (quiet >= QUIET_DAYS)))
        quiet = np.where(above, 0, quiet + 1)
    return count


def leaking(car: Car, short: Short) -> Car:
    """Return a car with a leak planted in the voltages of one cell; nothing reacts to it."""
    amperes = SHORT_V / short.resistance_ohm
    sunk = np.maximum(car.time_s - short.onset_s, 0.0) * amperes / (CAPACITY_AH * 3600.0)
    voltage_v = car.voltage_v.copy()
    voltage_v[:, short.cell] = np.round(voltage_v[:, short.cell] - OCV_SLOPE_V * sunk, 3)
    return Car(car.time_s, car.current_a, voltage_v)


def delay(days: Floats, score: Floats, limit: float, short: Short) -> float:
    """Return after how many days with data the cell is known, itself first; infinite: never."""
    after = days + 1.0 > short.onset_s / DAY_S
    known = after & (score[:, short.cell] > limit) & (_highest(score) == short.cell)
    return float(np.count_nonzero(after[: np.argmax(known) + 1])) if known.any() else np.inf


def evaluated(field: Mapping[str, Table] | None = None, *, progress: Tell) -> Report:
    """Return what the watch is worth.

    Args:
        field: Tables of cars, by name; no limit depends on them.
        progress: Told of the cars that are done, and of all.
    """
    told = [one for name, table in (field or {}).items() for one in _field(name, table)]
    total, done = len(_FLEETS) * (CARS + PLANTED), 0

    def tick() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    healthy = {
        name: [
            _ticked(followed(simulated(replace(_YEAR, charges=share), spread, SEED + n)), tick)
            for n in range(CARS)
        ]
        for name, (spread, share) in _FLEETS.items()
    }
    planted = {
        name: _planted(spread, replace(_TRIAL, charges=share), tick)
        for name, (spread, share) in _FLEETS.items()
    }
    false_alarms, bars = _false_alarms(healthy)
    parts: list[str | Figures] = [
        "Simulated cars are simulated: an upper bound on realism. The limit of "
        f"{LIMIT} was chosen by other ones.",
        false_alarms,
        *(_delays(name, delays) for name, delays in planted.items()),
        *(_trade_off(name, healthy[name], planted[name]) for name in _FLEETS),
        *told,
    ]
    picture = Picture("False alarms of simulated healthy cars", "a car-year", "", bars=bars)
    return Report("Early warning on cell voltages", tuple(parts), picture)


_FLEETS = {
    "realistic": (REALISTIC, 0.0),
    "heavy tails": (HEAVY, 0.0),
    "realistic, with ends of charges": (REALISTIC, CHARGES),
    "heavy tails, with ends of charges": (HEAVY, CHARGES),
}
"""Spread, and share of the charges whose ends are reported."""
_YEAR = Make(days=YEAR_DAYS, capacity_ah=CAPACITY_AH)
_TRIAL = Make(days=TRIAL_DAYS, capacity_ah=CAPACITY_AH)
Delays = dict[tuple[float, str, float], "Floats"]
"""Of each case, by resistance, how (planted, naive, physical) and limit."""


def _ticked(course: Course, tick: Callable[[], None]) -> Course:
    tick()
    return course


def _planted(spread: Spread, make: Make, tick: Callable[[], None]) -> Delays:
    found: dict[tuple[float, str, float], list[float]] = {}
    for case in range(PLANTED):
        rng = np.random.default_rng([SEED, case])
        cell, onset_s = int(rng.integers(make.cells)), float(rng.uniform(12.0, 25.0)) * DAY_S
        car = simulated(make, spread, SEED + 5_000 + case)
        for ohms in OHMS:
            short = Short(cell=cell, onset_s=onset_s, resistance_ohm=ohms)
            course = followed(leaking(car, short))
            for limit in LIMITS:
                late = delay(course.days, course.score, limit, short)
                found.setdefault((ohms, "planted", limit), []).append(late)
            late = delay(course.days, course.naive, NAIVE_LIMIT, short)
            found.setdefault((ohms, "naive", NAIVE_LIMIT), []).append(late)
            if ohms in (100.0, 300.0):
                real = followed(simulated(make, spread, SEED + 5_000 + case, short))
                late = delay(real.days, real.score, LIMIT, short)
                found.setdefault((ohms, "balanced", LIMIT), []).append(late)
        tick()
    return {key: np.array(one) for key, one in found.items()}


def _false_alarms(healthy: Mapping[str, list[Course]]) -> tuple[Figures, tuple[Bar, ...]]:
    rows, bars = [], []
    for name, courses in healthy.items():
        for what, limit in (("watch", LIMIT), ("naive", NAIVE_LIMIT)):
            each = [onsets(one.score if what == "watch" else one.naive, limit) for one in courses]
            bar = _rate(f"{name}: {what}", sum(each), len(courses))
            bars.append(replace(bar, strong=what == "watch"))
            rows.append((name, what, *_told(bar, sum(each), len(courses)), f"{max(each)}"))
    head = ("cars", "method", "alarms", "car-years", "a car-year", "95 % (Poisson)", "worst car")
    return Figures("False alarms of simulated healthy cars", head, tuple(rows)), tuple(bars)


def _rate(name: str, count: int, years: float) -> Bar:
    """Return a rate with the exact interval of Garwood, Biometrika 28 (1936) 437."""
    chi2 = extra_part("scipy.stats", "watch.no_scipy").chi2
    low = chi2.ppf(0.025, 2 * count) / 2 / years if count else 0.0
    high = chi2.ppf(0.975, 2 * count + 2) / 2 / years
    return Bar(name, count / years, float(low), float(high))


def _told(rate: Bar, count: int, years: float) -> tuple[str, str, str, str]:
    return f"{count}", f"{years:.2f}", f"{rate.value:.2f}", f"{rate.lo:.2f} to {rate.hi:.2f}"


def _delays(name: str, delays: Delays) -> Figures:
    rows = [
        (f"{ohms:.0f}", how, *_summary(late))
        for (ohms, how, limit), late in delays.items()
        if limit in (LIMIT, NAIVE_LIMIT)
    ]
    note = (
        "Days with data from the onset until the right cell is known, as the first of all; "
        "balanced: the simulated cell itself leaks, and balancing of the others hides part of it."
    )
    head = ("ohm", "method", "found", "of", "median", "p90", "worst found")
    return Figures(f"Delay of a leak, {name}", head, tuple(rows), note)


def _summary(late: Floats) -> tuple[str, ...]:
    seen = late[np.isfinite(late)]
    shown = [f"{one:.0f}" if np.isfinite(one) else "never" for one in _quantiles(late)]
    return (f"{len(seen)}", f"{len(late)}", *shown, f"{seen.max():.0f}" if len(seen) else "")


def _quantiles(late: Floats) -> list[float]:
    ordered = np.sort(late)
    return [float(ordered[int(np.ceil(p * len(late))) - 1]) for p in (0.5, 0.9)]


def _trade_off(name: str, healthy: list[Course], delays: Delays) -> Figures:
    rows = []
    for limit in LIMITS:
        rate = sum(onsets(one.score, limit) for one in healthy) / len(healthy)
        told = [
            f"{np.isfinite(late).sum()}: {' / '.join(f'{one:.0f}' for one in _quantiles(late))}"
            for late in (delays[ohms, "planted", limit] for ohms in (100.0, 300.0))
        ]
        rows.append((f"{limit}", f"{rate:.2f}", *told))
    head = ("limit", "false alarms a car-year", "100 ohm: found, median / p90", "300 ohm")
    return Figures(f"Delay against false alarms, {name}; {PLANTED} leaks", head, tuple(rows))


def _highest(score: Floats) -> NDArray[np.intp]:
    highest: NDArray[np.intp] = np.argmax(np.where(np.isnan(score), -np.inf, score), axis=1)
    return highest


def _field(name: str, table: Table) -> list[Figures]:
    said = watched(table, begun(table), battery=Battery(capacity_ah=CAPACITY_AH))
    columns = ("time", "cell", "kind", "severity", "reason")
    cells = [_text(said, one) for one in columns]
    note = f"{table.rows} rows" if said.rows else f"{table.rows} rows, nothing to tell of"
    told = Figures(f"Field: {name}", columns, tuple(zip(*cells, strict=True)), note)
    return [told, *_planted_in(name, table, _text(said, "cell"))]


def _planted_in(name: str, table: Table, told_of: list[str]) -> list[Figures]:
    """Return delays of leaks planted in cells of a field car that nothing was told of."""
    car, cells = _reported(table)
    healthy = [n for n, cell in enumerate(cells) if cell not in told_of]
    course = followed(car)
    last = len(course.days) - FIELD_DAYS
    if last <= FIELD_DAYS // 2:
        return []
    rows = []
    for ohms in (300.0, 100.0):
        late, naive = [], []
        for case in range(PLANTED):
            rng = np.random.default_rng([SEED, case])
            onset_s = float(course.days[rng.integers(FIELD_DAYS // 2, last)]) * DAY_S
            short = Short(cell=int(rng.choice(healthy)), onset_s=onset_s, resistance_ohm=ohms)
            run = followed(leaking(car, short))
            late.append(alone(run.days, run.score, LIMIT, short))
            naive.append(alone(run.days, run.naive, NAIVE_LIMIT, short))
        rows += [(f"{ohms:.0f}", "watch", *_summary(np.array(late)))]
        rows += [(f"{ohms:.0f}", "naive", *_summary(np.array(naive)))]
    head = ("ohm", "method", "found", "of", "median", "p90", "worst found")
    note = "Days with data from the onset until the cell is above the limit."
    return [Figures(f"Leaks planted in {name}", head, tuple(rows), note)]


def alone(days: Floats, score: Floats, limit: float, short: Short) -> float:
    """Return after how many days with data a cell is above the limit; infinite: never."""
    return delay(days, score[:, [short.cell]], limit, replace(short, cell=0))


def _reported(table: Table) -> tuple[Car, tuple[str, ...]]:
    cells = begun(table).cells
    local_s, _ = local_seconds(TIME, table.texts(TIME))
    order = np.argsort(local_s, kind="stable")
    order = order[np.diff(local_s[order], prepend=-np.inf) > 0.0]
    voltage_v = np.column_stack([table.numbers(one)[order] for one in cells])
    time_s = local_s[order] - np.floor(local_s.min() / DAY_S) * DAY_S
    return Car(time_s, table.numbers(CURRENT)[order], voltage_v), cells


def _text(table: Table, name: str) -> list[str]:
    column = table.columns[name]
    assert isinstance(column, Texts)
    return [cell or "" for cell in column.cells()]
