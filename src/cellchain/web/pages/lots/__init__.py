"""Lots and runs: where material comes from, what is left of it, what it went into."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from cellchain.contracts.assembly.view import Graph, genealogy
from cellchain.contracts.material.view import (
    LotFacets,
    LotRow,
    RunRow,
    Use,
    lot,
    lot_facets,
    lots,
    run,
    uses,
)
from cellchain.contracts.membership.view import LicenceRow, licence, names
from cellchain.core.errors import Refused
from cellchain.ledger.view import EventRow, Listed, timeline
from cellchain.web.frame.genealogy import drawing
from cellchain.web.frame.happened import parties_of
from cellchain.web.page import Asked, Page, Shown

SHOWN = 50
TEXT_MAX = 200
STEPS = 4
"""Of the genealogy, in each direction: a lot of ore has thousands of descendants."""


class LotsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of lots."""

    text: str
    material: str
    holder: str
    left: bool
    lots: Listed[LotRow]
    facets: LotFacets
    following: str


class LotPage(msgspec.Struct, frozen=True, kw_only=True):
    """A lot."""

    lot: LotRow
    run: RunRow | None
    licence: LicenceRow | None
    uses: tuple[Use, ...]
    genealogy: Graph
    timeline: tuple[EventRow, ...]


class RunPage(msgspec.Struct, frozen=True, kw_only=True):
    """A run, with its balance: inputs and what was added are outputs and loss."""

    run: RunRow
    input_mg: int
    output_mg: int
    genealogy: Graph


def show_lots(asked: Asked) -> Shown:
    """Show lots, by material and holder."""
    text = asked.query.get("text", "")[:TEXT_MAX]
    material, holder = asked.query.get("material", ""), asked.query.get("holder", "")
    left = asked.query.get("left") == "yes"
    found = lots(
        asked.db,
        material=material or None,
        holder=holder or None,
        left=left,
        text=text,
        after=asked.query.get("after") or None,
        limit=SHOWN,
    )
    pairs = {"text": text, "material": material, "holder": holder, "left": "yes" if left else ""}
    kept = {name: value for name, value in pairs.items() if value}
    data = LotsPage(
        text=text,
        material=material,
        holder=holder,
        left=left,
        lots=found,
        facets=lot_facets(asked.db, material=material or None, holder=holder or None),
        following=urlencode({**kept, "after": found.after}) if found.after else "",
    )
    holders = {one.holder for one in found.rows} | {value for value, _ in data.facets.holder}
    known = names(asked.db, list(holders))
    return Shown(template="lots/lots.html", data=data, title="Lots", also={"names": known})


def show_lot(asked: Asked) -> Shown:
    """Show a lot.

    Raises:
        Refused: ``web.not_found``.
    """
    name = asked.path["lot"]
    found = lot(asked.db, name)
    if found is None:
        raise Refused("web.not_found", f"no lot {name[:64]!a} is in the book")
    data = LotPage(
        lot=found,
        run=run(asked.db, found.run) if found.run else None,
        licence=licence(asked.db, found.licence) if found.licence else None,
        uses=uses(asked.db, name, limit=200),
        genealogy=genealogy(asked.db, name, up_max=STEPS * 3, down_max=STEPS, nodes_max=80),
        timeline=timeline(asked.db, name, limit=15).rows,
    )
    subjects = (node.subject for node in data.genealogy.nodes)
    known = names(asked.db, _parties(data))
    return Shown(
        template="lots/lot.html",
        data=data,
        title=f"Lot {name}",
        about=frozenset({name, *known, *subjects}),
        also={"genealogy": drawing(data.genealogy), "names": known},
    )


def _parties(data: LotPage) -> list[str]:
    """Return who is named on the page of a lot."""
    named = {data.lot.holder, data.lot.offered_to, *parties_of(data.timeline)}
    named |= {use.by for use in data.uses} | {node.who for node in data.genealogy.nodes}
    named |= {data.run.operator if data.run else "", data.licence.issuer if data.licence else ""}
    return [party for party in named if party]


def show_run(asked: Asked) -> Shown:
    """Show a run.

    Raises:
        Refused: ``web.not_found``.
    """
    name = asked.path["run"]
    found = run(asked.db, name)
    if found is None:
        raise Refused("web.not_found", f"no run {name[:64]!a} is in the book")
    data = RunPage(
        run=found,
        input_mg=sum(mass_mg for _, mass_mg in found.inputs),
        output_mg=sum(mass_mg for _, mass_mg in found.outputs),
        genealogy=genealogy(asked.db, name, up_max=2, down_max=2, nodes_max=60),
    )
    known = names(asked.db, [found.operator, *(node.who for node in data.genealogy.nodes)])
    return Shown(
        template="lots/run.html",
        data=data,
        title=f"Run {name}",
        about=frozenset({name, *known}),
        also={"genealogy": drawing(data.genealogy), "names": known},
    )


PAGES = (
    Page(path="/lots", name="Lots", show=show_lots, access="member", nav=3),
    Page(path="/lots/{lot}", name="Lot", show=show_lot, access="member"),
    Page(path="/runs/{run}", name="Run", show=show_run, access="member"),
)
