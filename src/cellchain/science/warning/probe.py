r"""What temperature probes say: which one lies, which runs warmer beside the others than before.

Of each day the mean residual to the median over probes, at rest and in use, one row in half a
minute. A leak warms its surroundings from one day on, so the mean of the last days is held against
that of the days before, at the best number k of last days, with the scatter from day to day s:

$$ z = \max_k \frac{\bar y_{last\,k} - \bar y_{before}}{s \sqrt{1/k + 1/(n - k)}} $$

Nobody says which probe sits by which cell, so this is evidence on the pack, and moves no score of a
cell. Source: Basseville and Nikiforov, Detection of Abrupt Changes (1993), §2.4.3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.warning.rest import BIN_S, crowd

if TYPE_CHECKING:
    from cellchain.science.portable import Floats

DAY_S = 86_400.0
POSSIBLE_C = (-60.0, 150.0)
ROWS_MIN = 10
UNREAD = 0.5
"""Of the rows of a day."""
MOVES_K = 5.0
"""Of the median probe within a day, where one that stands still is told."""
APART_K = 20.0
"""On average of a day: no pack in use differs so much by place."""
CROWD = 3
"""Fewer probes are no measure of one of them."""
BEFORE_DAYS, LAST_DAYS, WINDOW_DAYS = 7, (2, 30), 90
"""With data: at least, from and to, at most."""
SCATTER_K = 0.15
"""The floor of s: of probes that resolve 1 K."""
WARM_LIMIT = 4.0
"""Of z: by simulated healthy cars (docs/explanation/models/watch.md)."""
QUIET_DAYS = 7


@dataclass(frozen=True, slots=True)
class Warm:
    """A probe that runs warmer than before."""

    probe: int
    rise_k: float
    days: int
    """The last, with data, in which it does."""


@dataclass(frozen=True, slots=True)
class ProbeDay:
    """A day that a row of a later one has closed."""

    row: int
    """Of those just given: that one."""
    lies: dict[int, tuple[float, str]]
    """Of each probe that begins to be doubtful the score (1: at the limit), and the matter."""
    warm: Warm | None


@dataclass(slots=True, eq=False)
class Probes:
    """The probes of one pack.

    Args:
        probes: How many.
    """

    probes: int
    last: Floats = field(default_factory=lambda: np.array([-np.inf, -np.inf]))
    """Time of the last row; last bin kept."""
    rows: Floats = field(init=False)
    """Of the open day, shape [rows, probes]."""
    days_k: Floats = field(init=False)
    """Residuals of the days so far, shape [days, probes]; NaN where a probe was not read."""
    quiet: Floats = field(init=False)
    """Days without a doubt, of each probe."""

    def __post_init__(self) -> None:
        self.rows = np.empty((0, self.probes))
        self.days_k = np.empty((0, self.probes))
        self.quiet = np.full(self.probes, float(QUIET_DAYS))

    def given(self, time_s: Floats, temperature_c: Floats) -> list[ProbeDay]:
        """Return the days that further rows close.

        Args:
            time_s: As a watch is given them, shape [rows].
            temperature_c: Shape [rows, probes]; what is NaN or impossible was not read.
        """
        bins = np.floor(time_s / BIN_S)
        kept = np.flatnonzero(np.diff(bins, prepend=self.last[1]) > 0.0)
        days = np.floor(time_s[kept] / DAY_S)
        starts = np.flatnonzero(np.diff(days, prepend=np.floor(self.last[0] / DAY_S))).tolist()
        found = []
        for start, end in pairwise(sorted({0, *starts, len(kept)})):
            if start in starts and np.isfinite(self.last[0]):
                found.append(self._closed(int(kept[start])))
            self.rows = np.vstack([self.rows, temperature_c[kept[start:end]]])
            self.last = np.array([time_s[kept[end - 1]], bins[kept[end - 1]]])
        return found

    def plain(self) -> dict[str, Floats]:
        """Return what a later run needs, as arrays by name."""
        return {
            "probes_last": self.last,
            "probes_rows": self.rows,
            "probes_days": self.days_k,
            "probes_quiet": self.quiet,
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Floats]) -> Probes:
        """Return the probes that said this.

        Raises:
            KeyError, ValueError, IndexError: None did.
        """
        last, rows, days_k, quiet = (
            plain[f"probes_{name}"] for name in ("last", "rows", "days", "quiet")
        )
        probes = quiet.shape[0]
        shapes = ((2,), (len(rows), probes), (len(days_k), probes), (probes,))
        for found, shape in zip((last, rows, days_k, quiet), shapes, strict=True):
            if found.shape != shape or found.dtype != np.float64:
                raise ValueError(f"probes are of {found.dtype}, {list(found.shape)}")
        begun = np.isfinite(last).all() and np.floor(last[0] / BIN_S) == last[1]
        nothing = (last == -np.inf).all() and len(rows) == 0
        if not (begun or nothing) or len(days_k) > WINDOW_DAYS:
            raise ValueError("probes hold a last row that cannot be")
        reach_k = POSSIBLE_C[1] - POSSIBLE_C[0]
        if (np.abs(days_k) > reach_k).any() or not ((quiet >= 0) & (quiet <= QUIET_DAYS)).all():
            raise ValueError("probes hold what cannot be")
        kept = cls(probes)
        kept.last, kept.rows, kept.days_k, kept.quiet = last, rows, days_k, quiet
        return kept

    def _closed(self, row: int) -> ProbeDay:
        shown_c, self.rows = self.rows, self.rows[:0]
        possible = (shown_c >= POSSIBLE_C[0]) & (shown_c <= POSSIBLE_C[1])
        shown_c = np.where(possible, shown_c, np.nan)
        apart_k = shown_c - crowd(shown_c)[:, None]
        read = np.count_nonzero(possible, axis=0)
        residual_k = np.where(read > 0, np.nansum(apart_k, axis=0), np.nan) / np.maximum(read, 1)
        self.days_k = np.vstack([self.days_k, residual_k])[-WINDOW_DAYS:]
        doubts = _doubts(shown_c, residual_k, read)
        doubtful = np.isin(np.arange(self.probes), list(doubts))
        news = {one: why for one, why in doubts.items() if self.quiet[one] >= QUIET_DAYS}
        self.quiet = np.where(doubtful, 0.0, np.minimum(self.quiet + 1.0, QUIET_DAYS))
        return ProbeDay(row, news, _warmest(self.days_k) if self.probes >= CROWD else None)


def _doubts(shown_c: Floats, residual_k: Floats, read: Floats) -> dict[int, tuple[float, str]]:
    rows, probes = shown_c.shape
    if rows < ROWS_MIN:
        return {}
    unread = 1.0 - read / rows
    found = {
        one: (float(unread[one] / UNREAD), f"has no possible value in {rows - int(read[one])} "
              f"of {rows} rows of a day")
        for one in np.flatnonzero(unread > UNREAD).tolist()
    }  # fmt: skip
    if probes < CROWD:
        return found
    ranges_k = np.fmax.reduce(shown_c, axis=0) - np.fmin.reduce(shown_c, axis=0)
    moves_k = float(crowd(ranges_k[None])[0])
    for one in np.flatnonzero((ranges_k == 0.0) & (moves_k >= MOVES_K)).tolist():
        still = f"stood still all day while the others moved {moves_k:.0f} K"
        found.setdefault(one, (moves_k / MOVES_K, still))
    for one in np.flatnonzero(np.abs(residual_k) > APART_K).tolist():
        away = f"showed {residual_k[one]:+.0f} K beside the median of the probes all day"
        found.setdefault(one, (float(abs(residual_k[one]) / APART_K), away))
    return found


def _warmest(days_k: Floats) -> Warm | None:
    """Return the probe whose rise is the clearest, if it is above the limit."""
    days = len(days_k)
    if days < BEFORE_DAYS + LAST_DAYS[0]:
        return None
    steps_k = np.abs(np.diff(days_k, axis=0))
    scatter_k = np.maximum(1.4826 / np.sqrt(2.0) * np.median(steps_k, axis=0), SCATTER_K)
    best, warm = WARM_LIMIT, None
    for last in range(LAST_DAYS[0], min(days - BEFORE_DAYS, LAST_DAYS[1]) + 1):
        rises_k = days_k[-last:].mean(axis=0) - days_k[:-last].mean(axis=0)
        scores = rises_k / scatter_k / np.sqrt(1.0 / last + 1.0 / (days - last))
        clear = np.where(np.isnan(scores), -np.inf, scores)
        probe = int(np.argmax(clear))
        if clear[probe] > best:
            best, warm = float(clear[probe]), Warm(probe, float(rises_k[probe]), last)
    return warm
