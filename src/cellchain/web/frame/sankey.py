"""Streams between pools: each as thick as much flows, so that what comes in also goes out.

On a desk each pool has its name and amount beside it; on a phone a number, told below.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from cellchain.services.analysis.shapes import amount_shown
from cellchain.web.frame.drawing import cut, opened, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.services.analysis.shapes import Flow, Picture, Pool

BODY = {"wide": 240, "narrow": 200}
"""Height that the fullest column may take."""
GAP = 36
"""Between pools: room for two lines of text."""
EDGE, POOL = 12, 12
"""Room around; width of a pool."""
BEHIND = {"wide": 150, "narrow": 30}
"""Room for the names of the last column."""
LINE = 20
"""Height of a line of the list."""
LETTERS = 21
LEAST = 1.0
"""Height of the least stream that is seen."""


def sankey_svg(picture: Picture, said: str, kind: str, width: int) -> str:
    """Return a flow as a drawing; empty where there is none."""
    flow = picture.flow
    if flow is None or not all(isfinite(one.amount) and one.amount > 0 for one in flow.pools):
        return ""
    spots, scale, bottom = _placed(flow.pools, kind, width)
    listed = LINE * len(flow.pools) + EDGE if kind == "narrow" else 0
    parts = [opened(picture.title, said, kind, width, bottom + listed)]
    parts += _streams(flow, spots, scale)
    for number, (pool, (x, y)) in enumerate(zip(flow.pools, spots, strict=True), 1):
        high = max(pool.amount * scale, LEAST)
        parts.append(
            f'<rect class="pool" x="{x:.1f}" y="{y:.1f}" width="{POOL}" height="{high:.2f}"/>'
        )
        parts += _named(pool, number, flow.unit, kind, (x, y + high / 2, bottom))
    return "".join((*parts, "</svg>"))


def _placed(
    pools: Sequence[Pool], kind: str, width: int
) -> tuple[list[tuple[float, float]], float, float]:
    """Return where each pool begins, the height of a unit, and where the drawing ends."""
    columns: dict[int, list[int]] = {}
    for place, one in enumerate(pools):
        columns.setdefault(one.column, []).append(place)
    fullest = max(sum(pools[one].amount for one in mine) for mine in columns.values())
    scale = BODY[kind] / fullest
    apart = (width - 2 * EDGE - POOL - BEHIND[kind]) / max(1, *columns)
    spots = [(0.0, 0.0)] * len(pools)
    ends = []
    for column, mine in columns.items():
        y = float(EDGE)
        for place in mine:
            spots[place] = (EDGE + column * apart, y)
            y += max(pools[place].amount * scale, LEAST) + GAP
        ends.append(y - GAP + LINE)
    return spots, scale, round(max(ends), 1)


def _streams(flow: Flow, spots: Sequence[tuple[float, float]], scale: float) -> Iterator[str]:
    """Yield each stream, below those before it at both of its ends."""
    out, into = [0.0] * len(spots), [0.0] * len(spots)
    for one in flow.streams:
        (x0, y0), (x1, y1) = spots[one.source], spots[one.target]
        x0, thick = x0 + POOL, one.amount * scale
        top0, top1 = y0 + out[one.source], y1 + into[one.target]
        out[one.source] += thick
        into[one.target] += thick
        middle = (x0 + x1) / 2
        yield (
            f'<path class="stream" d="M{x0:.1f} {top0:.2f}C{middle:.1f} {top0:.2f} {middle:.1f}'
            f" {top1:.2f} {x1:.1f} {top1:.2f}v{thick:.2f}C{middle:.1f} {top1 + thick:.2f}"
            f' {middle:.1f} {top0 + thick:.2f} {x0:.1f} {top0 + thick:.2f}Z"/>'
        )


def _named(
    pool: Pool, number: int, unit: str, kind: str, at: tuple[float, float, float]
) -> Iterator[str]:
    x, y, bottom = at
    amount = f"{amount_shown(pool.amount)} {unit}"
    name = cut(pool.name, LETTERS)
    if kind == "wide":
        yield text_at(round(x + POOL + 6, 1), y - 2, name, "start", "strong")
        yield text_at(round(x + POOL + 6, 1), y + 13, amount, "start", "ink")
        return
    yield text_at(round(x + POOL + 4, 1), y + 4, str(number), "start", "strong")
    row = bottom + LINE * (number - 1) + LINE / 2
    yield text_at(EDGE, row, str(number), "start", "strong")
    yield text_at(EDGE + 22, row, f"{cut(pool.name, 22)}, {amount}", "start")
