"""Where batteries stand, from row to row: a filter over a circuit that was identified before.

In: ``time_s, current_a`` (positive on discharge)``, voltage_v, temperature_c``, and perhaps
``battery``. Out, a row for each: its keys; ``soc``, ``capacity_ah`` and ``resistance_ohm`` (R₀ at
half charge and 25 °C), each with ``_lo`` and ``_hi``; ``level``; ``model``; ``reason``.

What is said of a row depends on the rows of its battery up to its time, on the circuit, and on
nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.estimation.belief import (
    CAPACITY,
    CAPACITY_SD,
    OHM,
    SIZE,
    SOC,
    Belief,
    Seen,
    begun,
)
from cellchain.science.estimation.filtering import (
    GAIN_SD,
    GAP_S,
    SWING,
    stepped,
    told_capacity,
    told_resistance,
)
from cellchain.services.analysis.broken_files import BROKEN
from cellchain.services.analysis.drives import BATTERY, COLUMNS, NUMBERS, TIME, Drives, drives, keys
from cellchain.services.analysis.state_files import packed, unpacked
from cellchain.services.analysis.table import Table, Texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cellchain.science.estimation.equivalent import Equivalent
    from cellchain.services.analysis.table import Floats

__all__ = ("BATTERY", "COLUMNS", "Fleet", "carried_on", "filtered", "none_yet")

MODEL = "circuit of two pairs, sigma-point filter"
VERSION = 1
SURPRISED = 4.0
"""Recent squared innovations ÷ expected: beyond, the circuit may be another cell's."""
CELSIUS_MARGIN = 5.0
TOLD_STEPS = 100
"""Between two words of progress."""
REASONS = (
    f"no row for more than {GAP_S:.0f} s before: what flowed is not known",
    "colder or warmer than the circuit was identified at: out of domain",
    "voltages surprise the circuit: it may be of another kind of cell",
    "too little charge has gone to tell the capacity",
    "the current has hardly changed: resistance is as it was",
)


@dataclass(frozen=True, slots=True, eq=False)
class Fleet:
    """Batteries by name, and what is believed of them."""

    batteries: tuple[str, ...]
    belief: Belief

    @property
    def places(self) -> dict[str, int]:
        """Where each battery is in the belief."""
        return {name: place for place, name in enumerate(self.batteries)}

    def to_bytes(self) -> bytes:
        """Return a file that `carried_on` reads."""
        return packed(VERSION, self.batteries, self.belief.plain())


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """What was believed at each row; NaN where it was not used."""

    mean: Floats
    """Shape (3, rows): state of charge, logarithms of capacity and resistance."""
    variance: Floats
    surprise: Floats
    swing: Floats
    spread: Floats
    span_s: Floats

    @classmethod
    def of(cls, rows: int) -> _Course:
        """Return one with nothing in it."""
        return cls(*(np.full((3, rows), np.nan) for _ in range(2)),
                   *(np.full(rows, np.nan) for _ in range(4)))  # fmt: skip


def none_yet() -> Fleet:
    """Return a fleet without batteries."""
    return Fleet((), _empty(0))


def carried_on(data: bytes) -> Fleet:
    """Return the fleet that an earlier run has left.

    Raises:
        Refused: ``twin.state_form``, ``twin.state_version``.
    """
    try:
        version, names, plain = unpacked(data)
        if version != VERSION:
            raise Refused(
                "twin.state_version", f"state of version {version}, not {VERSION}",
                remedy="begin anew, without the file",
            )  # fmt: skip
        kept = Belief(**plain)
        wanted = _empty(len(names))
        for one in fields(Belief):
            found, form = getattr(kept, one.name), getattr(wanted, one.name)
            if found.shape != form.shape or found.dtype != form.dtype or np.isnan(found).any():
                raise ValueError(f"{one.name} of the shape {found.shape}")
        return Fleet(names, kept)
    except (*BROKEN, OSError) as error:
        raise Refused(
            "twin.state_form", f"no state of a filter: {error}", remedy="begin anew, without it"
        ) from error


def filtered(
    table: Table,
    cell: Equivalent,
    fleet: Fleet,
    *,
    soc0: float | Mapping[str, float] | None = None,
    level: float = 0.9,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[Table, Fleet]:
    """Return where batteries stand at each row, and what is believed of them after the last.

    Args:
        table: Rows in any order, of any number of batteries.
        cell: The circuit of all of them.
        fleet: What is believed of batteries before; of others it begins here.
        soc0: Where those others are said to stand, all of them or by name; of one that nothing is
            said of the first voltage says it.
        level: How often an interval shall hold the truth.
        progress: Told of the rows that are done, and of all.

    Raises:
        Refused: ``twin.…``, ``table.…``.
    """
    if not 0.0 < level < 1.0:
        raise Refused("twin.level", f"a level of {level}", remedy="give one between 0 and 1")
    found = drives(table, cell.capacity_ah)
    starts = _starts(found, soc0)
    _check_order(found, fleet)
    used = [one for one in range(len(found.rows)) if len(found.rows[one])]
    used.sort(key=lambda one: -len(found.rows[one]))
    if not used:
        return _told(table, cell, found, _Course.of(table.rows), level), fleet
    now = _joined(cell, found, fleet, used, starts)
    course = _moved(cell, now, found, used, progress)
    left = _left(fleet, [found.batteries[one] for one in used], now)
    return _told(table, cell, found, course, level), left


def _starts(found: Drives, soc0: float | Mapping[str, float] | None) -> Floats:
    """Return where each battery is said to begin, NaN where nothing is said."""
    if soc0 is None:
        return np.full(len(found.batteries), np.nan)
    told = soc0 if isinstance(soc0, Mapping) else dict.fromkeys(found.batteries, soc0)
    strange = [one for one in told.values() if not 0.0 <= one <= 1.0]
    if strange:
        raise Refused("twin.soc0", f"a start of {strange[0]:g}", remedy="give one from 0 to 1")
    return np.array([told.get(name, np.nan) for name in found.batteries])


def _check_order(found: Drives, fleet: Fleet) -> None:
    places = fleet.places
    for name, rows in zip(found.batteries, found.rows, strict=True):
        if name in places and len(rows):
            early_s = fleet.belief.time_s[places[name]] - found.numbers[TIME][rows[0]]
            if early_s >= 0.0:
                raise Refused(
                    "twin.order",
                    f"a row {early_s:g} s before the last of the run before{_of(name)}",
                    remedy="give only rows that are later than those that the state has seen",
                )


def _of(name: str) -> str:
    return f" of {name}" if name else ""


def _joined(
    cell: Equivalent, found: Drives, fleet: Fleet, used: list[int], starts: Floats
) -> Belief:
    """Return what is believed of the batteries of a table, in the order of ``used``."""
    first = np.array([found.rows[one][0] for one in used], dtype=np.intp)
    now = begun(cell, Seen(*(found.numbers[name][first] for name in NUMBERS)), starts[used])
    places = fleet.places
    names = [found.batteries[one] for one in used]
    known = [place for place, name in enumerate(names) if name in places]
    kept = [places[names[place]] for place in known]
    for field in fields(Belief):
        getattr(now, field.name)[..., known] = getattr(fleet.belief, field.name)[..., kept]
    return now


def _moved(
    cell: Equivalent,
    now: Belief,
    found: Drives,
    used: list[int],
    progress: Callable[[int, int], None],
) -> _Course:
    """Move beliefs through all rows: a row of each battery at a time, while it has one."""
    course = _Course.of(len(found.numbers[TIME]))
    lengths = np.array([len(found.rows[one]) for one in used], dtype=np.intp)
    flat = np.concatenate([found.rows[one] for one in used])
    starts = np.cumsum(lengths) - lengths
    kept = [SOC, CAPACITY, OHM]
    done = 0
    for step in range(int(lengths[0])):
        count = int(np.searchsorted(-lengths, -step, side="left"))
        rows = flat[starts[:count] + step]
        part = now.first(count)
        seen = Seen(*(found.numbers[name][rows] for name in NUMBERS))
        course.span_s[rows] = seen.time_s - part.time_s
        stepped(cell, part, seen)
        course.mean[:, rows] = part.mean[kept]
        course.variance[:, rows] = part.covariance[kept, kept]
        course.surprise[rows] = part.surprise
        course.swing[rows] = told_capacity(cell, part)
        course.spread[rows] = told_resistance(cell, part)
        done += count
        if step % TOLD_STEPS == 0:
            progress(done, len(flat))
    return course


def _left(fleet: Fleet, names: list[str], now: Belief) -> Fleet:
    """Return the fleet with what is now believed of the batteries of a table."""
    places = fleet.places
    new = [place for place, name in enumerate(names) if name not in places]
    known = [place for place, name in enumerate(names) if name in places]
    kept = [places[names[place]] for place in known]
    parts = {}
    for field in fields(Belief):
        before, after = (getattr(one, field.name) for one in (fleet.belief, now))
        parts[field.name] = np.concatenate([before, after[..., new]], axis=-1)
        parts[field.name][..., kept] = after[..., known]
    return Fleet((*fleet.batteries, *(names[place] for place in new)), Belief(**parts))


def _told(table: Table, cell: Equivalent, found: Drives, course: _Course, level: float) -> Table:
    wide = NormalDist().inv_cdf((1.0 + level) / 2.0)
    honest = np.sqrt(np.maximum(course.surprise, 1.0))
    curve_sd = cell.curve_soc(np.nan_to_num(course.mean[0], nan=0.5))
    half = wide * honest * np.sqrt(course.variance[0] + curve_sd**2)
    soc = np.clip(course.mean[0], 0.0, 1.0)
    swing = np.maximum(SWING * course.swing, curve_sd / CAPACITY_SD)
    capacity_sd = np.sqrt(course.variance[1] + GAIN_SD**2 + 2.0 * (curve_sd / swing) ** 2)
    answers = {
        "soc": soc,
        "soc_lo": np.clip(course.mean[0] - half, 0.0, 1.0),
        "soc_hi": np.clip(course.mean[0] + half, 0.0, 1.0),
        **_logarithmic("capacity_ah", cell.capacity_ah, course.mean[1], wide * capacity_sd),
        **_logarithmic(
            "resistance_ohm", cell.resistance_ohm, course.mean[2],
            wide * np.sqrt(course.variance[2]),
        ),
    }  # fmt: skip
    reasons = _reasons(cell, found, course)
    return Table(
        {
            **keys(table),
            **answers,
            "level": np.full(table.rows, level),
            "model": Texts(np.zeros(table.rows, dtype=np.int32), (MODEL,)),
            "reason": Texts.of(reasons),
        }
    )


def _logarithmic(name: str, usual: float, log: Floats, half: Floats) -> dict[str, Floats]:
    return {
        name: usual * np.exp(log),
        f"{name}_lo": usual * np.exp(log - half),
        f"{name}_hi": usual * np.exp(log + half),
    }


def _reasons(cell: Equivalent, found: Drives, course: _Course) -> list[str | None]:
    celsius = found.numbers[NUMBERS[3]]
    flags: list[NDArray[np.bool_]] = [
        course.span_s > GAP_S,
        (celsius < cell.celsius[0] - CELSIUS_MARGIN) | (celsius > cell.celsius[1] + CELSIUS_MARGIN),
        course.surprise > SURPRISED,
        course.swing < 1.0,
        course.spread < 1.0,
    ]
    code = sum(flag.astype(np.int64) << bit for bit, flag in enumerate(flags))
    texts = [
        "; ".join(text for bit, text in enumerate(REASONS) if one >> bit & 1) or None
        for one in range(1 << len(REASONS))
    ]
    reasons = [texts[one] for one in np.asarray(code).tolist()]
    for row, why in found.unusable.items():
        reasons[row] = why
    return reasons


def _empty(count: int) -> Belief:
    one = np.zeros(count)
    return Belief(np.zeros((SIZE, count)), np.zeros((SIZE, SIZE, count)), *[one] * 8)
