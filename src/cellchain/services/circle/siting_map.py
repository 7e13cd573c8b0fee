"""Sites and whom they serve as a map, and in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import numpy as np

from cellchain.services.analysis.shapes import Picture, Way, shown_name
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
SITES_DRAWN_MAX, DRAWN_MAX = 60, 1_000
"""Sites and ways beyond are left out of a picture, and it says so."""
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
    flat = _flat(sources, sites)
    if flat is None:
        return as_map(spoken(found), (), ())
    places = spread_out(flat)
    return as_map(spoken(found), places, _parts(found, sources, sites, places))


def site_picture(found: Siting, sources: Sources, sites: Sites) -> Picture | None:
    """Return open sites with a way to each source that they serve; nothing without places."""
    flat = _flat(sources, sites)
    if flat is None:
        return None
    at: list[tuple[float, float]] = [(x, y) for x, y in flat.tolist()]
    codes = found.flows.texts(SITE).codes
    served = found.flows.texts(SOURCE).codes
    tonnes = found.flows.numbers(TONNES)
    most = np.argsort(-tonnes, kind="stable")[:DRAWN_MAX]
    ways = []
    opened: list[int] = np.flatnonzero(found.is_open).tolist()
    for number, site in enumerate(opened[:SITES_DRAWN_MAX], 1):
        here, mine = at[len(sources.names) + site], served[most[codes[most] == site]].tolist()
        points = (here, *(point for one in mine for point in (at[one], here)))
        taken = f"{tonnes[codes == site].sum():,.6g} t a year"
        name = f"{number} {shown_name(sites.names[site])}: {taken}"
        ways.append(Way(name, points, tuple(place % 2 == 1 for place in range(len(points)))))
    cut = len(opened) > len(ways) or len(tonnes) > len(most)
    said = f"{spoken(found)}{'; the largest are drawn' if cut else ''}."
    return Picture("Open sites and whom they serve", "east", "north", ways=tuple(ways), said=said)


def _flat(sources: Sources, sites: Sites) -> Floats | None:
    """Return sources, then sites, east and north on a flat map; nothing without places."""
    if sources.where is None or sites.where is None:
        return None
    where = np.vstack([sources.where, sites.where])
    # degrees of longitude are as long as those of latitude only at the equator
    across = where[:, 1] * np.cos(np.radians(where[:, 0].mean()))
    return np.column_stack([across, where[:, 0]])


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
