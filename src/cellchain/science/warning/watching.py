"""The watch itself: rows in, onsets out, each known when the day that shows it is complete.

A day is complete at the first row of a later one; the day that is still open is not judged. So
what comes later never changes what was said, and a watch that is carried on says what one over all
rows would. Nothing is kept but the open day, one row in half a minute, the charge that goes on, and
the last ninety days with the ends of charges in them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from cellchain.science.warning.charge import END_S, LARGEST_A, ChargeEnd, Charging
from cellchain.science.warning.drift import Drift, Healthy, Observed, drifting
from cellchain.science.warning.rest import (
    BIN_S,
    REST_A,
    STILL_V,
    TOGETHER_S,
    Day,
    calm,
    crowd,
    day_of,
)
from cellchain.science.warning.sensor import POSSIBLE_V, Seen, doubts, nothing_seen, possible

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

    Counts = NDArray[np.int64]
    Flags = NDArray[np.bool_]

Kind = Literal["drift", "short", "static", "sensor"]
KINDS: tuple[Kind, ...] = ("drift", "short", "static", "sensor")
DAY_S = 86_400.0
EARLIEST_S, LATEST_S = -6e10, 2.5e11
"""Of a calendar, in seconds from 1970."""
LIMIT = 6.5
"""Of the score of a drift: by simulated healthy cars alone (docs/explanation/models/watch.md)."""
SHORT_V = 0.05
"""A day: what sinks faster is a short; at 150 Ah and 0.75 V per unit of charge about 10 ohm."""
BASELINE_DAYS = 7
"""With data, before a drift is told of."""
WINDOW_DAYS = 90
"""With data, that a judgement rests on."""
QUIET_DAYS = 7
"""Judged, without a sign of it, before the same is told of again."""
STATIC_LIMIT, STATIC_V, STATIC_SCALE_V = 5.0, 0.01, 2e-3
"""Robust deviations from the crowd; at least so far; the least deviation that is believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """Something begins to be known."""

    row: int
    """Of those just given: the first after the day that shows it."""
    cell: int
    kind: Kind
    score: float
    slope_v: float = np.nan
    """Of a drift or short: volt per day, positive where the cell sinks."""
    since_day: float = np.nan
    """Of a drift or short: the day, counted as times are."""
    residual_v: float = np.nan
    """Beside the median over cells, on that day."""
    rest_rows: int = 0
    days: int = 0
    """With data, so far, at most the window."""
    charges: int = 0
    """Whose ends were seen meanwhile."""
    what: str = ""
    """Of a sensor: what is the matter."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A day with data, as it was judged."""

    number: float
    """Of the day, counted as times are."""
    day: Day
    drift: Drift | None
    """None within the baseline."""
    charges: int = 0
    """Whose ends it rests on too."""


@dataclass(slots=True, eq=False)
class Watch:
    """A watch over the cells of one pack.

    Args:
        cells: How many, at least two.
        healthy: What is not a drift.
        limit: Of the score of a drift.
        rest_a: A current of less, of either sign, is rest.
    """

    cells: int
    healthy: Healthy = field(default_factory=Healthy)
    limit: float = LIMIT
    rest_a: float = REST_A
    judged: Judged | None = field(default=None, init=False)
    """The last day with data that was closed in this run."""
    _seen: Seen = field(init=False)
    _resting: list[Floats] = field(default_factory=list)
    _last: Floats = field(default_factory=lambda: np.array([-np.inf, 0.0, np.nan, -np.inf]))
    """Time, whether it was below the limit, median over cells of the last row; last bin kept."""
    _numbers: Floats = field(default_factory=lambda: np.empty((0, 3)))
    """Of each day with data: its number, median voltage, error."""
    _residuals: Floats = field(init=False)
    _quiet: Counts = field(init=False)
    _charging: Charging = field(init=False)
    _ends: Floats = field(init=False)
    """Of each end of a charge: day at rest beside which it stands, median voltage, error, current;
    residuals."""

    def __post_init__(self) -> None:
        self._seen = nothing_seen(self.cells)
        self._residuals = np.empty((0, self.cells))
        self._charging = Charging(self.cells, self.rest_a)
        self._ends = np.empty((0, 4 + self.cells))
        self._quiet = np.full((len(KINDS), self.cells), QUIET_DAYS, dtype=np.int64)

    @property
    def last_s(self) -> float:
        """The time of the last row; minus infinity before the first."""
        return float(self._last[0])

    def given(self, time_s: Floats, current_a: Floats | None, voltage_v: Floats) -> list[Onset]:
        """Return what begins to be known by further rows.

        Args:
            time_s: Local, from any midnight, in order and not before those given earlier; [rows].
            current_a: Of either sign; NaN where not known. None: there is none. Shape [rows].
            voltage_v: Shape [rows, cells]; what is NaN or impossible was not read.
        """
        days = np.floor(time_s / DAY_S)
        starts = np.flatnonzero(np.diff(days, prepend=np.floor(self.last_s / DAY_S))).tolist()
        found: list[Onset] = []
        for start, end in pairwise(sorted({0, *starts, len(days)})):
            if start in starts and np.isfinite(self.last_s):
                if time_s[start] - self.last_s > TOGETHER_S:
                    self._charged(self._charging.ended())
                found += self._closed(start)
            rows = slice(start, end)
            current = None if current_a is None else current_a[rows]
            self._add(time_s[rows], current, voltage_v[rows])
        return found

    def _add(self, time_s: Floats, current_a: Floats | None, voltage_v: Floats) -> None:
        read_v = possible(voltage_v)
        self._seen = self._seen.and_then(read_v)
        middle = np.empty(0)
        if current_a is None:
            middle = crowd(read_v)
            steps = np.abs(np.diff(middle, prepend=self._last[2]))
            near = np.diff(time_s, prepend=self.last_s) <= TOGETHER_S
            below = (steps < STILL_V) & near
        else:
            below = np.abs(current_a) < self.rest_a
            self._charged(self._charging.given(time_s, current_a, read_v))
        before = np.concatenate([[self._last[1] > 0.0], below])
        rest = np.flatnonzero(calm(before, np.concatenate([[self.last_s], time_s])))
        bins = np.floor(time_s[rest] / BIN_S)
        kept = rest[np.diff(bins, prepend=self._last[3]) > 0.0]
        if len(kept):
            self._resting.append(read_v[kept])
        last_middle = middle[-1] if len(middle) else np.nan
        last_bin = bins[-1] if len(bins) else self._last[3]
        self._last = np.array([time_s[-1], float(below[-1]), last_middle, last_bin])

    def _charged(self, ends: list[ChargeEnd]) -> None:
        for end in ends:
            noon = end.time_s / DAY_S - 0.5  # what is at rest in a day is so about its noon
            numbers = [noon, end.day.pack_v, end.day.error_v, end.current_a]
            self._ends = np.vstack([self._ends, [*numbers, *end.day.residual_v]])[-WINDOW_DAYS:]

    def _closed(self, row: int) -> list[Onset]:
        """Judge the open day, which a row of a later one has closed."""
        seen, resting = self._seen, self._resting
        self._seen, self._resting = nothing_seen(self.cells), []
        day = day_of(np.concatenate(resting)) if resting else None
        found = self._sensors(row, seen, day)
        if day is None:
            return found
        number = np.floor(self.last_s / DAY_S)
        if len(self._numbers) == 0:
            found += self._static(row, day)
        numbers = [number, day.pack_v, day.error_v]
        self._numbers = np.vstack([self._numbers, numbers])[-WINDOW_DAYS:]
        self._residuals = np.vstack([self._residuals, day.residual_v])[-WINDOW_DAYS:]
        self._ends = self._ends[self._ends[:, 0] >= self._numbers[0, 0]]
        self.judged = Judged(float(number), day, self._drift(), len(self._ends))
        return found + self._sinking(row, self.judged)

    def _sensors(self, row: int, seen: Seen, day: Day | None) -> list[Onset]:
        found = doubts(seen, day)
        doubtful = np.zeros(self.cells, dtype=bool)
        doubtful[list(found)] = True
        return [
            Onset(row=row, cell=cell, kind="sensor", score=found[cell][0], what=found[cell][1])
            for cell in self._begun("sensor", doubtful)
        ]

    def _static(self, row: int, day: Day) -> list[Onset]:
        """Return who stood apart from the first day on."""
        away_v = np.abs(day.residual_v)
        scale_v = max(1.4826 * float(np.nanmedian(away_v)), STATIC_SCALE_V)
        apart = np.flatnonzero((away_v > STATIC_LIMIT * scale_v) & (away_v > STATIC_V))
        return [
            Onset(
                row=row, cell=cell, kind="static", score=float(day.residual_v[cell] / scale_v),
                residual_v=float(day.residual_v[cell]), rest_rows=day.rows, days=1,
            )
            for cell in apart.tolist()
        ]  # fmt: skip

    def _drift(self) -> Drift | None:
        if len(self._numbers) < BASELINE_DAYS:
            return None
        numbers = np.column_stack([self._numbers, np.zeros(len(self._numbers))])
        days, pack_v, error_v, current_a = np.vstack([numbers, self._ends[:, :4]]).T
        residual_v = np.vstack([_filled(self._residuals), _filled(self._ends[:, 4:])])
        said = drifting(Observed(days, pack_v, error_v, current_a, residual_v), self.healthy)
        known = np.count_nonzero(~np.isnan(self._residuals), axis=0) >= BASELINE_DAYS
        stands_v = self._residuals[-1]
        # Balancing bleeds cells that stand above the others: they sink without being sick.
        below = np.where(stands_v < 0.0, said.score, np.minimum(said.score, 0.0))
        return replace(said, score=np.where(known & ~np.isnan(stands_v), below, np.nan))

    def _sinking(self, row: int, judged: Judged) -> list[Onset]:
        said, day = judged.drift, judged.day
        if said is None:
            return []
        sinks = said.score > self.limit
        fast = sinks & (said.slope_v >= SHORT_V)
        kinds: tuple[tuple[Kind, Flags], ...] = (("drift", sinks & ~fast), ("short", fast))
        return [
            Onset(
                row=row, cell=cell, kind=kind, score=float(said.score[cell]),
                slope_v=float(said.slope_v[cell]), since_day=float(said.since[cell]),
                residual_v=float(day.residual_v[cell]), rest_rows=day.rows,
                days=len(self._numbers), charges=judged.charges,
            )
            for kind, flags in kinds
            for cell in self._begun(kind, flags)
        ]  # fmt: skip

    def _begun(self, kind: Kind, flags: Flags) -> list[int]:
        """Return the cells of which this is news, and count the quiet days of the others."""
        quiet = self._quiet[KINDS.index(kind)]
        news = np.flatnonzero(flags & (quiet >= QUIET_DAYS)).tolist()
        quiet[:] = np.where(flags, 0, np.minimum(quiet + 1, QUIET_DAYS))
        return [int(cell) for cell in news]

    def plain(self) -> dict[str, Floats]:
        """Return what a later run needs, as arrays by name."""
        resting = np.concatenate([np.empty((0, self.cells)), *self._resting])
        return {
            "settings": np.array([self.limit, self.rest_a]),
            "last": self._last,
            "seen": np.vstack([self._seen.least_v, self._seen.most_v, self._seen.unread]),
            "seen_rows": np.array([float(self._seen.rows)]),
            "resting": resting,
            "numbers": self._numbers,
            "residuals": self._residuals,
            "quiet": self._quiet.astype(np.float64),
            "ends": self._ends,
            "charging": self._charging.rows,
            "charging_since": np.concatenate([self._charging.last, self._charging.begun]),
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Floats]) -> Watch:
        """Return the watch that said this.

        Raises:
            KeyError, ValueError, IndexError: No watch said it.
        """
        _check_plain(plain)
        limit, rest_a = plain["settings"].tolist()
        quiet = plain["quiet"]
        watch = cls(quiet.shape[1], limit=limit, rest_a=rest_a)
        least, most, unread = plain["seen"]
        watch._seen = Seen(least, most, unread, int(plain["seen_rows"][0]))
        watch._resting = [plain["resting"]] if len(plain["resting"]) else []
        watch._last, watch._numbers = plain["last"], plain["numbers"]
        watch._residuals, watch._quiet = plain["residuals"], quiet.astype(np.int64)
        watch._ends, watch._charging.rows = plain["ends"], plain["charging"]
        watch._charging.last, watch._charging.begun = plain["charging_since"].reshape(2, 2)
        return watch


def _check_plain(plain: dict[str, Floats]) -> None:
    """Check the shapes and ranges of what a watch keeps.

    Raises:
        KeyError, ValueError, IndexError: No watch said it.
    """
    cells, days = plain["quiet"].shape[-1], plain["numbers"].shape[0]
    shapes = {
        "settings": (2,), "last": (4,), "seen": (3, cells), "seen_rows": (1,),
        "resting": (plain["resting"].shape[0], cells), "numbers": (days, 3),
        "residuals": (days, cells), "quiet": (len(KINDS), cells),
        "ends": (plain["ends"].shape[0], 4 + cells), "charging_since": (4,),
        "charging": (plain["charging"].shape[0], 2 + cells),
    }  # fmt: skip
    for name, shape in shapes.items():
        found = plain[name]
        if found.shape != shape or found.dtype != np.float64:
            raise ValueError(f"{name} is of {found.dtype}, {list(found.shape)}")
    (least_v, most_v, unread), (number, pack_v, error_v) = plain["seen"], plain["numbers"].T
    (time_s, below, middle_v, kept), (rows,) = plain["last"], plain["seen_rows"]
    quiet, ends, charging = plain["quiet"], plain["ends"], plain["charging"]
    since_s, since_a, begun_s, begun_v = plain["charging_since"]
    open_s = np.concatenate([[begun_s], charging[:, 0], [since_s]])
    ends_s = np.array([time_s, kept * BIN_S])
    usual = np.finfo(np.float64)
    hold = {
        "settings": cells > 1 and _inside(plain["settings"], usual.tiny, usual.max),
        "last": _inside(ends_s[ends_s != -np.inf], EARLIEST_S, LATEST_S)
        and below in (0.0, 1.0) and _inside(middle_v, *POSSIBLE_V, gaps=True),
        "seen_rows": _inside(rows, 0.0, LATEST_S) and rows == np.floor(rows),
        "seen": _inside(plain["seen"][:2], *POSSIBLE_V, gaps=True) and _inside(unread, 0.0, rows)
        and not (least_v > most_v).any(),
        "resting": _inside(plain["resting"], *POSSIBLE_V, gaps=True),
        "numbers": days <= WINDOW_DAYS and (number[1:] > number[:-1]).all()
        and _inside(number, EARLIEST_S / DAY_S, np.floor(time_s / DAY_S) - 1.0)
        and _inside(pack_v, *POSSIBLE_V) and _inside(error_v, 0.0, POSSIBLE_V[1]),
        "residuals": _inside(np.abs(plain["residuals"]), 0.0, POSSIBLE_V[1], gaps=True),
        "quiet": _inside(quiet, 0.0, QUIET_DAYS) and (quiet == np.floor(quiet)).all(),
        "ends": len(ends) <= WINDOW_DAYS and (ends[1:, 0] > ends[:-1, 0]).all()
        and _inside(ends[:, 0], EARLIEST_S / DAY_S, time_s / DAY_S - 0.5)
        and _inside(ends[:, 1], *POSSIBLE_V) and _inside(ends[:, 2], 0.0, POSSIBLE_V[1])
        and _inside(ends[:, 3], usual.tiny, LARGEST_A)
        and _inside(np.abs(ends[:, 4:]), 0.0, POSSIBLE_V[1], gaps=True),
        "charging": len(charging) <= END_S / BIN_S + 1
        and _inside(np.abs(charging[:, 1]), 0.0, LARGEST_A)
        and _inside(charging[:, 2:], *POSSIBLE_V, gaps=True),
        "charging_since": since_s in (-np.inf, time_s)
        and _inside(np.abs(since_a), 0.0, LARGEST_A, gaps=True)
        and (not len(charging) or ((open_s[1:] >= open_s[:-1]).all() and begun_s >= EARLIEST_S))
        and _inside(begun_v, *POSSIBLE_V, gaps=True),
    }  # fmt: skip
    wrong = [name for name, holds in hold.items() if not holds]
    if wrong:
        raise ValueError(f"{wrong[0]} holds what cannot be")


def _inside(values: Floats | np.float64, low: float, high: float, *, gaps: bool = False) -> bool:
    """Whether all values lie between two; NaN does where there may be gaps."""
    return bool((((values >= low) & (values <= high)) | (gaps & np.isnan(values))).all())


def _filled(residual_v: Floats) -> Floats:
    """Return residuals where a day without one repeats the last, or the first known."""
    gaps = np.isnan(residual_v)
    if not gaps.any():
        return residual_v
    rows = np.arange(len(residual_v))[:, None]
    last = np.maximum.accumulate(np.where(gaps, -1, rows), axis=0)
    first = np.argmin(gaps, axis=0)
    taken = np.take_along_axis(residual_v, np.where(last < 0, first, last), axis=0)
    return np.where(np.isnan(taken), 0.0, taken)
