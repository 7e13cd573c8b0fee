"""Sites and whom they serve as a map, and in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import numpy as np

from cellchain.services.circle.map_drawing import HUES, as_map, spread_out
from cellchain.services.circle.siting import TONNES
from cellchain.services.circle.siting_files import SITE, SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.services.analysis.table import Floats
    from cellchain.services.circle.siting import Siting
    from cellchain.services.circle.siting_files import Sites, Sources

LINES_MAX = 5_000
"""Ways beyond are left out, those with least tonnes first."""
NAMES_SAID = 5


def spoken(found: Siting) -> str:
    """Return what a map of the answer shows, for those who hear it."""
    names = [str(one)[:40] for one in found.opened.texts(SITE).cells()]
    more = f" and {len(names) - NAMES_SAID} more" if len(names) > NAMES_SAID else ""
    how = "nothing costs less" if found.proved else f"at most {found.gap:.3%} above the least"
    return (
        f"{len(names)} of {len(found.is_open)} sites open ({', '.join(names[:NAMES_SAID])}{more}),"
        f" {found.cost_eur:,.2f} EUR a year; {how}"
    )


def map_of(found: Siting, sources: Sources, sites: Sites) -> str:
    """Return the answer as SVG; where places are not told, the sentence alone."""
    if sources.where is None or sites.where is None:
        return as_map(spoken(found), (), ())
    where = np.vstack([sources.where, sites.where])
    # degrees of longitude are as long as those of latitude only at the equator
    across = where[:, 1] * np.cos(np.radians(where[:, 0].mean()))
    places = spread_out(np.column_stack([across, where[:, 0]]))
    return as_map(spoken(found), places, _parts(found, sources, sites, places))


def _parts(
    found: Siting, sources: Sources, sites: Sites, places: Sequence[tuple[float, float]]
) -> Iterator[str]:
    begin = len(sources.names)
    opened: list[int] = np.flatnonzero(found.is_open).tolist()
    hue = {one: HUES[number % len(HUES)] for number, one in enumerate(opened)}
    flows = found.flows
    tonnes: Floats = flows.numbers(TONNES)
    kept = np.argsort(-tonnes, kind="stable")[:LINES_MAX]
    for row in kept.tolist():
        source, site = int(flows.texts(SOURCE).codes[row]), int(flows.texts(SITE).codes[row])
        (x, y), (to_x, to_y) = places[source], places[begin + site]
        yield (
            f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"'
            f' stroke="{hue[site]}" stroke-width="1"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{hue[site]}">'
            f"<title>{escape(sources.names[source][:40])}: {tonnes[row]:g} t</title></circle>"
        )
    for site, name in enumerate(sites.names):
        x, y = places[begin + site]
        fill, what = (hue[site], "open") if site in hue else ("#ffffff", "not opened")
        yield (
            f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="{fill}"'
            f' stroke="#111111"><title>{escape(name[:40])}: {what}</title></rect>'
        )
