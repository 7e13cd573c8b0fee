"""Collect waste: the only way, besides a battery taken apart, that a lot gets a waste origin.

Recycled content is credited by origin, so that calling manufacturing scrap post-consumer pays.
The origin is stated once, by who collects, and every later lot inherits it; nobody states it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from cellchain.contracts.material.balance import check_assay, check_lot_mass
from cellchain.contracts.material.lots import check_label, check_new_lot, check_not_future
from cellchain.contracts.material.record import Lot
from cellchain.contracts.membership import require_role
from cellchain.core.names import LotId, PartyId
from cellchain.ledger.contract import Event, Message, absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Collect(Message, frozen=True, kw_only=True, tag="material.collect/1"):
    """The sender asks to open a lot of waste that it collected outside the book."""

    lot: LotId
    material: str
    mass_mg: int
    assay_ppm: Mapping[str, int]
    site: str
    time_ms: int
    waste_origin: Literal["manufacturing", "post-consumer"]

    def decide(self, book: Book, context: Context) -> Iterator[Collected]:
        """A collector or recycler; a new name, a sound assay, not later than now."""
        require_role(book, context.sender, "collector", "recycler")
        check_new_lot(book, self.lot)
        check_label(self.material, "the material")
        check_label(self.site, "the site")
        check_lot_mass(self.mass_mg)
        check_assay(self.assay_ppm)
        check_not_future(self.time_ms, context)
        yield Collected(
            lot=self.lot,
            holder=context.sender,
            material=self.material,
            mass_mg=self.mass_mg,
            assay_ppm=self.assay_ppm,
            site=self.site,
            made_ms=self.time_ms,
            waste_origin=self.waste_origin,
        )


class Collected(Event[Lot], frozen=True, kw_only=True, tag="material.collected/1"):
    """A lot of waste entered the book."""

    subject_field = "lot"
    lot: LotId
    holder: PartyId
    material: str
    mass_mg: int
    assay_ppm: Mapping[str, int]
    site: str
    made_ms: int
    waste_origin: Literal["manufacturing", "post-consumer"]

    def evolve(self, record: Lot | None) -> Lot:
        """All of it is there, and its origin stays with it."""
        absent(record)
        return Lot(
            holder=self.holder,
            material=self.material,
            mass_mg=self.mass_mg,
            assay_ppm=self.assay_ppm,
            made_ms=self.made_ms,
            site=self.site,
            waste_origin=self.waste_origin,
        )
