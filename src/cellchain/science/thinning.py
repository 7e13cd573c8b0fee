"""Readings thinned out for a chart: bins of equal width, and the gaps between readings.

A chart of a few hundred points stands for millions of readings; each point is the mean of a bin,
beside the least and the greatest value in it, so that no peak is lost. Nothing is drawn across a
gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

GAP_FACTOR = 10
"""A distance of more than so many usual ones is a gap."""
GAPS_MAX = 200
"""Gaps that are told, the longest."""


class Bins(NamedTuple):
    """Bins that hold readings, in order of time."""

    times_ms: list[int]
    """Time of the first reading of each."""
    means: list[list[float | None]]
    """A row for each channel; ``None`` where it was not measured."""
    lows: list[list[float | None]]
    highs: list[list[float | None]]


def binned(
    times_ms: NDArray[np.int64], channels: Sequence[np.ma.MaskedArray], *, points: int
) -> Bins:
    """Return at most ``points`` bins of equal width, those without readings left out.

    Args:
        times_ms: Times, shape (n,), ascending, n at least 1, milliseconds.
        channels: Values of each channel, shape (n,) each; masked where nothing was measured.
        points: Bins, at least 1.
    """
    span_ms = int(times_ms[-1] - times_ms[0]) + 1
    width_ms = max(1, -(-span_ms // points))
    places = (times_ms - times_ms[0]) // width_ms
    starts = np.flatnonzero(np.diff(places, prepend=-1))
    folded = [_folded(np.ma.asarray(channel), starts) for channel in channels]
    return Bins(
        times_ms=times_ms[starts].tolist(),
        means=[means for means, _, _ in folded],
        lows=[lows for _, lows, _ in folded],
        highs=[highs for _, _, highs in folded],
    )


def gaps_ms(times_ms: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the spans between neighbours that are much longer than usual, in order of time.

    Usual is the median of the distances above 0; a gap is more than `GAP_FACTOR` of them, and at
    least that many milliseconds. Of more than `GAPS_MAX` the longest are returned.

    Args:
        times_ms: Times, shape (n,), ascending, milliseconds.
    """
    steps = np.diff(times_ms)
    apart = steps[steps > 0]
    if not apart.size:
        return []
    usual_ms = max(float(np.median(apart)), 1.0)
    found = np.flatnonzero(steps > GAP_FACTOR * usual_ms)
    if found.size > GAPS_MAX:
        longest = np.argsort(steps[found], kind="stable")[-GAPS_MAX:]
        found = np.sort(found[longest])
    return list(zip(times_ms[found].tolist(), times_ms[found + 1].tolist(), strict=True))


def _folded(
    values: np.ma.MaskedArray, starts: NDArray[np.intp]
) -> tuple[list[float | None], list[float | None], list[float | None]]:
    """Return mean, least and greatest value of each bin."""
    missing = np.ma.getmaskarray(values)
    plain = values.filled(0).astype(np.float64)
    counts = np.add.reduceat(~missing, starts, dtype=np.int64)
    sums = np.add.reduceat(plain, starts)
    lows = np.minimum.reduceat(np.where(missing, np.inf, plain), starts)
    highs = np.maximum.reduceat(np.where(missing, -np.inf, plain), starts)
    empty = counts == 0
    means = sums / np.maximum(counts, 1)
    return _shown(means, empty), _shown(lows, empty), _shown(highs, empty)


def _shown(values: NDArray[np.float64], empty: NDArray[np.bool_]) -> list[float | None]:
    return [
        None if gone else value for value, gone in zip(values.tolist(), empty.tolist(), strict=True)
    ]
