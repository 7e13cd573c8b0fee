"""Recover lots from batteries: another contract has ended them, and says what was in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cellchain.contracts.material.balance import check_elements, check_mass
from cellchain.contracts.material.lots import check_label, check_not_future, check_outputs
from cellchain.contracts.material.record import Output, RunId, WasteOrigin
from cellchain.contracts.material.transform import Ran, carry_out, check_added, portions_of
from cellchain.contracts.membership import is_contract
from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId, PartyId
from cellchain.core.quantities import PPM
from cellchain.ledger.contract import Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.contracts.material.consume import Consumed
    from cellchain.contracts.material.transform import Produced
    from cellchain.ledger.contract import Book, Context


class Recover(Message, frozen=True, kw_only=True, tag="material.recover/1"):
    """The sender, a contract, asks to open lots for ``operator``, who took batteries apart."""

    run: RunId
    operator: PartyId
    batteries: tuple[BatteryId, ...]
    mass_mg: int
    """Mass of the batteries."""
    elements_mg: Mapping[str, int]
    """Mass of the elements in them, milligrams by symbol."""
    waste_origin: WasteOrigin
    gained_ppm: int = 0
    """By how much the elements in them may have grown on the way there."""
    process: str
    site: str
    time_ms: int
    outputs: tuple[Output, ...]
    added_mg: int = 0
    added: str = ""
    loss_mg: int = 0
    uncertainty_ppm: int = 0

    def decide(self, book: Book, context: Context) -> Iterator[Consumed | Ran | Produced]:
        """Only a contract; mass exact, elements conserved, not later than now."""
        if not is_contract(context.sender):
            raise Refused(
                "material.not_contract",
                f"{context.sender} cannot vouch that batteries have ended",
                remedy="recycle them: assembly.recycle",
            )
        check_not_future(self.time_ms, context)
        check_label(self.process, "the process")
        check_label(self.site, "the site")
        check_outputs(book, self.outputs)
        check_added(self.added_mg, self.added)
        check_mass(
            in_mg=self.mass_mg,
            added_mg=self.added_mg,
            out_mg=sum(output.mass_mg for output in self.outputs),
            loss_mg=self.loss_mg,
        )
        elements_in = {element: mass * PPM for element, mass in self.elements_mg.items()}
        gained_ppm = check_elements(
            elements_in, self.outputs, self.uncertainty_ppm, self.gained_ppm
        )
        run = Ran(
            run=self.run,
            process=self.process,
            operator=self.operator,
            site=self.site,
            time_ms=self.time_ms,
            batteries=self.batteries,
            outputs=portions_of(self.outputs),
            added_mg=self.added_mg,
            added=self.added,
            loss_mg=self.loss_mg,
            uncertainty_ppm=self.uncertainty_ppm,
        )
        yield from carry_out(book, run, self.outputs, self.waste_origin, gained_ppm)
