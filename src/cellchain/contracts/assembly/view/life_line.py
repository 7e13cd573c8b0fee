"""The life line of a battery: its stages, from the mine to its end."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import bindparam

from cellchain.contracts.assembly.assemble import Assembled, Installed
from cellchain.contracts.assembly.commission import Commissioned
from cellchain.contracts.assembly.disassemble import Disassembled
from cellchain.contracts.assembly.make import Made
from cellchain.contracts.assembly.retire import Retired
from cellchain.contracts.assembly.view.origins import EVENTS, Happened, Part, origins, with_parts
from cellchain.contracts.assembly.view.tables import item, outermost
from cellchain.contracts.custody.view import hand_overs
from cellchain.contracts.membership import is_contract
from cellchain.core.names import PartyId
from cellchain.ledger.contract import kind_of
from cellchain.ledger.question import Question
from cellchain.ledger.table import LIMIT_MAX
from cellchain.ledger.view import EVENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from cellchain.contracts.assembly.view.tables import ItemRow


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A stage of a battery's life line."""

    name: str
    """``mined``, ``refined``, ``made``, ``assembled``, ``in_service``, ``handed_on``, ``repaired``,
    ``second_life`` or ``ended``, in this order."""
    time_ms: int | None
    """When it began; ``None``: to come, or unknown."""
    who: tuple[str, ...] = ()
    """Parties that did it."""
    subjects: tuple[str, ...] = ()
    """Lots, runs or items that it is about."""
    position: int | None = None
    """Position of the event that shows it."""
    count: int = 0
    """How often it happened; 0: to come."""


def life(db: Connection, battery: str) -> tuple[Stage, ...]:
    """Return the life line of a battery: all nine stages, those to come included."""
    found = item(db, battery)
    if found is None:
        return ()
    whole = outermost(db, battery)
    parts = with_parts(db, [battery])
    cells = sorted(part for part in parts if part.sort == "cell")
    came_from = origins(db, parts)
    making = [] if cells else came_from.last
    own = _happened(db, battery)
    around = own if whole == battery else _happened(db, whole)
    return (
        _stage("mined", came_from.mined),
        _stage("refined", [ran for ran in came_from.ran if ran not in making]),
        _made_of(db, cells) if cells else _stage("made", making),
        _assembled(found, own),
        _in_service(db, found, own),
        _handed_on(db, battery, whole),
        _repaired(own),
        _second_life(own),
        _stage("ended", own[_RETIRED] or around[_RETIRED]),
    )


_COMMISSIONED, _RETIRED, _MADE = (kind_of(sort) for sort in (Commissioned, Retired, Made))
_ASSEMBLED, _DISASSEMBLED = kind_of(Assembled), kind_of(Disassembled)
_INSTALLED = kind_of(Installed)


_OWN = Question(
    EVENTS.where(
        EVENT.c.subject == bindparam("battery"),
        EVENT.c.kind >= "assembly.",
        EVENT.c.kind < "assembly/",
    )
    .order_by(EVENT.c.position)
    .limit(LIMIT_MAX),
    Happened,
)


def _happened(db: Connection, battery: str) -> Mapping[str, Sequence[Happened]]:
    """Return the events of an item by kind, the first first; at most a page of them."""
    found: defaultdict[str, list[Happened]] = defaultdict(list)
    for row in _OWN.all(db, battery=battery):
        found[row.kind].append(row)
    return found


def _stage(name: str, rows: Sequence[Happened], *, subjects: tuple[str, ...] = ()) -> Stage:
    """Return the stage that began with the first of ``rows``, of events; to come without any."""
    if not rows:
        return Stage(name=name, time_ms=None)
    first = rows[0]
    stated = msgspec.json.decode(first.entry)
    return Stage(
        name=name,
        time_ms=stated.get("time_ms", stated.get("made_ms", first.time_ms)),
        who=_each(row.sender for row in rows),
        subjects=subjects or _each(row.subject for row in rows),
        position=first.position,
        count=len(rows),
    )


def _each(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _made_of(db: Connection, cells: Sequence[Part]) -> Stage:
    """Return how the cells were made, shown by the first; there may be hundreds."""
    return msgspec.structs.replace(
        _stage("made", _happened(db, cells[0].battery)[_MADE]),
        who=_each(cell.maker for cell in cells),
        subjects=_each(cell.battery for cell in cells),
        count=len(cells),
    )


def _assembled(found: ItemRow, own: Mapping[str, Sequence[Happened]]) -> Stage:
    if found.sort == "cell":
        return _stage("assembled", own[_INSTALLED][:1], subjects=(found.whole or found.battery,))
    return _stage("assembled", own[_ASSEMBLED][:1] or own[_MADE])


def _in_service(db: Connection, found: ItemRow, own: Mapping[str, Sequence[Happened]]) -> Stage:
    """Return when its use began, by itself or inside the first whole that came into use."""
    wholes = _each(msgspec.json.decode(row.entry)["whole"] for row in own[_INSTALLED])
    rows = [*own[_COMMISSIONED]]
    for whole in wholes:
        rows += _happened(db, whole)[_COMMISSIONED]
        if whole != found.whole:  # it has left: its record says whether it was used there
            rows = rows if found.in_service_ms is not None else []
    return _stage("in_service", sorted(rows, key=lambda row: row.position)[:1])


def _handed_on(db: Connection, battery: str, whole: str) -> Stage:
    """Return how it went from hand to hand, inside its whole included."""
    moved = [
        move
        for name in _each((battery, whole))
        for move in hand_overs(db, name)
        if move.giver
        and not (is_contract(PartyId(move.giver)) or is_contract(PartyId(move.receiver)))
    ]
    if not moved:
        return Stage(name="handed_on", time_ms=None)
    moved.sort(key=lambda move: move.position)
    return Stage(
        name="handed_on",
        time_ms=moved[0].time_ms,
        who=_each(move.receiver for move in moved),
        subjects=_each(move.battery for move in moved),
        position=moved[0].position,
        count=len(moved),
    )


def _repaired(own: Mapping[str, Sequence[Happened]]) -> Stage:
    """Parts came out, and parts went in again."""
    opened = own[_DISASSEMBLED]
    again = [row for row in own[_ASSEMBLED] if opened and row.position > opened[0].position]
    return _stage("repaired", again)


def _second_life(own: Mapping[str, Sequence[Happened]]) -> Stage:
    """It went into another whole than its first."""
    into = [(row, msgspec.json.decode(row.entry)["whole"]) for row in own[_INSTALLED]]
    other = [(row, whole) for row, whole in into if whole != into[0][1]]
    return _stage(
        "second_life", [row for row, _ in other], subjects=_each(whole for _, whole in other)
    )
