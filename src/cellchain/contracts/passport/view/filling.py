"""How the tables of passports and batteries are filled, and what of them is for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from sqlalchemy import select

from cellchain.contracts.assembly import Item
from cellchain.contracts.custody import Custody, Registered
from cellchain.contracts.passport.attributes import ATTRIBUTES
from cellchain.contracts.passport.record import Attribute, Passport, PassportId, attribute_key
from cellchain.contracts.passport.state import Stated
from cellchain.contracts.passport.view.tables import (
    ATTRIBUTE,
    BATTERY,
    BATTERY_COUNT,
    FACETS,
    NAMING,
    NO_HOLDER,
    NO_MAKER,
    PASSPORT,
)
from cellchain.core.errors import Corrupt
from cellchain.ledger.projection import Facets, Open, Upsert, View, combination
from cellchain.ledger.question import Question, among
from cellchain.ledger.table import packed
from cellchain.ledger.view import named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from sqlalchemy import Connection

    from cellchain.core.names import Digest
    from cellchain.ledger.projection import Batch, Change, Happening, RowTuple


def project(batch: Batch) -> Iterator[Change]:
    """Yield the passports and values that were touched, and every battery that they are about."""
    passports = {subject: found for subject, found in batch.touched(Passport).items() if found}
    last = batch.last(Passport)
    yield Upsert(PASSPORT, [_passport_row(s, p, last[s]) for s, p in passports.items()])
    stated = {h.subject: (e.passport, e.attribute, h.position) for h, e in batch.of(Stated)}
    rows = [_attribute_row(batch, subject, *place) for subject, place in stated.items()]
    yield Upsert(ATTRIBUTE, rows)
    batteries = _touched_batteries(batch)
    yield Upsert(BATTERY, _battery_rows(batch, batteries))
    yield from _named_batteries(batch)
    models = [subject for subject, found in passports.items() if found.level != "item"]
    yield from named(("passport", subject, _model(batch, subject), ()) for subject in models)


def reopen(db: Connection, commitments: Sequence[Digest], batch: Batch) -> Iterator[Change]:
    """Yield what follows when values can be opened, or can be opened no longer."""
    columns = (ATTRIBUTE.c.passport, ATTRIBUTE.c.name, ATTRIBUTE.c.position)
    wanted = select(*columns).where(ATTRIBUTE.c.commitment.in_(commitments))
    found = db.execute(wanted).all()
    keys = [(attribute_key(passport, name), passport, name, at) for passport, name, at in found]
    yield Upsert(ATTRIBUTE, [_attribute_row(batch, *place) for place in keys])
    named_anew = dict.fromkeys(passport for passport, name, _ in found if name == NAMING)
    known = [name for name in named_anew if batch.record(Custody, name) is not None]
    yield Upsert(BATTERY, _battery_rows(batch, known))
    yield from named(_names(batch, known))
    models = [name for name in named_anew if name not in known]
    yield from named(("passport", subject, _model(batch, subject), ()) for subject in models)


_ISSUED: Question[tuple[str]] = Question(
    select(PASSPORT.c.passport).where(among(PASSPORT.c.passport), PASSPORT.c.version > 0)
)


def unissued(db: Connection, names: Collection[str]) -> frozenset[str]:
    """Return those of ``names`` that are passports nobody issued, and values not for everybody."""
    parted = {name: name.partition("#") for name in names if name.startswith("01/")}
    passports = list({passport for passport, _, _ in parted.values()})
    issued = {passport for (passport,) in _ISSUED.of(db, passports)}
    return frozenset(
        name
        for name, (passport, _, attribute) in parted.items()
        if passport not in issued or (attribute and not _for_everybody(attribute))
    )


def _for_everybody(attribute: str) -> bool:
    rule = ATTRIBUTES.get(attribute)
    return rule is not None and rule.access == "public"


VIEW = View(
    name="passport",
    tables=(PASSPORT, ATTRIBUTE, BATTERY, BATTERY_COUNT, NO_HOLDER, NO_MAKER),
    project=project,
    facets=(Facets(BATTERY, BATTERY_COUNT, FACETS, (NO_HOLDER, NO_MAKER)),),
    reopen=reopen,
    open=Open(sorts=("passport", "battery"), withheld=unissued),
)
"""Open, because whoever scans the code on a battery may check what its public page says; events
hold commitments only, and no holder. A draft is hinted at as little as a value that not everybody
may read, neither of which has a public page; a battery is found where its passport was issued."""


def _passport_row(subject: str, found: Passport, last: Happening) -> RowTuple:
    return (
        subject,
        found.level,
        found.category,
        found.phase,
        found.operator,
        found.version,
        found.commitment,
        packed(found.predecessors),
        packed(found.successors),
        last.position,
        last.time_ms,
    )


def _attribute_row(batch: Batch, subject: str, passport: str, name: str, position: int) -> RowTuple:
    found = batch.record(Attribute, subject)
    if found is None:
        raise Corrupt("views.record", f"the record of {subject[:90]!a} is gone")
    value = batch.opened(found.value)
    return (
        passport,
        name,
        None if value is None else packed(value),
        found.value,
        packed(found.evidence),
        found.stated_by,
        found.stated_ms,
        found.version,
        position,
    )


def _touched_batteries(batch: Batch) -> list[str]:
    """Return the batteries whose rows may be others now, parts that follow their whole included."""
    named = (h.subject for h, e in batch.of(Stated) if e.attribute == NAMING)
    touched = dict.fromkeys(
        [*batch.touched(Custody), *batch.touched(Item), *batch.touched(Passport)]
    )
    touched.update(dict.fromkeys(key.partition("#")[0] for key in named))
    waiting = list(touched)
    while waiting:
        item = batch.record(Item, waiting.pop())
        inside = [
            p for p in (item.parts if item else ()) if p not in touched and _follows(batch, p)
        ]
        touched.update(dict.fromkeys(inside))
        waiting += inside
    return [battery for battery in touched if batch.record(Custody, battery) is not None]


def _follows(batch: Batch, part: str) -> bool:
    """Whether the row of a part names the hands of its whole; cells are too many for that."""
    item = batch.record(Item, part)
    return item is not None and item.sort != "cell"


def _battery_rows(batch: Batch, batteries: Iterable[str]) -> list[RowTuple]:
    return [_battery_row(batch, battery) for battery in batteries]


def _battery_row(batch: Batch, battery: str) -> RowTuple:
    item = batch.record(Item, battery)
    passport = batch.record(Passport, battery)
    custody = batch.record(Custody, _in_whose_hands(batch, battery))
    if custody is None:
        raise Corrupt("views.record", f"the custody of {battery[:90]!a} is gone")
    own = batch.record(Custody, battery) or custody
    facets = (
        item.sort if item else "",
        passport.phase if passport else "",
        _status(item),
        passport.category if passport else "",
        custody.holder,
        item.maker if item else "",
    )
    return (
        battery,
        *facets[:5],
        custody.owner,
        custody.responsible,
        facets[5],
        own.gb_t_34014,
        item.whole if item else None,
        item.made_ms if item else None,
        item.in_service_ms if item else None,
        item.retired_ms if item else None,
        item.mass_mg if item else None,
        _model(batch, battery) if passport else "",
        passport.version if passport else 0,
        combination(_rank(facets[0], facets[1]), facets),
    )


def _in_whose_hands(batch: Batch, battery: str) -> str:
    """Return the battery whose custody counts: the outermost whole, but for cells."""
    item = batch.record(Item, battery)
    while item is not None and item.whole is not None and item.sort != "cell":
        battery = item.whole
        item = batch.record(Item, battery)
    return battery


def _status(item: Item | None) -> str:
    if item is None:
        return "registered"
    if item.retired_ms is not None:
        return "retired"
    if item.whole is not None:
        return "installed"
    return "made" if item.in_service_ms is None else "in_service"


_SORT_RANKS = ("pack", "vehicle", "module", "", "cell")


_PHASE_RANKS = ("issued", "amended", "draft", "ceased", "")


def _rank(sort: str, phase: str) -> int:
    """Return where batteries are listed: those with a living passport before those without."""
    return _PHASE_RANKS.index(phase) * len(_SORT_RANKS) + _SORT_RANKS.index(sort)


def _model(batch: Batch, passport: str) -> str:
    """Return the name that a passport gives its model, where it is text that may be opened."""
    found = batch.record(Attribute, attribute_key(PassportId(passport), NAMING))
    value = None if found is None else batch.opened(found.value)
    return value if isinstance(value, str) else ""


def _named_batteries(batch: Batch) -> Iterator[Change]:
    born = [e.battery for _, e in batch.of(Registered)]
    told = [e.passport for _, e in batch.of(Stated) if e.attribute == NAMING]
    known = [b for b in dict.fromkeys([*born, *told]) if batch.record(Custody, b) is not None]
    yield from named(_names(batch, known))


def _names(batch: Batch, batteries: Iterable[str]) -> Iterator[tuple[str, str, str, Sequence[str]]]:
    for battery in batteries:
        custody = batch.record(Custody, battery)
        code = custody.gb_t_34014 if custody else ""
        yield "battery", battery, _model(batch, battery), (unquote(battery), code)
