"""``circle site``: which sites to open, and which source each of them serves.

Out, a row a source and site that has any of it: ``source, site, tonnes, km, cost_eur``, a year, the
cost of way and handling; of open sites ``site, tonnes, capacity_t, used, fixed_eur,
transport_eur, handling_eur, cost_eur``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.siting.location import Location, Unsited, sited
from cellchain.services.analysis.table import Table, Texts, shown
from cellchain.services.circle.siting_files import KG, KM, SITE, SOURCE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.siting.location import Sited
    from cellchain.services.analysis.table import Floats
    from cellchain.services.circle.siting_files import Sites, Sources

TONNES, COST = "tonnes", "cost_eur"
SECONDS_MAX = 3_600.0
BOUND_OFF = 1e-4
"""Share by which a bound may pass the cost, by rounding."""
PROVED = 1e-6
"""Part of the cost up to which the program's tolerances tell no difference."""


@dataclass(frozen=True, slots=True, eq=False)
class Siting:
    """An answer."""

    flows: Table
    opened: Table
    is_open: NDArray[np.bool_]
    """Of each site."""
    cost_eur: float
    """A year, fixed costs with it."""
    bound_eur: float
    """No choice costs less, as the program claims; at most `cost_eur`."""

    @property
    def gap(self) -> float:
        """Cost less bound, as a part of the cost."""
        return (self.cost_eur - self.bound_eur) / self.cost_eur if self.cost_eur else 0.0

    @property
    def proved(self) -> bool:
        """Whether the program found that nothing costs less."""
        return self.gap <= PROVED


@dataclass(frozen=True, slots=True)
class Many:
    """How many sites shall be open."""

    exactly: int | None = None
    at_most: int | None = None

    def span(self, sites: int) -> tuple[int, int]:
        """Return the fewest and the most of so many.

        Raises:
            Refused: ``site.many``.
        """
        told = [one for one in (self.exactly, self.at_most) if one is not None]
        if len(told) > 1:
            raise Refused("site.many", "both --exactly and --at-most are told", remedy="give one")
        if told and not 1 <= told[0] <= sites:
            raise Refused("site.many", f"{told[0]} of {sites} sites cannot be open")
        return (self.exactly or 0, told[0] if told else sites)


def sited_for(sources: Sources, sites: Sites, km: Floats, many: Many, *, seconds: float) -> Siting:
    """Return the cheapest choice of sites that was found in a time.

    Args:
        sources: Where batteries come from.
        sites: Where they may go.
        km: Ways, shape [sources, sites]; NaN where there is none.
        many: How many shall be open.
        seconds: Of the wall, for the program.

    Raises:
        Refused: ``site.many``, ``site.seconds``; ``site.capacity``: open sites cannot take all;
            ``site.infeasible``, ``site.no_time``; ``site.no_scipy``; ``site.check``: the answer
            breaks what is asked.
    """
    fewest, most = many.span(len(sites.names))
    if not 0 < seconds <= SECONDS_MAX:
        raise Refused("site.seconds", f"{seconds!r} s", remedy=f"above 0, {SECONDS_MAX:g} at most")
    _check_capacity(sources, sites, most)
    per_t = km * sources.rate[:, np.newaxis] + sites.handling
    asked = Location(sources.kg, sites.capacity_kg, sites.fixed, per_t / KG, fewest, most)
    found = sited(asked, seconds)
    if found is Unsited.NO_TIME:
        raise Refused("site.no_time", f"no choice of sites was found in {seconds:g} s")
    if isinstance(found, Unsited):
        raise Refused(
            "site.infeasible",
            f"no {most} sites that sources have ways to can take all {sources.kg.sum() / KG:g} t",
            remedy="add ways, capacity or sites",
        )
    return _told(sources, sites, km, found)


def _check_capacity(sources: Sources, sites: Sites, most: int) -> None:
    largest = np.sort(sites.capacity_kg)[::-1][:most]
    if largest.sum() < sources.kg.sum():
        which = "all sites" if most == len(sites.names) else f"the {most} largest sites"
        told = f"{which} take {largest.sum() / KG:g} t a year, and sources send"
        raise Refused(
            "site.capacity", f"{told} {sources.kg.sum() / KG:g} t",
            remedy="add capacity, sites, or let more of them open",
        )  # fmt: skip


def _told(sources: Sources, sites: Sites, km: Floats, found: Sited) -> Siting:
    source, site = np.nonzero(found.kg)
    tonnes = found.kg[source, site] / KG
    way = tonnes * km[source, site] * sources.rate[source]
    handled = tonnes * sites.handling[site]
    flows = Table(
        {
            SOURCE: Texts(source.astype(np.int32), sources.names),
            SITE: Texts(site.astype(np.int32), sites.names),
            TONNES: tonnes,
            KM: km[source, site],
            COST: way + handled,
        }
    )
    opened = np.flatnonzero(found.is_open)
    sums: list[Floats] = [
        np.bincount(site, one, len(sites.names))[opened].astype(np.float64)
        for one in (tonnes, way, handled)
    ]
    fixed: Floats = sites.fixed[opened]
    room: Floats = (sites.capacity_kg[opened] / KG).astype(np.float64)
    answer = Table(
        {
            SITE: Texts(opened.astype(np.int32), sites.names),
            TONNES: sums[0],
            "capacity_t": room,
            "used": np.divide(sums[0], room, out=np.zeros_like(room), where=room > 0),
            "fixed_eur": fixed,
            "transport_eur": sums[1],
            "handling_eur": sums[2],
            COST: fixed + sums[1] + sums[2],
        }
    )
    cost = float(answer.numbers(COST).sum())
    check_answer(sources, sites, flows, found.is_open)
    if found.bound > cost * (1 + BOUND_OFF) + BOUND_OFF:
        told = f"the cost is {cost:.6g} and its bound {found.bound:.6g}"
        raise Refused("site.check", f"{told}: the program's tolerances do not suit these numbers")
    return Siting(flows, answer, found.is_open, cost, min(max(found.bound, 0.0), cost))


def check_answer(sources: Sources, sites: Sites, flows: Table, is_open: NDArray[np.bool_]) -> None:
    """Refuse an answer that loses batteries, fills a site too much or uses one that is closed.

    It looks at the rows that are told and at the files, with nothing of the program.

    Raises:
        Refused: ``site.check``.
    """
    left = dict(zip(sources.names, sources.kg.tolist(), strict=True))
    room = dict(zip(sites.names, sites.capacity_kg.tolist(), strict=True))
    closed = {name for name, one in zip(sites.names, is_open.tolist(), strict=True) if not one}
    cells = (flows.texts(SOURCE).cells(), flows.texts(SITE).cells(), flows.numbers(TONNES).tolist())
    for source, site, tonnes in zip(*cells, strict=True):
        assert source is not None
        assert site is not None
        if site in closed:
            raise Refused("site.check", f"{shown(source)} goes to {shown(site)}, which is closed")
        left[source] -= round(tonnes * KG)
        room[site] -= round(tonnes * KG)
    lost = next((name for name, one in left.items() if one), None)
    if lost is not None:
        raise Refused("site.check", f"{left[lost]} kg of {shown(lost)} go nowhere")
    full = next((name for name, one in room.items() if one < 0), None)
    if full is not None:
        raise Refused("site.check", f"{shown(full)} takes {-room[full]} kg too much")
