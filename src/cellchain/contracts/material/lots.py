"""Questions about lots that several messages ask: whose, how much is left, since when, new?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cellchain.contracts.material.balance import check_assay, check_lot_mass
from cellchain.contracts.material.record import Lot, Output, Portion, Run, RunId, WasteOrigin
from cellchain.core.errors import Refused
from cellchain.core.names import parse_lot_id
from cellchain.core.time import MINUTE_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.core.names import LotId, PartyId
    from cellchain.ledger.contract import Book, Context

LOTS_MAX = 64
"""Lots on each side of a run."""
LABEL_CHARACTERS_MAX = 128
FUTURE_TOLERANCE_MS = 5 * MINUTE_MS
"""How far the clock of a plant may be ahead of the block."""

_RUN = re.compile(r"[A-Za-z0-9]+(?:[-._][A-Za-z0-9]+)*")
_RUN_CHARACTERS_MAX = 64


def held_lot(book: Book, lot: LotId, holder: PartyId) -> Lot:
    """Return the record of ``lot``, which ``holder`` holds.

    Raises:
        Refused: ``material.unknown_lot``, ``material.not_holder``.
    """
    found = book.get(Lot, lot)
    if found.holder != holder:
        raise Refused("material.not_holder", f"{holder} does not hold {lot}; {found.holder} does")
    return found


def check_left(lot: LotId, found: Lot, mass_mg: int) -> None:
    """Refuse to take more of a lot than is left of it, or nothing.

    Raises:
        Refused: ``material.mass``, ``material.over_consumed``.
    """
    check_lot_mass(mass_mg)
    if mass_mg > found.remaining_mg:
        raise Refused(
            "material.over_consumed",
            f"{mass_mg} mg of {lot}; {found.remaining_mg} of {found.mass_mg} mg are left",
        )


def inputs_of(book: Book, context: Context, portions: Sequence[Portion], time_ms: int) -> list[Lot]:
    """Return the lots that a run of the sender at ``time_ms`` takes its ``portions`` from.

    Raises:
        Refused: ``material.inputs``, ``.unknown_lot``, ``.not_holder``, ``.mass``,
            ``.over_consumed``, ``.time_order``, ``.future``.
    """
    names = [lot for lot, _ in portions]
    if not 0 < len(names) <= LOTS_MAX or len(dict.fromkeys(names)) != len(names):
        raise Refused("material.inputs", f"a run takes 1 to {LOTS_MAX} lots, each once")
    check_not_future(time_ms, context)
    found = []
    for lot, mass_mg in portions:
        record = held_lot(book, lot, context.sender)
        check_left(lot, record, mass_mg)
        check_time_order(lot, record.made_ms, time_ms)
        found.append(record)
    return found


def check_outputs(book: Book, outputs: Sequence[Output]) -> None:
    """Refuse outputs that are none, misnamed, misdescribed, repeated, or in the book already.

    Raises:
        Refused: ``material.outputs``, ``.lot_exists``, ``.mass``, ``.assay``, ``.label``.
    """
    names = [output.lot for output in outputs]
    if not 0 < len(names) <= LOTS_MAX or len(dict.fromkeys(names)) != len(names):
        raise Refused("material.outputs", f"a run makes 1 to {LOTS_MAX} lots, each once")
    for output in outputs:
        check_new_lot(book, output.lot)
        check_label(output.material, "the material")
        check_lot_mass(output.mass_mg)
        check_assay(output.assay_ppm)


def check_new_lot(book: Book, lot: LotId) -> None:
    """Refuse a misspelt name, or one that is taken: no lot becomes its own ancestor."""
    if book.find(Lot, parse_lot_id(lot)) is not None:
        raise Refused("material.lot_exists", f"{lot} is in the book already")


def check_new_run(book: Book, run: RunId) -> None:
    """Refuse a misspelt name of a run, or one that is taken."""
    if len(run) > _RUN_CHARACTERS_MAX or not _RUN.fullmatch(run):
        raise Refused(
            "material.run_name",
            f"{run[:80]!a} is not letters and digits joined by single - . _, 1 to 64",
        )
    if book.find(Run, run) is not None:
        raise Refused("material.run_exists", f"run {run} is in the book already")


def check_not_future(time_ms: int, context: Context) -> None:
    """Refuse what would happen after this block."""
    if not 0 <= time_ms <= context.time_ms + FUTURE_TOLERANCE_MS:
        raise Refused("material.future", f"at {time_ms} ms; the block is of {context.time_ms}")


def check_time_order(name: str, made_ms: int, time_ms: int) -> None:
    """Refuse a use of ``name`` before it was there."""
    if time_ms < made_ms:
        raise Refused("material.time_order", f"{name} was made at {made_ms} ms, after {time_ms}")


def check_label(text: str, what: str) -> None:
    """Refuse a text for people that is empty, or longer than 128 characters."""
    if not 0 < len(text) <= LABEL_CHARACTERS_MAX:
        raise Refused("material.label", f"{what} has {len(text)} characters, not 1 to 128")


def most_gained(lots: Sequence[Lot]) -> int:
    """Return the most by which an element has grown in one of ``lots``, parts per million."""
    return max(lot.gained_ppm for lot in lots)


def common_origin(lots: Sequence[Lot]) -> WasteOrigin:
    """Return the waste origin that all ``lots`` share; none where they differ."""
    first = lots[0].waste_origin
    return first if all(lot.waste_origin == first for lot in lots) else ""
