"""What an item came from: its parts, and the births of all lots and runs before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from sqlalchemy import Text, case, literal, select, type_coerce

from cellchain.contracts.assembly.view.tables import ITEM
from cellchain.contracts.material import Created
from cellchain.contracts.material.transform import Ran
from cellchain.contracts.material.view import EDGE, LOT
from cellchain.ledger.contract import kind_of
from cellchain.ledger.question import Question, among
from cellchain.ledger.view import EVENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Select

CREATED, RAN = kind_of(Created), kind_of(Ran)
NAMES_LOOKED_AT = 10_000
"""Lots, runs and recycled batteries before one item; of more, the farther ones are left out."""
LIVES_MAX = 20
"""How often a battery was made of recycled batteries before nobody looks further back."""


class Part(NamedTuple):
    """An item with what it was made of."""

    made_ms: int
    battery: str
    sort: str
    maker: str
    lots: str
    """Lots and masses as they are kept: hundreds of cells have the same text."""


class Happened(NamedTuple):
    """An event, as far as a life line needs it."""

    position: int
    time_ms: int
    sender: str
    kind: str
    subject: str
    entry: str


class Origins(NamedTuple):
    """Everything before an item."""

    mined: list[Happened]
    """Lots that were won under a licence, the first first."""
    ran: list[Happened]
    """Runs, the first first."""
    last: list[Happened]
    """Of them those that are next to the item."""


_PART = select(
    *[ITEM.c[name] for name in Part._fields if name != "lots"],
    type_coerce(ITEM.c.lots, Text).label("lots"),
)
_INSIDE = Question(_PART.where(among(ITEM.c.whole)), Part)
_THEMSELVES = Question(_PART.where(among(ITEM.c.battery)), Part)


def _walk() -> Select[Any]:
    """Return the question for all that is before lots: what, and whether it was recycled."""
    begins = select(LOT.c.lot.label("name"), literal(0).label("recycled"))
    walk = begins.where(among(LOT.c.lot)).cte("walk", recursive=True)
    recycled = case((EDGE.c.kind == "recycled", 1), else_=0)
    back = select(EDGE.c.source, recycled).where(EDGE.c.target == walk.c.name)
    return select(walk.union(back)).limit(NAMES_LOOKED_AT)


_WALK: Question[tuple[str, int]] = Question(_walk())
_RUNS: Question[tuple[str]] = Question(
    select(LOT.c.run).where(among(LOT.c.lot), LOT.c.run.is_not(None))
)
EVENTS = select(*[EVENT.c[name] for name in Happened._fields])
_BIRTHS = Question(EVENTS.where(among(EVENT.c.subject), EVENT.c.kind.in_((CREATED, RAN))), Happened)


def with_parts(db: Connection, batteries: Sequence[str]) -> list[Part]:
    """Return items and everything in them."""
    found = list(_THEMSELVES.of(db, batteries))
    wholes = batteries
    while wholes:
        parts = list(_INSIDE.of(db, wholes))
        found += parts
        wholes = [part.battery for part in parts if part.sort != "cell"]
    return found


def origins(db: Connection, items: Sequence[Part]) -> Origins:
    """Return what ``items``, one with its parts, came from; recycled batteries included."""
    before: dict[str, None] = {}
    own = lots = _lots(items)
    for _ in range(LIVES_MAX):
        found = list(_WALK.of(db, lots))
        recycled = [name for name, was_recycled in found if was_recycled and name not in before]
        before |= dict.fromkeys(name for name, _ in found)
        lots = [lot for lot in _lots(with_parts(db, recycled)) if lot not in before]
        if not lots:
            break
    births = sorted(_BIRTHS.of(db, list(before)))
    ran = [birth for birth in births if birth.kind == RAN]
    nearest = {run for (run,) in _RUNS.of(db, own)}
    return Origins(
        mined=[birth for birth in births if birth.kind == CREATED and _licensed(birth)],
        ran=ran,
        last=[birth for birth in ran if birth.subject in nearest],
    )


def _lots(items: Iterable[Part]) -> list[str]:
    kept = dict.fromkeys(item.lots for item in items)
    portions = [msgspec.json.decode(lots, type=tuple[tuple[str, int], ...]) for lots in kept]
    return list(dict.fromkeys(lot for several in portions for lot, _ in several))


class _Licensed(msgspec.Struct):
    licence: str | None = None


def _licensed(birth: Happened) -> bool:
    return msgspec.json.decode(birth.entry, type=_Licensed).licence is not None
