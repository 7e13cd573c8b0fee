"""Maps as SVG: places by their coordinates alone; no tiles of others, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cellchain.services.analysis.table import Floats

SIDE, EDGE = 720.0, 16.0
HUES = ("#0a6654", "#a8540a", "#25528c", "#7a2f6b", "#6a6a12", "#9a2b2b", "#2f6f8f", "#4a4a4f")
"""One a thing, in turn."""


def spread_out(xy: Floats) -> list[tuple[float, float]]:
    """Return where places are drawn: across and down, within a map of `SIDE`."""
    low, span = xy.min(axis=0), np.ptp(xy, axis=0)
    scale = (SIDE - 2 * EDGE) / (max(span.tolist()) or 1.0)
    across = EDGE + (xy[:, 0] - low[0]) * scale
    down = EDGE + (low[1] + span[1] - xy[:, 1]) * scale
    return list(zip(across.tolist(), down.tolist(), strict=True))


def as_map(said: str, places: Iterable[tuple[float, float]], parts: Iterable[str]) -> str:
    """Return a map of drawn parts, with what it shows in a sentence."""
    height = max((y for _, y in places), default=0.0) + EDGE
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE:g} {height:.1f}" role="img"'
        f" aria-label={quoteattr(said)}><title>{escape(said)}</title>"
    )
    return "".join((head, '<rect width="100%" height="100%" fill="#ffffff"/>', *parts, "</svg>\n"))
