"""Cells, modules, packs and vehicles, what they are made of and what became of them, as tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    MetaData,
    Table,
    bindparam,
    case,
    func,
    literal,
    select,
)

from cellchain.contracts.assembly.assemble import Assembled, Installed
from cellchain.contracts.assembly.commission import Commissioned
from cellchain.contracts.assembly.disassemble import Disassembled
from cellchain.contracts.assembly.make import Made
from cellchain.contracts.assembly.record import Item
from cellchain.contracts.assembly.retire import Retired
from cellchain.contracts.custody.view import hand_overs
from cellchain.contracts.material import Created
from cellchain.contracts.material.transform import Ran
from cellchain.contracts.material.view import EDGE, LOT, RUN
from cellchain.contracts.membership import is_contract
from cellchain.core.names import PartyId
from cellchain.ledger.contract import kind_of
from cellchain.ledger.projection import Insert, Upsert, View
from cellchain.ledger.table import LIMIT_MAX, NAME, Packed, all_of, first_of, packed
from cellchain.ledger.view import EVENT, MENTION, EventRow, events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy import ColumnElement, Connection, Select

    from cellchain.ledger.projection import Batch, Change, RowTuple

METADATA = MetaData()
ITEM = Table(
    "assembly_item",
    METADATA,
    Column("battery", NAME, primary_key=True),
    Column("sort", NAME, nullable=False),
    Column("maker", NAME, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("mass_mg", BigInteger, nullable=False),
    Column("elements_mg", Packed(dict[str, int]), nullable=False),
    Column("gained_ppm", BigInteger, nullable=False),
    Column("lots", Packed(tuple[tuple[str, int], ...]), nullable=False),
    Column("parts", Packed(tuple[str, ...]), nullable=False),
    Column("whole", NAME),
    Column("since_ms", BigInteger, nullable=False),
    Column("in_service_ms", BigInteger),
    Column("retired_ms", BigInteger),
    Index("assembly_item_whole", "whole", "sort", "lots"),
)
MADE = Table(
    "assembly_made",
    METADATA,
    Column("lot", NAME, primary_key=True),
    Column("battery", NAME, primary_key=True),
    sqlite_with_rowid=False,
)


class ItemRow(msgspec.Struct, frozen=True, kw_only=True):
    """A cell, module, pack or vehicle."""

    battery: str
    sort: str
    maker: str
    made_ms: int
    mass_mg: int
    elements_mg: dict[str, int]
    gained_ppm: int
    lots: tuple[tuple[str, int], ...]
    """Lots that went into it, and masses, milligrams."""
    parts: tuple[str, ...]
    whole: str | None
    since_ms: int
    in_service_ms: int | None
    retired_ms: int | None


def project(batch: Batch) -> Iterator[Change]:
    """Yield the items that were touched, and the lots that they were made of."""
    items = {subject: found for subject, found in batch.touched(Item).items() if found}
    yield Upsert(ITEM, [_row(subject, found) for subject, found in items.items()])
    yield Insert(MADE, [(lot, s) for s, found in items.items() for lot, _ in found.lots])


VIEW = View(name="assembly", tables=(ITEM, MADE), project=project)


def _row(subject: str, item: Item) -> RowTuple:
    return (
        subject,
        item.sort,
        item.maker,
        item.made_ms,
        item.mass_mg,
        packed(item.elements_mg),
        item.gained_ppm,
        packed(item.lots),
        packed(item.parts),
        item.whole,
        item.since_ms,
        item.in_service_ms,
        item.retired_ms,
    )


def item(db: Connection, battery: str) -> ItemRow | None:
    """Return an item."""
    return first_of(db, select(ITEM).where(ITEM.c.battery == battery), ItemRow)


def items(db: Connection, batteries: Sequence[str]) -> tuple[ItemRow, ...]:
    """Return those of these items that there are."""
    return all_of(db, select(ITEM).where(ITEM.c.battery.in_(batteries)), ItemRow)


def parts(db: Connection, battery: str) -> tuple[ItemRow, ...]:
    """Return what is directly in an item, in order of installation."""
    whole = item(db, battery)
    listed = whole.parts if whole else ()
    found = {part.battery: part for part in items(db, listed)}
    return tuple([found[part] for part in listed if part in found])


def outermost(db: Connection, battery: str) -> str:
    """Return the whole that an item goes along with; itself where it stands alone."""
    found = item(db, battery)
    while found is not None and found.whole is not None:
        battery = found.whole
        found = item(db, battery)
    return battery


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """Something in a genealogy."""

    subject: str
    sort: str
    """``cell``, ``module``, ``pack``, ``vehicle``, ``lot`` or ``run``."""
    label: str
    """For people: material of a lot, process of a run, serial of an item."""
    at_ms: int
    level: int
    """Steps from the subject that was asked for: negative towards the mine, positive onwards."""
    who: str
    """Maker, operator or holder."""
    count: int = 1
    """How many items it stands for: alike ones, from the same lots and in the same whole, are one
    node that bears the name of the first."""


class GraphEdge(msgspec.Struct, frozen=True, kw_only=True):
    """From what was before to what came of it."""

    source: str
    target: str
    mass_mg: int | None
    kind: str
    """``input``, ``output``, ``made``, ``part``, ``recycled``."""


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """Where something came from and what became of it."""

    subject: str
    nodes: tuple[Node, ...]
    edges: tuple[GraphEdge, ...]
    truncated: bool
    """Whether there is more than was asked for."""


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


# -- genealogy ----------------------------------------------------------------------------------


def genealogy(
    db: Connection, subject: str, *, up_max: int = 12, down_max: int = 12, nodes_max: int = 400
) -> Graph:
    """Return where an item, lot or run came from and what became of it.

    Items that came from the same and went into the same are one node, so that a pack of 96 cells
    is a picture and not a wall.

    Args:
        db: The views.
        subject: A battery, lot or run; of anything else the graph is empty.
        up_max: Steps towards the mine.
        down_max: Steps onwards.
        nodes_max: Nodes in all; beyond it the graph is truncated.
    """
    walk = _Walk(db, nodes_max)
    sort = walk.sort_of(subject)
    if sort is None:
        return Graph(subject=subject, nodes=(), edges=(), truncated=False)
    walk.places[subject] = _Place(sort, 0)
    walk.go(subject, _ups, -1, up_max)
    walk.go(subject, _downs, 1, down_max)
    return Graph(
        subject=subject,
        nodes=tuple(walk.nodes()),
        edges=tuple(walk.edges.values()),
        truncated=walk.truncated,
    )


class _Place(NamedTuple):
    sort: str
    """``item``, ``lot`` or ``run``."""
    level: int
    alike: int = 1


class _Step(NamedTuple):
    near: str
    far: str
    kind: str
    mass_mg: int | None
    sort: str
    alike: int = 1


_Frontier: TypeAlias = Mapping[str, Sequence[str]]
"""Subjects by sort."""


class _Walk:
    """A walk along the genealogy, a level at a time."""

    def __init__(self, db: Connection, nodes_max: int) -> None:
        self._db = db
        self._nodes_max = nodes_max
        self.places: dict[str, _Place] = {}
        self.edges: dict[tuple[str, str], GraphEdge] = {}
        self.truncated = False

    def sort_of(self, subject: str) -> str | None:
        """Return what ``subject`` is."""
        for sort, column in _NAMES.items():
            if self._db.execute(select(column).where(column == subject)).first():
                return sort
        return None

    def go(
        self,
        subject: str,
        steps: Callable[[Connection, _Frontier, int], Iterator[_Step]],
        way: int,
        levels_max: int,
    ) -> None:
        """Follow ``steps`` from ``subject``: ``way`` is -1 towards the mine, 1 onwards."""
        frontier = [subject]
        level = 0
        while frontier:
            by_sort = {
                sort: [name for name in frontier if self.places[name].sort == sort]
                for sort in _NAMES
            }
            found = list(steps(self._db, by_sort, self._nodes_max))
            if abs(level) >= levels_max:
                self.truncated |= any(step.far not in self.places for step in found)
                return
            level += way
            frontier = [step.far for step in found if self._take(step, level, way)]

    def _take(self, step: _Step, level: int, way: int) -> bool:
        """Note a step; return whether it leads to something new."""
        new = step.far not in self.places
        if new and len(self.places) >= self._nodes_max:
            self.truncated = True
            return False
        if new:
            self.places[step.far] = _Place(step.sort, level, step.alike)
        ends = (step.far, step.near) if way < 0 else (step.near, step.far)
        self.edges[ends] = GraphEdge(
            source=ends[0], target=ends[1], mass_mg=step.mass_mg, kind=step.kind
        )
        return new

    def nodes(self) -> Iterator[Node]:
        """Yield what was found, the earliest levels first."""
        shown = {
            row.subject: row
            for sort, query in _SHOWN.items()
            for row in _chunked(self._db, query, self._named(sort))
        }
        for subject, place in sorted(self.places.items(), key=lambda p: (p[1].level, p[0])):
            row = shown.get(subject)
            if row is not None:
                yield Node(
                    subject=subject,
                    sort=row.sort,
                    label=row.label if place.sort != "item" else subject.rpartition("/")[2],
                    at_ms=row.at_ms,
                    level=place.level,
                    who=row.who,
                    count=place.alike,
                )

    def _named(self, sort: str) -> list[str]:
        return [subject for subject, place in self.places.items() if place.sort == sort]


_CHUNK = 500
"""Names in one query."""


def _among(column: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition of `_chunked`; statements that have it are made once."""
    return column.in_(bindparam("names", expanding=True))


def _chunked(
    db: Connection, wanted: Select[Any], names: Sequence[str], **others: object
) -> Iterator[Any]:
    for at in range(0, len(names), _CHUNK):
        yield from db.execute(wanted, {"names": names[at : at + _CHUNK], **others})


_NAMES: Mapping[str, ColumnElement[str]] = {
    "item": ITEM.c.battery,
    "lot": LOT.c.lot,
    "run": RUN.c.run,
}
_SHOWN = {
    "item": select(
        ITEM.c.battery.label("subject"),
        ITEM.c.sort,
        ITEM.c.battery.label("label"),
        ITEM.c.made_ms.label("at_ms"),
        ITEM.c.maker.label("who"),
    ).where(_among(ITEM.c.battery)),
    "lot": select(
        LOT.c.lot.label("subject"),
        literal("lot").label("sort"),
        LOT.c.material.label("label"),
        LOT.c.made_ms.label("at_ms"),
        LOT.c.holder.label("who"),
    ).where(_among(LOT.c.lot)),
    "run": select(
        RUN.c.run.label("subject"),
        literal("run").label("sort"),
        RUN.c.process.label("label"),
        RUN.c.time_ms.label("at_ms"),
        RUN.c.operator.label("who"),
    ).where(_among(RUN.c.run)),
}
_EDGES = select(EDGE.c.source, EDGE.c.target, EDGE.c.kind, EDGE.c.mass_mg)
_EDGES_UP, _EDGES_DOWN = (_EDGES.where(_among(end)) for end in (EDGE.c.target, EDGE.c.source))
_UNLIKE = case((ITEM.c.sort == "cell", ""), else_=ITEM.c.battery)
"""What has parts is unlike others."""
_INSIDE = (
    select(ITEM.c.whole, func.min(ITEM.c.battery), func.count())
    .where(_among(ITEM.c.whole))
    .group_by(ITEM.c.whole, ITEM.c.sort, ITEM.c.lots, _UNLIKE)
    .limit(bindparam("most"))
)
_LOTS = select(ITEM.c.battery, ITEM.c.lots).where(_among(ITEM.c.battery))
_MADE_OF = (
    select(MADE.c.lot, ITEM.c.lots, func.min(ITEM.c.battery), func.count())
    .select_from(MADE.join(ITEM, ITEM.c.battery == MADE.c.battery))
    .where(_among(MADE.c.lot))
    .group_by(MADE.c.lot, ITEM.c.sort, ITEM.c.whole, ITEM.c.lots)
    .limit(bindparam("most"))
)
_WHOLES = select(ITEM.c.battery, ITEM.c.whole).where(
    _among(ITEM.c.battery), ITEM.c.whole.is_not(None)
)
_BEFORE = {"input": "lot", "recycled": "item", "output": "run"}
_AFTER = {"input": "run", "recycled": "run", "output": "lot"}


def _ups(db: Connection, frontier: _Frontier, most: int) -> Iterator[_Step]:
    """Yield the steps towards the mine."""
    made = [*frontier["run"], *frontier["lot"]]
    for source, target, kind, mass_mg in _chunked(db, _EDGES_UP, made):
        yield _Step(target, source, kind, mass_mg, _BEFORE[kind])
    for near, far, count in _chunked(db, _INSIDE, frontier["item"], most=most + 1):
        yield _Step(near, far, "part", None, "item", count)
    for near, portions in _chunked(db, _LOTS, frontier["item"]):
        for far, mass_mg in portions:
            yield _Step(near, far, "made", mass_mg, "lot")


def _downs(db: Connection, frontier: _Frontier, most: int) -> Iterator[_Step]:
    """Yield the steps onwards."""
    into = [*frontier["run"], *frontier["lot"], *frontier["item"]]
    for source, target, kind, mass_mg in _chunked(db, _EDGES_DOWN, into):
        yield _Step(source, target, kind, mass_mg, _AFTER[kind])
    made = _chunked(db, _MADE_OF, frontier["lot"], most=most + 1)
    for near, portions, far, count in made:
        yield _Step(near, far, "made", dict(portions)[near], "item", count)
    for near, far in _chunked(db, _WHOLES, frontier["item"]):
        yield _Step(near, far, "part", None, "item")


# -- the life line ------------------------------------------------------------------------------


def life(db: Connection, battery: str, graph: Graph | None = None) -> tuple[Stage, ...]:
    """Return the life line of a battery: all nine stages, those to come included.

    Args:
        db: The views.
        battery: A battery.
        graph: Its genealogy, where it is at hand; one that is truncated is of no use.
    """
    found = item(db, battery)
    if found is None:
        return ()
    if graph is None or graph.truncated:
        graph = genealogy(db, battery, up_max=60, down_max=0, nodes_max=3000)
    before = tuple(node for node in graph.nodes if node.level <= 0)
    graph = msgspec.structs.replace(graph, nodes=before)
    whole = outermost(db, battery)
    cells = _cells(db, found)
    own = _happened(db, battery)
    around = own if whole == battery else _happened(db, whole)
    return (
        _mined(db, graph),
        _refined(db, graph, cells),
        _made(db, graph, cells),
        _assembled(found, own),
        _in_service(db, found, own),
        _handed_on(db, battery, whole),
        _repaired(own),
        _second_life(own),
        _stage("ended", own[_RETIRED] or around[_RETIRED]),
    )


_COMMISSIONED, _RETIRED, _MADE = (kind_of(sort) for sort in (Commissioned, Retired, Made))
_ASSEMBLED, _DISASSEMBLED = kind_of(Assembled), kind_of(Disassembled)
_INSTALLED, _RAN = kind_of(Installed), kind_of(Ran)


def _happened(db: Connection, battery: str) -> Mapping[str, Sequence[EventRow]]:
    """Return the events of an item by kind, the first first; at most a page of them."""
    found: dict[str, list[EventRow]] = defaultdict(list)
    listed = events(db, subject=battery, kind="assembly.", limit=LIMIT_MAX)
    for row in reversed(listed.rows):
        found[row.kind].append(row)
    return found


def _stage(name: str, rows: Sequence[Any], *, subjects: tuple[str, ...] = ()) -> Stage:
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


_BIRTHS = (
    select(EVENT.c.position, EVENT.c.time_ms, EVENT.c.sender, EVENT.c.subject, EVENT.c.entry)
    .select_from(MENTION.join(EVENT, EVENT.c.position == MENTION.c.position))
    .where(
        _among(MENTION.c.subject),
        EVENT.c.kind == bindparam("kind"),
        EVENT.c.subject == MENTION.c.subject,
    )
)
_LICENSED = select(LOT.c.lot).where(_among(LOT.c.lot), LOT.c.licence.is_not(None))
_PARTS = select(ITEM.c.battery, ITEM.c.sort).where(_among(ITEM.c.whole))


def _births(db: Connection, kind: str, subjects: Sequence[str]) -> list[Any]:
    """Return the events by which lots, runs or items came to be, the first first, as rows."""
    return sorted(_chunked(db, _BIRTHS, subjects, kind=kind), key=lambda row: int(row.position))


def _mined(db: Connection, graph: Graph) -> Stage:
    lots = [node.subject for node in graph.nodes if node.sort == "lot"]
    mined = [row.lot for row in _chunked(db, _LICENSED, lots)]
    return _stage("mined", _births(db, kind_of(Created), mined))


def _refined(db: Connection, graph: Graph, cells: Sequence[Any]) -> Stage:
    """Return the runs before the cells, which are a run themselves where no cell has a name."""
    runs = [node for node in graph.nodes if node.sort == "run"]
    last = 0 if cells else max((node.level for node in runs), default=0)
    return _stage("refined", _births(db, _RAN, [n.subject for n in runs if n.level != last]))


def _made(db: Connection, graph: Graph, cells: Sequence[Any]) -> Stage:
    runs = [node for node in graph.nodes if node.sort == "run"]
    last = max((node.level for node in runs), default=0)
    making = [node.subject for node in runs if node.level == last]
    return _stage("made", cells or _births(db, _RAN, making))


def _cells(db: Connection, found: ItemRow) -> list[Any]:
    """Return the births of the cells in an item, or its own where it is one."""
    cells = [found.battery] if found.sort == "cell" else []
    wholes = [found.battery]
    while wholes:
        parts = list(_chunked(db, _PARTS, wholes))
        cells += [battery for battery, sort in parts if sort == "cell"]
        wholes = [battery for battery, sort in parts if sort != "cell"]
    return _births(db, _MADE, cells)


def _assembled(found: ItemRow, own: Mapping[str, Sequence[EventRow]]) -> Stage:
    if found.sort == "cell":
        return _stage("assembled", own[_INSTALLED][:1], subjects=(found.whole or found.battery,))
    return _stage("assembled", own[_ASSEMBLED][:1] or own[_MADE])


def _in_service(db: Connection, found: ItemRow, own: Mapping[str, Sequence[EventRow]]) -> Stage:
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


def _repaired(own: Mapping[str, Sequence[EventRow]]) -> Stage:
    """Parts came out, and parts went in again."""
    opened = own[_DISASSEMBLED]
    again = [row for row in own[_ASSEMBLED] if opened and row.position > opened[0].position]
    return _stage("repaired", again)


def _second_life(own: Mapping[str, Sequence[EventRow]]) -> Stage:
    """It went into another whole than its first."""
    into = [(row, msgspec.json.decode(row.entry)["whole"]) for row in own[_INSTALLED]]
    other = [(row, whole) for row, whole in into if whole != into[0][1]]
    return _stage(
        "second_life", [row for row, _ in other], subjects=_each(whole for _, whole in other)
    )
