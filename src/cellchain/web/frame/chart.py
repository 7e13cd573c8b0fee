"""A series as a drawing: each channel a line with its band, and a gap wherever there was nothing.

Two drawings are made, wide and narrow, so that figures stay legible on a phone; the sheet shows
one of them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from cellchain.web.frame.scale import plain_name, scale_of, ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.services.gateway.series import Series

WIDE = (1100, 190)
NARROW = (340, 190)
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 14, 26


@lru_cache(maxsize=128)
def chart_svg(series: Series, channel: int, hue: int = 1) -> Markup:
    """Return one channel of a series, as a wide and a narrow drawing; the same one is drawn once.

    Args:
        series: Readings, thinned out.
        channel: Which one.
        hue: Which of the six hues of the sheet.
    """
    wide = _drawing(series, channel, hue, *WIDE, kind="wide")
    return Markup(wide + _drawing(series, channel, hue, *NARROW, kind="narrow"))  # noqa: S704  # texts are escaped


def sentence(series: Series, channel: int) -> str:
    """Return what a chart says, for those who hear it and those who read it."""
    name, scale = plain_name(series.channels[channel]), scale_of(series.units[channel])
    low = min((v for v in series.low[channel] if v is not None), default=None)
    high = max((v for v in series.high[channel] if v is not None), default=None)
    if low is None or high is None:
        return f"{name}: nothing was measured in this span"
    missing = len(series.gaps_ms)
    gaps = f", with {missing} gap{'s' if missing > 1 else ''}" if missing else ""
    return (
        f"{name}: between {scale.shown(low):,.5g} and {scale.shown(high):,.5g} {scale.unit} from"
        f" {_day(series.times_ms[0])} to {_day(series.times_ms[-1])}, {series.readings:,}"
        f" readings{gaps}"
    ).replace("  ", " ")


def _drawing(series: Series, channel: int, hue: int, width: int, height: int, *, kind: str) -> str:
    lows, highs, means = series.low[channel], series.high[channel], series.values[channel]
    seen = [v for row in (lows, highs) for v in row if v is not None]
    if not seen:
        return ""
    least, most = min(seen), max(seen)
    if least == most:
        least, most = least - 1, most + 1
    first, last = series.times_ms[0], max(series.times_ms[-1], series.times_ms[0] + 1)

    def x(time_ms: int) -> float:
        return round(LEFT + (time_ms - first) / (last - first) * (width - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(TOP + (most - value) / (most - least) * (height - TOP - BOTTOM), 1)

    parts = [f'<svg class="{kind}" viewBox="0 0 {width} {height}" width="{width}"']
    parts.append(f' height="{height}" role="img" aria-label="{escape(sentence(series, channel))}">')
    scale = scale_of(series.units[channel])
    for value in ticks(scale.shown(least), scale.shown(most)):
        at = y(scale.kept(value))
        parts.append(f'<path class="axis" d="M{LEFT} {at}H{width - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{at + 4}" text-anchor="end">{value:,.6g}</text>')
    for since, until in series.gaps_ms:
        if until > first and since < last:
            left, right = x(max(since, first)), x(min(until, last))
            parts.append(
                f'<rect class="gap" x="{left}" y="{TOP}" width="{max(1, round(right - left, 1))}"'
                f' height="{height - TOP - BOTTOM}"/>'
            )
    across = [f"{x(time_ms)}" for time_ms in series.times_ms]
    step = (height - TOP - BOTTOM) / (most - least)
    upper, lower, line = (_points(across, row, most, step) for row in (highs, lows, means))
    for run in _runs(series, means):
        band = [upper[i] for i in run] + [lower[i] for i in reversed(run)]
        parts.append(f'<path class="band d{hue}" d="M{"L".join(band)}Z"/>')
        parts.append(f'<path class="line d{hue}" d="M{"L".join([line[i] for i in run])}"/>')
    parts.append(f'<text x="{LEFT}" y="{height - 6}">{_day(first)}</text>')
    parts.append(
        f'<text x="{width - RIGHT}" y="{height - 6}" text-anchor="end">{_day(last)}</text></svg>'
    )
    return "".join(parts)


def _points(
    across: Sequence[str], values: Sequence[float | None], most: float, step: float
) -> list[str]:
    """Return the places of ``values``, ``step`` a unit downwards; nothing where there is none."""
    return [
        "" if value is None else f"{at} {TOP + (most - value) * step:.1f}"
        for at, value in zip(across, values, strict=True)
    ]


def _runs(series: Series, values: Sequence[float | None]) -> list[list[int]]:
    """Return the stretches without a gap: a line is never drawn where nothing was measured."""
    begins = sorted(until for _, until in series.gaps_ms)
    runs: list[list[int]] = [[]]
    place = 0
    for number, (time_ms, value) in enumerate(zip(series.times_ms, values, strict=True)):
        crossed = False
        while place < len(begins) and begins[place] <= time_ms:
            place, crossed = place + 1, True
        if (value is None or crossed) and runs[-1]:
            runs.append([])
        if value is not None:
            runs[-1].append(number)
    return [run for run in runs if run]


def _day(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M")
