"""Create a lot: material that has no history in the book, mined under a licence or bought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cellchain.contracts.material.balance import check_assay, check_lot_mass
from cellchain.contracts.material.lots import check_label, check_new_lot, check_not_future
from cellchain.contracts.material.record import Lot
from cellchain.contracts.membership import LicenceId, require_licence, require_role
from cellchain.core.errors import Refused
from cellchain.core.names import LotId, PartyId
from cellchain.ledger.contract import Event, Message, absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context

BUYERS = ("refiner", "cell-maker", "pack-maker", "vehicle-maker", "integrator")
"""Roles whose bearers may bring in material whose origin the book does not know."""


class Create(Message, frozen=True, kw_only=True, tag="material.create/1"):
    """The sender asks to open a lot that it mined, or bought outside the book."""

    lot: LotId
    material: str
    mass_mg: int
    assay_ppm: Mapping[str, int]
    """Mass share by element symbol, parts per million."""
    site: str
    time_ms: int
    """When the lot came to be."""
    licence: LicenceId | None = None
    """The licence to mine it; ``None``: bought, of unknown origin."""

    def decide(self, book: Book, context: Context) -> Iterator[Created]:
        """A mine under its licence, or a maker without; a new name, a sound assay, not later.

        The licence holds both when the lot came to be and now: a time stated by the sender alone
        would let a licence that has ended be used for ever.
        """
        if self.licence is None:
            require_role(book, context.sender, *BUYERS)
        else:
            require_role(book, context.sender, "mine")
            self._check_licence(book, context, self.licence)
        check_new_lot(book, self.lot)
        check_label(self.material, "the material")
        check_label(self.site, "the site")
        check_lot_mass(self.mass_mg)
        check_assay(self.assay_ppm)
        check_not_future(self.time_ms, context)
        yield Created(
            lot=self.lot,
            holder=context.sender,
            material=self.material,
            mass_mg=self.mass_mg,
            assay_ppm=self.assay_ppm,
            site=self.site,
            made_ms=self.time_ms,
            licence=self.licence,
        )

    def _check_licence(self, book: Book, context: Context, licence: LicenceId) -> None:
        for time_ms in (self.time_ms, context.time_ms):
            found = require_licence(book, licence, context.sender, "mining", time_ms)
        if self.site != found.site:
            raise Refused(
                "material.site",
                f"{licence} is for {ascii(found.site)[:80]}, not for {ascii(self.site)[:80]}",
            )


class Created(Event[Lot], frozen=True, kw_only=True, tag="material.created/1"):
    """A lot without history entered the book."""

    subject_field = "lot"
    lot: LotId
    holder: PartyId
    material: str
    mass_mg: int
    assay_ppm: Mapping[str, int]
    site: str
    made_ms: int
    licence: LicenceId | None = None

    def evolve(self, record: Lot | None) -> Lot:
        """All of it is there."""
        absent(record)
        return Lot(
            holder=self.holder,
            material=self.material,
            mass_mg=self.mass_mg,
            assay_ppm=self.assay_ppm,
            made_ms=self.made_ms,
            site=self.site,
            licence=self.licence,
        )
