"""Blend lots: portions of one material become one lot, with the average of their assays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.material.balance import elements_of
from cellchain.contracts.material.lots import (
    check_outputs,
    common_origin,
    inputs_of,
    most_gained,
)
from cellchain.contracts.material.record import Output, Portion, RunId
from cellchain.contracts.material.transform import Ran, carry_out, portions_of
from cellchain.core.errors import Refused
from cellchain.core.names import LotId
from cellchain.ledger.contract import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.contracts.material.consume import Consumed
    from cellchain.contracts.material.record import Lot
    from cellchain.contracts.material.transform import Produced
    from cellchain.ledger.contract import Book, Context


class Blend(Message, frozen=True, kw_only=True, tag="material.blend/1"):
    """The sender asks to mix portions of lots it holds into one new lot."""

    run: RunId
    inputs: tuple[Portion, ...]
    lot: LotId
    """The new lot."""
    site: str
    time_ms: int

    def decide(self, book: Book, context: Context) -> Iterator[Consumed | Ran | Produced]:
        """Own lots of one material, not more than is left; their mass and elements, no more."""
        lots = inputs_of(book, context, self.inputs, self.time_ms)
        material = _common_material(self.inputs, lots)
        output = _mixture(self.lot, material, self.inputs, lots)
        check_outputs(book, (output,))
        run = Ran(
            run=self.run,
            process="blend",
            operator=context.sender,
            site=self.site,
            time_ms=self.time_ms,
            inputs=self.inputs,
            outputs=portions_of((output,)),
        )
        yield from carry_out(book, run, (output,), common_origin(lots), most_gained(lots))


def _common_material(inputs: Sequence[Portion], lots: Sequence[Lot]) -> str:
    for (name, _), lot in zip(inputs, lots, strict=True):
        if lot.material != lots[0].material:
            raise Refused(
                "material.unlike",
                f"{name} is {lot.material}, {inputs[0][0]} is {lots[0].material}",
                remedy="transform unlike materials",
            )
    return lots[0].material


def _mixture(name: LotId, material: str, inputs: Sequence[Portion], lots: Sequence[Lot]) -> Output:
    """The output of a blend; each share is rounded down, so that no element is gained."""
    mass_mg = sum(taken_mg for _, taken_mg in inputs)
    taken = zip(inputs, lots, strict=True)
    elements = elements_of((taken_mg, lot.assay_ppm) for (_, taken_mg), lot in taken)
    shares = {element: total // mass_mg for element, total in elements.items()}
    present_shares = {element: share for element, share in shares.items() if share}
    return Output(lot=name, material=material, mass_mg=mass_mg, assay_ppm=present_shares)
