"""The picture of an answer in a file: SVG or PNG, by suffix."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.adapters.disk import write_file
from cellchain.adapters.plot_flows import draw_flow, draw_steps
from cellchain.core.errors import Refused
from cellchain.science.extra import extra_part

if TYPE_CHECKING:
    from pathlib import Path

    from cellchain.services.analysis.shapes import Picture

SUFFIXES = (".svg", ".png")
WIDTH_IN, HEIGHT_IN, BAR_IN = 9.0, 4.5, 0.28
BUBBLE_PT2 = 1_500.0
"""Area of the greatest."""
HUES = ("#0a6654", "#a8540a", "#25528c", "#7a2f6b", "#6a6a12", "#755538", "#111111")
QUIET = "#77777a"


def check_plot(path: Path) -> None:
    """Refuse what could not be drawn, before long work.

    Raises:
        Refused: ``plot.suffix``; ``plot.no_folder``; ``plot.no_matplotlib``.
    """
    if path.suffix not in SUFFIXES:
        raise Refused(
            "plot.suffix", f"{path.name}: a plot is SVG or PNG", remedy="name it .svg or .png"
        )
    if not path.parent.is_dir():
        raise Refused("plot.no_folder", f"there is no folder {path.parent}", remedy="make it")
    extra_part("matplotlib.figure", "plot.no_matplotlib")


def write_plot(path: Path, picture: Picture) -> None:
    """Draw ``picture`` into a file; it is whole or not there, and the same bytes each time.

    Raises:
        Refused: ``plot.suffix``, ``plot.no_folder``, ``plot.no_matplotlib``.
        Unavailable: ``disk.…``.
    """
    check_plot(path)
    matplotlib = extra_part("matplotlib", "plot.no_matplotlib")
    sink = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "cellchain"}):
        figure = figure_of(picture)
        figure.savefig(sink, format=path.suffix[1:], dpi=150, metadata=_undated(path.suffix))
    write_file(path, sink.getvalue())


def figure_of(picture: Picture) -> Any:
    """Return ``picture`` as a matplotlib figure.

    Raises:
        Refused: ``plot.no_matplotlib``.
    """
    figure_class = extra_part("matplotlib.figure", "plot.no_matplotlib").Figure
    rows = len(picture.bars or picture.steps)
    height = 1.2 + BAR_IN * rows if rows else HEIGHT_IN
    figure = figure_class(figsize=(WIDTH_IN, height), layout="constrained")
    panel = figure.subplots()
    panel.set(title=picture.title, xlabel=picture.x_name, ylabel=picture.y_name)
    panel.spines[["top", "right"]].set_visible(False)
    _draw(panel, picture)
    legend = panel.get_legend()
    for text in (panel.title, *panel.get_yticklabels(), *(legend.get_texts() if legend else ())):
        text.set_parse_math(False)  # a name may hold a dollar sign
    return figure


def _draw(panel: Any, picture: Picture) -> None:
    lines = []
    for number, one in enumerate(picture.courses):
        hue = HUES[((one.hue or number + 1) - 1) % len(HUES)]
        mark = {"linestyle": "", "marker": "x" if one.crosses else "o", "markersize": 5}
        lines += panel.plot(one.x, one.y, color=hue, **(mark if one.dots else {"linewidth": 1.4}))
        if one.lo:
            panel.fill_between(one.x, one.lo, one.hi, color=hue, alpha=0.18, linewidth=0)
    if any(one.name for one in picture.courses):
        panel.legend(lines, [one.name for one in picture.courses], frameon=False)
    if picture.bubbles:
        x, y = [one.x for one in picture.bubbles], [one.y for one in picture.bubbles]
        sizes = [BUBBLE_PT2 * one.size for one in picture.bubbles]
        panel.scatter(x, y, s=sizes, c=HUES[0], alpha=0.35)
        panel.margins(0.2)
        for name, *at in zip([one.name for one in picture.bubbles], x, y, strict=True):
            panel.annotate(name, at, ha="center", va="center", parse_math=False)
    if picture.steps:
        draw_steps(panel, picture.steps)
    if picture.flow is not None:
        draw_flow(panel, picture.flow)
    if picture.bars:
        places = np.arange(len(picture.bars))
        hues = [HUES[0] if one.strong else QUIET for one in picture.bars]
        ends = [one.lo for one in picture.bars], [one.hi for one in picture.bars]
        panel.hlines(places, *ends, colors=hues, linewidth=1.6)
        panel.scatter([one.value for one in picture.bars], places, c=hues, s=26, zorder=3)
        panel.set_yticks(places, [one.name for one in picture.bars])
        panel.set_ylim(len(places) - 0.5, -0.5)


def _undated(suffix: str) -> dict[str, None]:
    return {"Date": None} if suffix == ".svg" else {"Software": None}
