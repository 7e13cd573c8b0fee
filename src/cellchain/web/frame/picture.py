"""The picture of an answer as a drawing: a wide and a narrow one, of which the sheet shows one."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from markupsafe import Markup

from cellchain.web.frame.drawing import LETTER, WIDTHS, cut, opened, scaled, text_at
from cellchain.web.frame.map import map_svg
from cellchain.web.frame.sankey import sankey_svg
from cellchain.web.frame.scale import ticks
from cellchain.web.frame.waterfall import waterfall_svg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cellchain.services.analysis.shapes import Bar, Course, Picture

    Draw = Callable[[Picture, str, str, int], str]

HEIGHT = 300
MILLION, POWERS_FROM = 1e6, 1e11
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 14, 30
ROW = 26
"""Height of a bar."""
BUBBLE = 24
"""Radius of the greatest."""


def picture_svg(picture: Picture, said: str) -> Markup:
    """Return a picture as a wide and a narrow drawing.

    Args:
        picture: What is drawn.
        said: The same in a sentence, for those who hear it.
    """
    draw = _drawing_of(picture)
    told = picture.said or said
    return Markup("".join(draw(picture, told, kind, width) for kind, width in WIDTHS))  # noqa: S704  # texts are escaped


def _drawing_of(picture: Picture) -> Draw:
    if picture.flow is not None:
        return sankey_svg
    if picture.steps:
        return waterfall_svg
    if picture.ways:
        return map_svg
    return _bars if picture.bars else _bubbles if picture.bubbles else _courses


def _courses(picture: Picture, said: str, kind: str, width: int) -> str:
    across = _span([v for one in picture.courses for v in one.x])
    up = _span([v for one in picture.courses for v in (*one.y, *one.lo, *one.hi)])
    if across is None or up is None:
        return ""
    x = scaled(across, LEFT, width - RIGHT)
    y = scaled(up, HEIGHT - BOTTOM, TOP)
    parts = [opened(picture.title, said, kind, width, HEIGHT)]
    for value in ticks(*up):
        parts.append(f'<path class="axis" d="M{LEFT} {y(value)}H{width - RIGHT}"/>')
        parts.append(text_at(LEFT - 8, y(value) + 4, _told(value), "end"))
    parts += _along(x, across, width, HEIGHT, years=picture.x_name == "year")
    for number, one in enumerate(picture.courses, 1):
        parts += _course(one, one.hue or number, x, y)
    return "".join((*parts, "</svg>"))


def _bubbles(picture: Picture, said: str, kind: str, width: int) -> str:
    room = BUBBLE / 2
    x = scaled(_around([one.x for one in picture.bubbles]), LEFT + room, width - RIGHT - room)
    y = scaled(_around([one.y for one in picture.bubbles]), HEIGHT - BOTTOM - room, TOP + room)
    parts = [opened(picture.title, said, kind, width, HEIGHT)]
    for value in sorted({one.y for one in picture.bubbles}):
        parts.append(f'<path class="axis" d="M{LEFT} {y(value)}H{width - RIGHT}"/>')
        parts.append(text_at(LEFT - 8, y(value) + 4, _told(value), "end"))
    for value in sorted({one.x for one in picture.bubbles}):
        parts.append(f'<path class="axis" d="M{x(value)} {TOP}V{HEIGHT - BOTTOM}"/>')
        parts.append(text_at(x(value), HEIGHT - 8, _told(value), "middle"))
    for one in picture.bubbles:
        radius = round(BUBBLE * one.size**0.5, 1)
        parts.append(f'<circle class="band d1" cx="{x(one.x)}" cy="{y(one.y)}" r="{radius}"/>')
        if one.name:
            parts.append(text_at(x(one.x), y(one.y) + 4, one.name, "middle"))
    return "".join((*parts, "</svg>"))


def _around(values: Sequence[float]) -> tuple[float, float]:
    least, most = min(values), max(values)
    return (least, most) if least < most else (least - 1, most + 1)


def _along(
    x: Callable[[float], float],
    across: tuple[float, float],
    width: int,
    height: int,
    *,
    years: bool = False,
) -> list[str]:
    at = ticks(*across, count=max(2, width // 160))
    return [
        f'<path class="axis" d="M{x(value)} {TOP}V{height - BOTTOM}"/>'
        + text_at(x(value), height - 8, f"{value:g}" if years else _told(value), "middle")
        for value in at
    ]


def _told(value: float) -> str:
    """Return a number of an axis: in its room there are seven letters, and M is a million."""
    if abs(value) >= POWERS_FROM:
        return f"{value:.4g}"
    return f"{value / MILLION:,.6g} M" if abs(value) >= MILLION else f"{value:,.6g}"


def _course(
    one: Course, hue: int, x: Callable[[float], float], y: Callable[[float], float]
) -> Iterator[str]:
    for run in _runs(one.x, one.lo, one.hi) if one.lo else ():
        edge = [f"{x(one.x[i])} {y(one.hi[i])}" for i in run]
        edge += [f"{x(one.x[i])} {y(one.lo[i])}" for i in reversed(run)]
        yield f'<path class="band d{hue}" d="M{"L".join(edge)}Z"/>'
    for run in _runs(one.x, one.y):
        if one.dots:
            mark = _cross if one.crosses else _dot
            yield from (mark(x(one.x[i]), y(one.y[i]), f"d{hue}") for i in run)
            continue
        points = "L".join(f"{x(one.x[i])} {y(one.y[i])}" for i in run)
        yield f'<path class="line d{hue}" d="M{points}{"h.1" if len(run) == 1 else ""}"/>'


def _bars(picture: Picture, said: str, kind: str, width: int) -> str:
    letters = int(width * 0.34 / LETTER)
    left = 12 + LETTER * min(letters, max(len(one.name) for one in picture.bars))
    values = [v for one in picture.bars for v in (one.value, one.lo, one.hi)]
    across = _span([*values, 0.0] if min(filter(isfinite, values), default=1.0) >= 0 else values)
    if across is None:
        return ""
    height = TOP + ROW * len(picture.bars) + BOTTOM
    x = scaled(across, left, width - RIGHT)
    parts = [opened(picture.title, said, kind, width, height), *_along(x, across, width, height)]
    for number, one in enumerate(picture.bars):
        parts += _bar(one, TOP + ROW * number + ROW / 2, x, letters, left)
    return "".join((*parts, "</svg>"))


def _bar(
    one: Bar, y: float, x: Callable[[float], float], letters: int, left: float
) -> Iterator[str]:
    weight, hue = ("strong", "d1") if one.strong else ("", "weak")
    yield text_at(round(left - 10, 1), y + 4, cut(one.name, letters), "end", weight)
    if isfinite(one.lo) and isfinite(one.hi) and one.hi > one.lo:
        yield f'<path class="whisker {hue}" d="M{x(one.lo)} {y}H{x(one.hi)}"/>'
    if isfinite(one.value):
        yield _dot(x(one.value), y, hue)


def _dot(x: float, y: float, hue: str) -> str:
    return f'<circle class="dot {hue}" cx="{x}" cy="{y}" r="4.5"/>'


def _cross(x: float, y: float, hue: str) -> str:
    return f'<path class="cross {hue}" d="M{x - 4:.1f} {y - 4:.1f}l8 8m0-8l-8 8"/>'


def _span(values: Sequence[float]) -> tuple[float, float] | None:
    known = [one for one in values if isfinite(one)]
    if not known:
        return None
    least, most = min(known), max(known)
    if least == most:
        room = max(1.0, abs(least) * 1e-3)
        least, most = least - room, most + room
    return (least, most) if isfinite(most - least) else None


def _runs(*rows: Sequence[float]) -> list[list[int]]:
    """Return the stretches where every row has a value: a line is not drawn across nothing."""
    runs: list[list[int]] = [[]]
    for number, values in enumerate(zip(*rows, strict=True)):
        if all(map(isfinite, values)):
            runs[-1].append(number)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]
