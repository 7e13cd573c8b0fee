"""Split a lot: parts of it become lots of their own; what is not taken stays where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.material.lots import check_outputs, inputs_of
from cellchain.contracts.material.record import Lot, Output, Portion, RunId
from cellchain.contracts.material.transform import Ran, carry_out
from cellchain.core.names import LotId
from cellchain.ledger.contract import Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.contracts.material.consume import Consumed
    from cellchain.contracts.material.transform import Produced
    from cellchain.ledger.contract import Book, Context


class Split(Message, frozen=True, kw_only=True, tag="material.split/1"):
    """The sender asks to take new lots out of a lot it holds."""

    run: RunId
    lot: LotId
    parts: tuple[Portion, ...]
    """The new lots and their masses, together at most what is left."""
    time_ms: int

    def decide(self, book: Book, context: Context) -> Iterator[Consumed | Ran | Produced]:
        """Only the holder, only what is left; each part is as the whole."""
        total_mg = sum(mass_mg for _, mass_mg in self.parts)
        taken: Portion = (self.lot, total_mg)
        (whole,) = inputs_of(book, context, (taken,), self.time_ms)
        outputs = tuple(_part(whole, part) for part in self.parts)
        check_outputs(book, outputs)
        run = Ran(
            run=self.run,
            process="split",
            operator=context.sender,
            site=whole.site,
            time_ms=self.time_ms,
            inputs=(taken,),
            outputs=self.parts,
        )
        yield from carry_out(book, run, outputs, whole.waste_origin, whole.gained_ppm)


def _part(whole: Lot, part: Portion) -> Output:
    lot, mass_mg = part
    return Output(lot=lot, material=whole.material, mass_mg=mass_mg, assay_ppm=whole.assay_ppm)
