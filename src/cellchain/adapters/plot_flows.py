"""A waterfall, and streams between pools, on a panel of matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.services.analysis.shapes import amount_shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.services.analysis.shapes import Flow, Step

TOTAL, MORE, LESS = "#0a6654", "#a8540a", "#25528c"
POOL, GAP = 0.08, 0.12
"""Width of a pool, between columns one apart; room between pools, a share of the fullest column."""
BEND = 24
"""Points along a stream."""


def draw_steps(panel: Any, steps: Sequence[Step]) -> None:
    """Draw a waterfall, a row a step, with the band of a total."""
    places = np.arange(len(steps))
    hues = [TOTAL if one.total else MORE if one.until >= one.since else LESS for one in steps]
    widths = [one.until - one.since for one in steps]
    panel.barh(places, widths, left=[one.since for one in steps], color=hues, height=0.5)
    for place, one in zip(places.tolist(), steps, strict=True):
        panel.hlines(place, one.lo, one.hi, colors="#111111", linewidth=1.6)
    panel.axvline(0.0, color="#77777a", linewidth=0.8)
    panel.set_yticks(places, [one.name for one in steps])
    panel.set_ylim(len(steps) - 0.5, -0.5)


def draw_flow(panel: Any, flow: Flow) -> None:
    """Draw streams as thick as what flows, with the name and amount of each pool."""
    columns = sorted({one.column for one in flow.pools})
    fullest = max(sum(p.amount for p in flow.pools if p.column == one) for one in columns)
    low = dict.fromkeys(columns, 0.0)
    tops = []
    for one in flow.pools:
        tops.append(low[one.column])
        low[one.column] -= one.amount + GAP * fullest
        panel.fill_between(
            [one.column, one.column + POOL], tops[-1] - one.amount, tops[-1], color=TOTAL
        )
        panel.annotate(
            f"{one.name}\n{amount_shown(one.amount)} {flow.unit}",
            (one.column + POOL * 1.3, tops[-1] - one.amount / 2), va="center", parse_math=False,
        )  # fmt: skip
    out, into = list(tops), list(tops)
    bend = (1 - np.cos(np.linspace(0, np.pi, BEND))) / 2
    for stream in flow.streams:
        ends = flow.pools[stream.source].column + POOL, flow.pools[stream.target].column
        high = out[stream.source] + (into[stream.target] - out[stream.source]) * bend
        panel.fill_between(
            np.linspace(*ends, BEND), high - stream.amount, high, color=TOTAL, alpha=0.25,
            linewidth=0,
        )  # fmt: skip
        out[stream.source] -= stream.amount
        into[stream.target] -= stream.amount
    panel.set_xlim(columns[0] - 0.1, columns[-1] + 1)
    panel.set_axis_off()
