"""What an item came from: its parts, and the births of all lots and runs before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from sqlalchemy import Text, case, literal, select, type_coerce

from cellchain.contracts.assembly.view.items import ITEM
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
STEPS_MAX = 3_000
"""Steps back from the lots of an item that are looked at."""
LEVELS_MAX = 60
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
    """Return the question for the steps back from lots: what, whether recycled, how many."""
    none = literal(0)
    begins = select(LOT.c.lot.label("name"), none.label("recycled"), none.label("steps"))
    walk = begins.where(among(LOT.c.lot)).cte("walk", recursive=True)
    recycled = case((EDGE.c.kind == "recycled", 1), else_=0)
    back = select(EDGE.c.source, recycled, walk.c.steps + 1)
    further = back.where(EDGE.c.target == walk.c.name, walk.c.steps < LEVELS_MAX)
    return select(walk.union(further)).limit(STEPS_MAX)


_WALK: Question[tuple[str, int, int]] = Question(_walk())
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
    steps: dict[str, int] = {}
    lots = _lots(items)
    for _ in range(LIVES_MAX):
        recycled = []
        for name, was_recycled, count in _WALK.of(db, lots):
            if was_recycled and name not in steps:
                recycled.append(name)
            steps[name] = min(count, steps.get(name, count))
        lots = [lot for lot in _lots(with_parts(db, recycled)) if lot not in steps]
        if not lots:
            break
    births = sorted(_BIRTHS.of(db, list(steps)))
    ran = [birth for birth in births if birth.kind == RAN]
    nearest = min((steps[birth.subject] for birth in ran), default=0)
    return Origins(
        mined=[birth for birth in births if birth.kind == CREATED and _licensed(birth)],
        ran=ran,
        last=[birth for birth in ran if steps[birth.subject] == nearest],
    )


def _lots(items: Iterable[Part]) -> list[str]:
    kept = dict.fromkeys(item.lots for item in items)
    portions = [msgspec.json.decode(lots, type=tuple[tuple[str, int], ...]) for lots in kept]
    return list(dict.fromkeys(lot for several in portions for lot, _ in several))


class _Licensed(msgspec.Struct):
    licence: str | None = None


def _licensed(birth: Happened) -> bool:
    return msgspec.json.decode(birth.entry, type=_Licensed).licence is not None
