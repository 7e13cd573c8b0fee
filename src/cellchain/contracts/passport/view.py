"""Passports with their values, and every battery with what one searches it by, as tables."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    Table,
    and_,
    bindparam,
    func,
    or_,
    select,
)

from cellchain.contracts.assembly import Item
from cellchain.contracts.custody import Custody, Registered
from cellchain.contracts.custody.view import CustodyRow, offers_by, offers_to
from cellchain.contracts.material.view import LotRow, lots
from cellchain.contracts.passport.attributes import ATTRIBUTES
from cellchain.contracts.passport.record import (
    Attribute,
    Passport,
    PassportId,
    attribute_key,
)
from cellchain.contracts.passport.state import Stated
from cellchain.contracts.telemetry.view import WINDOW
from cellchain.core.errors import Corrupt
from cellchain.ledger.projection import Facets, Open, Upsert, View, combination
from cellchain.ledger.question import Question, among
from cellchain.ledger.table import (
    NAME,
    Listed,
    Packed,
    all_of,
    clamped,
    packed,
    page_of,
    read_cursor,
    write_cursor,
)
from cellchain.ledger.view import matching, named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from cellchain.core.names import Digest
    from cellchain.ledger.projection import Batch, Change, Happening, RowTuple

FACETS = ("sort", "phase", "status", "category", "holder", "maker")
"""What batteries are counted by."""
COUNT_MAX = 2_000
"""Matches of a text that are counted; beyond it the counts are at least that."""


PUBLIC = frozenset(
    name for name, rule in ATTRIBUTES.items() if rule.access == "public" and not rule.dynamic
)
"""Attributes that everybody may read, and that do not change in a battery's life."""
STATUSES = ("registered", "made", "installed", "in_service", "retired")
"""Where a battery is in its life, as far as the book itself says."""
NAMING = "model_and_serial"
"""The attribute whose value is a name to search by."""

METADATA = MetaData()
PASSPORT = Table(
    "passport_passport",
    METADATA,
    Column("passport", NAME, primary_key=True),
    Column("level", NAME, nullable=False),
    Column("category", NAME, nullable=False),
    Column("phase", NAME, nullable=False),
    Column("operator", NAME, nullable=False),
    Column("version", Integer, nullable=False),
    Column("commitment", NAME),
    Column("predecessors", Packed(tuple[str, ...]), nullable=False),
    Column("successors", Packed(tuple[str, ...]), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("changed_ms", BigInteger, nullable=False),
    Index("passport_passport_operator", "operator", "phase", "passport"),
)
ATTRIBUTE = Table(
    "passport_attribute",
    METADATA,
    Column("passport", NAME, primary_key=True),
    Column("name", NAME, primary_key=True),
    Column("value", NAME),
    Column("commitment", NAME, nullable=False, index=True),
    Column("evidence", Packed(tuple[str, ...]), nullable=False),
    Column("stated_by", NAME, nullable=False),
    Column("stated_ms", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
)
BATTERY = Table(
    "passport_battery",
    METADATA,
    Column("battery", NAME, primary_key=True),
    Column("sort", NAME, nullable=False),
    Column("phase", NAME, nullable=False),
    Column("status", NAME, nullable=False),
    Column("category", NAME, nullable=False),
    Column("holder", NAME, nullable=False),
    Column("owner", NAME, nullable=False),
    Column("responsible", NAME, nullable=False),
    Column("maker", NAME, nullable=False),
    Column("gb_t_34014", NAME, nullable=False),
    Column("whole", NAME),
    Column("made_ms", BigInteger),
    Column("in_service_ms", BigInteger),
    Column("retired_ms", BigInteger),
    Column("mass_mg", BigInteger),
    Column("model", NAME, nullable=False),
    Column("version", Integer, nullable=False),
    Column("facet", BigInteger, nullable=False),
    Index("passport_battery_facet", "facet", "battery"),
    Index("passport_battery_responsible", "responsible", "phase", "battery"),
)
BATTERY_COUNT = Table(
    "passport_battery_count",
    METADATA,
    Column("facet", BigInteger, primary_key=True, autoincrement=False),
    *(Column(facet, NAME, nullable=False) for facet in FACETS),
    Column("count", BigInteger, nullable=False),
    Index("passport_battery_count_holder", "holder"),
    Index("passport_battery_count_maker", "maker"),
)


def _coarser(without: str) -> Table:
    """Return a table of counts without a facet that has many values."""
    return Table(
        f"passport_battery_count_no_{without}",
        METADATA,
        *(Column(facet, NAME, primary_key=True) for facet in FACETS if facet != without),
        Column("count", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


NO_HOLDER, NO_MAKER = _coarser("holder"), _coarser("maker")


class AttributeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A value of a passport."""

    passport: str
    """The passport that it is stated in: the battery's own, or that of its batch or model."""
    name: str
    point: int
    """Number of the data point in the Commission's guidance."""
    access: str
    """``public``, ``legitimate-interest`` or ``authority``: who may read it."""
    dynamic: bool
    value: str | None
    """The value as JSON; ``None`` where this home cannot open it."""
    commitment: str
    evidence: tuple[str, ...]
    """Documents that support it."""
    stated_by: str
    stated_ms: int
    version: int
    position: int
    """Position of the event that stated it, for its proof."""


class PassportRow(msgspec.Struct, frozen=True, kw_only=True):
    """A passport."""

    passport: str
    level: str
    """``model``, ``batch`` or ``item``."""
    category: str
    phase: str
    operator: str
    """Who drafted it."""
    version: int
    commitment: str | None
    predecessors: tuple[str, ...]
    successors: tuple[str, ...]
    position: int
    """Position of the event that changed it last."""
    changed_ms: int
    """Time of the block that changed it last."""

    @property
    def issued(self) -> bool:
        """Whether it was ever issued; a draft that was given up never was."""
        return self.version > 0


class PassportShown(msgspec.Struct, frozen=True, kw_only=True):
    """A passport with its values, those of its batch and model included."""

    passport: PassportRow
    attributes: tuple[AttributeRow, ...]
    """In order of their points. The viewer's access is for the caller to look at."""
    missing: tuple[str, ...]
    """Public static attributes without a value anywhere."""


class BatteryRow(msgspec.Struct, frozen=True, kw_only=True):
    """A battery with what one searches it by."""

    battery: str
    sort: str
    """``cell``, ``module``, ``pack``, ``vehicle``; empty where it was only registered."""
    phase: str
    """Of its passport; empty without one."""
    status: str
    """Of `STATUSES`; what the passport itself says of it is an attribute that few may read."""
    category: str
    holder: str
    """Who holds it, or the whole that it is a part of; ``contract:assembly`` for a cell that is a
    part, and for what has ended."""
    owner: str
    responsible: str
    maker: str
    gb_t_34014: str
    whole: str | None
    made_ms: int | None
    in_service_ms: int | None
    retired_ms: int | None
    mass_mg: int | None
    model: str
    """Its model's name, where this home may open it; else empty."""
    version: int
    """Of its passport; 0 without one."""


class BatterySearch(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for. Several values of one facet: any of them."""

    text: str = ""
    """Beginnings of words of serial, GTIN, codes and model, at most 200 characters."""
    sort: tuple[str, ...] = ()
    phase: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    holder: tuple[str, ...] = ()
    maker: tuple[str, ...] = ()
    after: str | None = None
    limit: int = 50


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a search, and how many there are of what."""

    rows: tuple[BatteryRow, ...]
    after: str | None
    total: int
    more: bool
    """Whether total and counts are lower bounds: a text matched more than `COUNT_MAX`."""
    facets: dict[str, tuple[tuple[str, int], ...]]
    """Facet → value and count, the most first; each is counted without its own choice."""


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of all batteries, or of those in a party's hands."""

    total: int
    by_sort: dict[str, int]
    by_phase: dict[str, int]
    by_status: dict[str, int]
    by_category: dict[str, int]
    in_service: int
    retired: int
    windows: int
    """Anchored windows of readings."""
    readings: int
    """Readings in them."""


class DraftRow(msgspec.Struct, frozen=True, kw_only=True):
    """A passport that waits to be issued."""

    passport: str
    category: str
    changed_ms: int
    stated: int
    """How many attributes have a value."""


class LackingRow(msgspec.Struct, frozen=True, kw_only=True):
    """An issued passport that lacks public values."""

    passport: str
    missing: int


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What needs a party."""

    batteries: tuple[CustodyRow, ...]
    """Batteries that are offered to it."""
    lots: tuple[LotRow, ...]
    """Lots that are offered to it."""
    drafts: tuple[DraftRow, ...]
    lacking: tuple[LackingRow, ...]
    offered: tuple[CustodyRow, ...]
    """Batteries that it offers, and that nobody has taken yet."""


# -- projection ---------------------------------------------------------------------------------


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


def unissued(db: Connection, names: Collection[str]) -> frozenset[str]:
    """Return those of ``names`` that are passports nobody issued, and values not for everybody."""
    parted = {name: name.partition("#") for name in names if name.startswith("01/")}
    passports = {passport for passport, _, _ in parted.values()}
    wanted = select(PASSPORT.c.passport).where(PASSPORT.c.passport.in_(passports))
    issued = set(db.execute(wanted.where(PASSPORT.c.version > 0)).scalars())
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


# -- questions ----------------------------------------------------------------------------------


def _shown(**row: Any) -> AttributeRow:
    rule = ATTRIBUTES[row["name"]]
    return AttributeRow(**row, point=rule.point, access=rule.access, dynamic=rule.dynamic)


_PASSPORT_BY_ID = Question(
    select(PASSPORT).where(PASSPORT.c.passport == bindparam("passport")), PassportRow
)
_ATTRIBUTES = Question(select(ATTRIBUTE).where(among(ATTRIBUTE.c.passport)), _shown)
_ATTRIBUTE = Question(
    select(ATTRIBUTE).where(
        ATTRIBUTE.c.passport == bindparam("passport"), ATTRIBUTE.c.name == bindparam("name")
    ),
    _shown,
)
_BATTERY_BY_ID = Question(
    select(*[c for c in BATTERY.c if c.key != "facet"]).where(
        BATTERY.c.battery == bindparam("battery")
    ),
    BatteryRow,
)


def passport(db: Connection, identity: str) -> PassportShown | None:
    """Return a passport with its values; those of a battery take the place of its model's."""
    found = _PASSPORT_BY_ID.first(db, passport=identity)
    if found is None:
        return None
    model = "/".join(identity.split("/")[:2])
    rows = list(_ATTRIBUTES.of(db, list({identity, model})))
    chosen = {row.name: row for row in sorted(rows, key=lambda row: row.passport == identity)}
    return PassportShown(
        passport=found,
        attributes=tuple(sorted(chosen.values(), key=lambda row: (row.point, row.name))),
        missing=tuple(sorted(PUBLIC - chosen.keys(), key=lambda name: ATTRIBUTES[name].point)),
    )


def passports(
    db: Connection,
    *,
    level: str | None = None,
    phase: str | None = None,
    operator: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Listed[PassportRow]:
    """Return passports in order of their ids."""
    wanted = select(PASSPORT)
    chosen = {PASSPORT.c.level: level, PASSPORT.c.phase: phase, PASSPORT.c.operator: operator}
    wanted = wanted.where(
        *[column == value for column, value in chosen.items() if value is not None]
    )
    return page_of(db, wanted, PassportRow, by=[PASSPORT.c.passport], after=after, limit=limit)


def attribute(db: Connection, passport: str, name: str) -> AttributeRow | None:
    """Return one value of one passport, not of its model."""
    return _ATTRIBUTE.first(db, passport=passport, name=name)


def battery(db: Connection, identity: str) -> BatteryRow | None:
    """Return a battery."""
    return _BATTERY_BY_ID.first(db, battery=identity)


def search_batteries(db: Connection, search: BatterySearch) -> Found:
    """Return a page of batteries and the counts of every facet.

    The order is that of the facets' combinations (wholes before parts, living passports first)
    and of ids in each. Anything at all may be in the text: what is no letter or digit parts words.

    Raises:
        Refused: ``views.cursor``.
    """
    chosen = {facet: getattr(search, facet) for facet in FACETS if getattr(search, facet)}
    matched = matching("battery", search.text)
    if matched is None:
        rows, after = _page(db, search, chosen)
        return Found(
            rows=rows,
            after=after,
            total=_total(db, chosen),
            more=False,
            facets={facet: _summed(db, facet, chosen) for facet in FACETS},
        )
    return _matches(db, search, chosen, matched.limit(COUNT_MAX + 1))


def fleet(db: Connection, *, holder: str | None = None) -> Fleet:
    """Return the figures of all batteries, or of those that a party holds."""
    table = NO_HOLDER if holder is None else NO_MAKER
    facets = ("sort", "phase", "status", "category")
    wanted = select(*[table.c[facet] for facet in facets], table.c.count.label("number"))
    if holder is not None:
        wanted = wanted.where(NO_MAKER.c.holder == holder)
    found = db.execute(wanted).all()
    by = {facet: Counter[str]() for facet in facets}
    for row in found:
        for facet in facets:
            by[facet][getattr(row, facet)] += row.number
    seen = select(func.count(), func.coalesce(func.sum(WINDOW.c.count), 0))
    if holder is not None:
        theirs = select(BATTERY.c.battery).where(BATTERY.c.holder == holder)
        seen = seen.where(WINDOW.c.battery.in_(theirs))
    windows, readings = db.execute(seen.select_from(WINDOW)).one()
    return Fleet(
        total=sum(row.number for row in found),
        by_sort=dict(by["sort"]),
        by_phase=dict(by["phase"]),
        by_status=dict(by["status"]),
        by_category=dict(by["category"]),
        in_service=by["status"]["in_service"],
        retired=by["status"]["retired"],
        windows=windows,
        readings=int(readings),
    )


def waiting_for(db: Connection, party: str, *, limit: int = 50) -> Waiting:
    """Return what needs a party, at most ``limit`` of each."""
    limit = clamped(limit)
    return Waiting(
        batteries=offers_to(db, party, limit=limit),
        lots=lots(db, offered_to=party, limit=limit).rows,
        drafts=_drafts(db, party, limit),
        lacking=_lacking(db, party, limit),
        offered=offers_by(db, party, limit=limit),
    )


def _counts_of(facets: Iterable[str]) -> Table:
    """Return the smallest table of counts that knows these facets."""
    named = set(facets)
    if "holder" not in named:
        return NO_HOLDER
    return BATTERY_COUNT if "maker" in named else NO_MAKER


def _where(
    table: Table, chosen: Mapping[str, Sequence[str]], but: str = ""
) -> list[ColumnElement[bool]]:
    """Return what holds for rows of ``table`` with the facets chosen, ``but`` one of them."""
    return [table.c[facet].in_(values) for facet, values in chosen.items() if facet != but]


def _summed(
    db: Connection, facet: str, chosen: Mapping[str, Sequence[str]]
) -> tuple[tuple[str, int], ...]:
    """Return how many batteries there are of each value of a facet, by the other choices."""
    table = _counts_of({*chosen, facet})
    column, total = table.c[facet], func.sum(table.c.count)
    wanted = select(column, total).where(*_where(table, chosen, facet)).group_by(column)
    rows = db.execute(wanted.order_by(total.desc(), column))
    return tuple([(value, int(count)) for value, count in rows])


def _total(db: Connection, chosen: Mapping[str, Sequence[str]]) -> int:
    table = _counts_of(chosen)
    wanted = select(func.coalesce(func.sum(table.c.count), 0)).where(*_where(table, chosen))
    return int(db.execute(wanted).scalar_one())


_Page: TypeAlias = tuple[tuple[BatteryRow, ...], str | None]
"""Rows and the cursor behind them."""


def _page(db: Connection, search: BatterySearch, chosen: Mapping[str, Sequence[str]]) -> _Page:
    """Return a page of the batteries with the facets chosen.

    A combination is a run of the index, and has one battery at least: a page reads no more rows
    than it shows, and no more combinations.
    """
    limit = clamped(search.limit)
    last = _last(search)
    numbers = select(BATTERY_COUNT.c.facet).where(BATTERY_COUNT.c.facet >= last[0])
    numbers = numbers.where(*_where(BATTERY_COUNT, chosen)).order_by(BATTERY_COUNT.c.facet)
    found: list[Any] = []
    for facet in db.execute(numbers.limit(limit + 2)).scalars().all():
        if len(found) > limit:
            break
        wanted = select(BATTERY).where(BATTERY.c.facet == facet)
        if facet == last[0]:
            wanted = wanted.where(BATTERY.c.battery > last[1])
        ordered = wanted.order_by(BATTERY.c.battery).limit(limit + 1 - len(found))
        found += db.execute(ordered).mappings()
    return _shown_page(found, limit)


def _matches(
    db: Connection,
    search: BatterySearch,
    chosen: Mapping[str, Sequence[str]],
    matched: Select[Any],
) -> Found:
    """Return a page of what a text matched, all of which is looked at."""
    limit, last = clamped(search.limit), _last(search)
    names = matched.cte("matched").prefix_with("MATERIALIZED")
    joined = names.join(BATTERY, BATTERY.c.battery == names.c.subject)
    found = db.execute(select(BATTERY).select_from(joined)).all()
    rows = list({row.battery: row for row in found}.values())
    fitting = _fitting(rows, chosen)
    ordered = sorted(fitting, key=lambda row: (row.facet, row.battery))
    behind = [row for row in ordered if (row.facet, row.battery) > last]
    page = [row._mapping for row in behind[: limit + 1]]  # noqa: SLF001  # its public name
    shown, after = _shown_page(page, limit)
    return Found(
        rows=shown,
        after=after,
        total=len(fitting),
        more=len(found) > COUNT_MAX,
        facets={facet: _counted(rows, fitting, facet, chosen) for facet in FACETS},
    )


def _fitting(rows: Sequence[Any], chosen: Mapping[str, Sequence[str]], but: str = "") -> list[Any]:
    """Return the rows with the facets chosen, ``but`` one of them."""
    fitting = list(rows)
    for facet, values in chosen.items():
        if facet != but:
            fitting = [row for row in fitting if getattr(row, facet) in values]
    return fitting


def _counted(
    rows: Sequence[Any], fitting: Sequence[Any], facet: str, chosen: Mapping[str, Sequence[str]]
) -> tuple[tuple[str, int], ...]:
    """Return how many rows there are of each value of a facet, by the other choices."""
    others = _fitting(rows, chosen, facet) if facet in chosen else fitting
    counts = Counter(map(attrgetter(facet), others))
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _last(search: BatterySearch) -> tuple[int, str]:
    """Return the place that a search goes on behind."""
    if search.after is None:
        return -1, ""
    place: tuple[int, str] = read_cursor(search.after, tuple[int, str])
    return place


def _shown_page(found: Sequence[Any], limit: int) -> _Page:
    rows = tuple(_without_facet(row) for row in found[:limit])
    end = found[limit - 1] if len(found) > limit else None
    return rows, None if end is None else write_cursor((end["facet"], end["battery"]))


def _without_facet(row: Mapping[str, Any]) -> BatteryRow:
    return BatteryRow(**{name: value for name, value in row.items() if name != "facet"})


def _drafts(db: Connection, party: str, limit: int) -> tuple[DraftRow, ...]:
    stated = select(func.count()).where(ATTRIBUTE.c.passport == PASSPORT.c.passport)
    wanted = select(
        PASSPORT.c.passport,
        PASSPORT.c.category,
        PASSPORT.c.changed_ms,
        stated.scalar_subquery().label("stated"),
    ).where(PASSPORT.c.phase == "draft", _answers(party, "draft"))
    return all_of(db, wanted.order_by(PASSPORT.c.passport).limit(limit), DraftRow)


def _answers(party: str, *phases: str) -> ColumnElement[bool]:
    """Passports that ``party`` answers for: of a model or batch who drafted it."""
    own = select(BATTERY.c.battery).where(
        BATTERY.c.responsible == party, BATTERY.c.phase.in_(phases)
    )
    drafted = and_(PASSPORT.c.operator == party, PASSPORT.c.level != "item")
    return or_(PASSPORT.c.passport.in_(own), drafted)


def _lacking(db: Connection, party: str, limit: int) -> tuple[LackingRow, ...]:
    """Return living passports of batteries that lack public values; it looks at a page of them."""
    living = ("issued", "amended")
    theirs = select(BATTERY.c.battery).where(
        BATTERY.c.responsible == party, BATTERY.c.phase.in_(living)
    )
    names = db.execute(theirs.order_by(BATTERY.c.battery).limit(limit)).scalars().all()
    models = {name: name.partition("/21/")[0] for name in names}
    places = {*models, *models.values()}
    stated: dict[str, set[str]] = {place: set() for place in places}
    found = select(ATTRIBUTE.c.passport, ATTRIBUTE.c.name).where(ATTRIBUTE.c.passport.in_(places))
    for passport, name in db.execute(found):
        stated[passport].add(name)
    missing = {name: len(PUBLIC - stated[name] - stated[model]) for name, model in models.items()}
    return tuple([LackingRow(passport=n, missing=count) for n, count in missing.items() if count])
