"""Spent batteries, as whoever recycles them tells them: a row a pack, module or lot of cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import EMPTY, Table, Texts, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Floats

PACK, CHEMISTRY, CELL_MASS, PACK_MASS, SOH, STATE = COLUMNS = (
    "pack", "chemistry", "cell_mass_kg", "pack_mass_kg", "soh", "state",
)  # fmt: skip
TEXTS = (PACK, CHEMISTRY, STATE)
WHOLE_CELLS = ("pack", "module", "cell")
"""States in which cells are whole, as routes of the tables take them."""
BLACK_MASS = "black mass"
KG_MAX = 1e9
SOH_MAX = 1.5
UNKNOWN = -1


@dataclass(frozen=True, slots=True, eq=False)
class Packs:
    """What is recycled, a row each."""

    names: Texts
    chemistry: NDArray[np.intp]
    """Place among the chemistries of the tables; `UNKNOWN` where there is no answer."""
    cell_kg: Floats
    """Of the cells in it; NaN where there is no answer."""
    pack_kg: Floats
    """With housing; NaN where that is not told."""
    why: list[str]
    """Why there is no answer; empty where there is one."""


def packs_of(table: Table, chemistries: Sequence[str]) -> Packs:
    """Return the packs of a table.

    Raises:
        Refused: ``table.…``; ``recycle.key``, ``recycle.twice``, ``recycle.mass``,
            ``recycle.soh``: what cannot be, with its row.
    """
    names = _names(table)
    cell_kg, pack_kg = _masses(table, CELL_MASS), _masses(table, PACK_MASS)
    lighter = pack_kg < cell_kg
    if lighter.any():
        row = int(lighter.argmax())
        raise _refused(
            "recycle.mass", row, f"{PACK_MASS} {pack_kg[row]:g} is less than {CELL_MASS}"
            f" {cell_kg[row]:g}",
        )  # fmt: skip
    _check_soh(table)
    known = {chemistry: place for place, chemistry in enumerate(chemistries)}
    told = list(zip(_cells(table, CHEMISTRY), _cells(table, STATE), cell_kg.tolist(), strict=True))
    why = [_why(*one, known) for one in told]
    places = [
        UNKNOWN if reason else known[chemistry_name(chemistry)]
        for (chemistry, _, _), reason in zip(told, why, strict=True)
    ]
    return Packs(names, np.array(places, np.intp), cell_kg, pack_kg, why)


def chemistry_name(given: str) -> str:
    """Return a chemistry as the tables name it: NCM is NMC, in capitals, without dashes."""
    return given.upper().replace("-", "").replace(" ", "").replace("NCM", "NMC")


def _why(chemistry: str, state: str, cell_kg: float, known: dict[str, int]) -> str:
    state = state.lower().replace("_", " ").replace("-", " ").strip()
    if not chemistry:
        return "the chemistry is not told"
    if chemistry_name(chemistry) not in known:
        return f"the tables know nothing of {shown(chemistry)}, but of {', '.join(known)}"
    if np.isnan(cell_kg):
        return f"{CELL_MASS} is not told"
    if state == BLACK_MASS:
        return "the tables tell what routes take of a kilogram of cell, not of black mass"
    if state and state not in WHOLE_CELLS:
        return f"the state {shown(state)} is none of {', '.join((*WHOLE_CELLS, BLACK_MASS))}"
    return ""


def _names(table: Table) -> Texts:
    names = table.texts(PACK)
    if (names.codes == EMPTY).any():
        raise _refused("recycle.key", int((names.codes == EMPTY).argmax()), "no pack is named")
    if len(names.labels) < table.rows:
        seen = np.bincount(names.codes)
        told = f"{shown(names.labels[int(seen.argmax())])} is there twice"
        raise Refused("recycle.twice", told, remedy="give each pack a row and a name of its own")
    return names


def _masses(table: Table, name: str) -> Floats:
    if name == PACK_MASS and name not in table.columns:
        return np.full(table.rows, np.nan)
    found = table.numbers(name)
    wrong = ~(np.isnan(found) | ((found > 0) & (found <= KG_MAX)))
    if wrong.any():
        row = int(wrong.argmax())
        raise _refused("recycle.mass", row, f"{name} is {found[row]:g}; from above 0 to {KG_MAX:g}")
    return found


def _check_soh(table: Table) -> None:
    if SOH not in table.columns:
        return
    found = table.numbers(SOH)
    wrong = ~(np.isnan(found) | ((found >= 0) & (found <= SOH_MAX)))
    if wrong.any():
        row = int(wrong.argmax())
        raise _refused("recycle.soh", row, f"{SOH} is {found[row]:g}; a share, 1 for new")


def _cells(table: Table, name: str) -> list[str]:
    if name == STATE and name not in table.columns:
        return [""] * table.rows
    return [(one or "").strip() for one in table.texts(name).cells()]


def _refused(code: str, row: int, told: str) -> Refused:
    return Refused(code, f"row {row + 1}: {told}")
