"""Transform lots: a process turns portions of lots into new lots, nothing from nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cellchain.contracts.material.balance import check_elements, check_mass, elements_of
from cellchain.contracts.material.consume import Consumed
from cellchain.contracts.material.lots import (
    check_label,
    check_new_run,
    check_outputs,
    common_origin,
    inputs_of,
    most_gained,
)
from cellchain.contracts.material.record import Lot, Output, Portion, Run, RunId, WasteOrigin
from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId, LotId, PartyId
from cellchain.ledger.contract import Event, Message, absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Transform(Message, frozen=True, kw_only=True, tag="material.transform/1"):
    """The sender asks to turn ``inputs`` into ``outputs``: refine, mix, coat, recover."""

    run: RunId
    process: str
    site: str
    time_ms: int
    inputs: tuple[Portion, ...]
    outputs: tuple[Output, ...]
    added_mg: int = 0
    """Mass of untraced reagents; one that brings a traced element must enter as a lot."""
    added: str = ""
    """What was added; needed where ``added_mg`` is not zero."""
    loss_mg: int = 0
    uncertainty_ppm: int = 0
    """Of the assays, at most 20 000 ppm."""

    def decide(self, book: Book, context: Context) -> Iterator[Consumed | Ran | Produced]:
        """Own lots, not more than is left; new lots, mass exact, elements conserved, in order."""
        lots = inputs_of(book, context, self.inputs, self.time_ms)
        check_outputs(book, self.outputs)
        check_label(self.process, "the process")
        check_label(self.site, "the site")
        check_added(self.added_mg, self.added)
        check_mass(
            in_mg=sum(mass_mg for _, mass_mg in self.inputs),
            added_mg=self.added_mg,
            out_mg=sum(output.mass_mg for output in self.outputs),
            loss_mg=self.loss_mg,
        )
        taken = zip(self.inputs, lots, strict=True)
        elements_in = elements_of((mass_mg, lot.assay_ppm) for (_, mass_mg), lot in taken)
        gained_ppm = check_elements(
            elements_in, self.outputs, self.uncertainty_ppm, most_gained(lots)
        )
        run = Ran(
            run=self.run,
            process=self.process,
            operator=context.sender,
            site=self.site,
            time_ms=self.time_ms,
            inputs=self.inputs,
            outputs=portions_of(self.outputs),
            added_mg=self.added_mg,
            added=self.added,
            loss_mg=self.loss_mg,
            uncertainty_ppm=self.uncertainty_ppm,
        )
        yield from carry_out(book, run, self.outputs, common_origin(lots), gained_ppm)


class Ran(Event[Run], frozen=True, kw_only=True, tag="material.ran/1"):
    """A process ran."""

    subject_field = "run"
    run: RunId
    process: str
    operator: PartyId
    site: str
    time_ms: int
    inputs: tuple[Portion, ...] = ()
    batteries: tuple[BatteryId, ...] = ()
    outputs: tuple[Portion, ...]
    added_mg: int = 0
    added: str = ""
    loss_mg: int = 0
    uncertainty_ppm: int = 0

    def evolve(self, record: Run | None) -> Run:
        """It stays as it was: genealogy is never edited."""
        absent(record)
        return Run(
            process=self.process,
            operator=self.operator,
            site=self.site,
            time_ms=self.time_ms,
            inputs=self.inputs,
            batteries=self.batteries,
            outputs=self.outputs,
            added_mg=self.added_mg,
            added=self.added,
            loss_mg=self.loss_mg,
            uncertainty_ppm=self.uncertainty_ppm,
        )


class Produced(Event[Lot], frozen=True, kw_only=True, tag="material.produced/1"):
    """A run brought forth a lot."""

    subject_field = "lot"
    lot: LotId
    run: RunId
    holder: PartyId
    material: str
    mass_mg: int
    assay_ppm: Mapping[str, int]
    site: str
    made_ms: int
    waste_origin: WasteOrigin = ""
    gained_ppm: int = 0

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
            run=self.run,
            waste_origin=self.waste_origin,
            gained_ppm=self.gained_ppm,
        )


def carry_out(
    book: Book,
    run: Ran,
    outputs: tuple[Output, ...],
    waste_origin: WasteOrigin,
    gained_ppm: int,
) -> Iterator[Consumed | Ran | Produced]:
    """Yield what a run that was found in order does: to its inputs, to itself, to its outputs."""
    check_new_run(book, run.run)
    for lot, mass_mg in run.inputs:
        yield Consumed(
            lot=lot, mass_mg=mass_mg, by=run.operator, use=f"run {run.run}", time_ms=run.time_ms
        )
    yield run
    for output in outputs:
        yield Produced(
            lot=output.lot,
            run=run.run,
            holder=run.operator,
            material=output.material,
            mass_mg=output.mass_mg,
            assay_ppm=output.assay_ppm,
            site=run.site,
            made_ms=run.time_ms,
            waste_origin=waste_origin,
            gained_ppm=gained_ppm,
        )


def portions_of(outputs: tuple[Output, ...]) -> tuple[Portion, ...]:
    """Return name and mass of each output."""
    return tuple((output.lot, output.mass_mg) for output in outputs)


def check_added(added_mg: int, added: str) -> None:
    """Refuse added mass without a word on what it is, and the word without mass."""
    if added_mg:
        check_label(added, "what was added")
    elif added:
        raise Refused("material.label", "something is said to be added, but no mass of it")
