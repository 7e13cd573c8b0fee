"""A waterfall: each step begins where the one before ends; the total stands from zero.

A row a step, name before and number behind; the band of the total is a line through its end.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from cellchain.services.analysis.shapes import amount_shown
from cellchain.web.frame.drawing import cut, opened, scaled, text_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cellchain.services.analysis.shapes import Picture, Step

ROW, BAR = 28, 14
LETTER = 7.2
"""Width of one, about."""
EDGE, NUMBER = 12, 70
"""Room at the sides; of it, for numbers."""


def waterfall_svg(picture: Picture, said: str, kind: str, width: int) -> str:
    """Return steps as a drawing; empty where one of them is nowhere."""
    steps = picture.steps
    ends = [end for one in steps for end in (one.since, one.until)]
    if not all(map(isfinite, ends)):
        return ""
    bands = [end for one in steps for end in (one.lo, one.hi) if isfinite(end)]
    least, most = min(0.0, *ends, *bands), max(0.0, *ends, *bands)
    if not isfinite(most - least):
        return ""
    letters = int(width * 0.38 / LETTER)
    left = EDGE + LETTER * min(letters, max(len(one.name) for one in steps))
    x = scaled((least, most if most > least else least + 1), left, width - NUMBER)
    height = ROW * len(steps) + EDGE
    parts = [
        opened(picture.title, said, kind, width, height),
        f'<path class="axis" d="M{x(0.0)} 0V{height - EDGE}"/>',
    ]
    for row, one in enumerate(steps):
        middle = ROW * row + ROW / 2
        name = cut(one.name, letters)
        parts.append(text_at(round(left - 10, 1), middle + 4, name, "end", _weight(one)))
        parts += _bar(one, middle, x, last=row + 1 == len(steps))
        added = one.until - one.since
        sign = "+" if added > 0 and not one.total else ""
        told = f"{sign}{amount_shown(added)}"
        parts.append(text_at(width - 2, middle + 4, told, "end", _weight(one)))
    return "".join((*parts, "</svg>"))


def _bar(one: Step, middle: float, x: Callable[[float], float], *, last: bool) -> Iterator[str]:
    start, end = sorted((x(one.since), x(one.until)))
    hue = "d1" if one.total else "d2" if one.until >= one.since else "d3"
    yield (
        f'<rect class="fill {hue}" x="{start}" y="{middle - BAR / 2}"'
        f' width="{max(end - start, 1):.1f}" height="{BAR}" rx="2"/>'
    )
    if not last:
        yield f'<path class="edge" d="M{x(one.until)} {middle + BAR / 2}v{ROW - BAR}"/>'
    if isfinite(one.lo) and isfinite(one.hi):
        lo, hi = x(one.lo), x(one.hi)
        ends = "".join(f"M{end} {middle - 5}v10" for end in (lo, hi))
        yield f'<path class="range" d="M{lo} {middle}H{hi}{ends}"/>'


def _weight(one: Step) -> str:
    return "strong" if one.total else ""
